"""A backup of this machine's data."""

from pathlib import Path

from weft.adapters.embedded.backup import back_up
from weft.bootstrap.settings import Settings
from weft.domain.errors import Invalid


def back_up_data(settings: Settings, file: Path, *, with_key: bool) -> None:
    """Writes `file`; `with_key` adds the key file, as `weft.key`, so that it opens by itself.

    Raises `Invalid` when there is nothing to back up, and as `weft.adapters.embedded.backup`.
    """
    if with_key and not settings.key_file.is_file():
        raise Invalid(f"{settings.key_file}: there is no key file to add")
    back_up(settings.home, file, {"weft.key": settings.key_file} if with_key else {})
