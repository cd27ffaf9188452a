"""Which modules hold node types: those in the folders of this package."""

from importlib import import_module
from pkgutil import iter_modules

import weft.nodes

_PREFIX = f"{weft.nodes.__name__}."


def node_modules() -> list[str]:
    """Their full names, in order of folder and file."""
    folders = [found.name for found in iter_modules(weft.nodes.__path__, _PREFIX) if found.ispkg]
    return [
        found.name
        for folder in sorted(folders)
        for found in iter_modules(import_module(folder).__path__, f"{folder}.")
    ]
