"""Serves the built editor: files as they are, any other page its index."""

from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

# Inline styles are how the canvas library positions nodes; scripts come from files alone.
_CSP: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HASHED: Final = "assets/"  # names there change with their content


_NOT_PAGES: Final = ("api/", "hooks/", "assets/")


class _Editor(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        try:
            answer = await super().get_response(path, scope)
        except HTTPException as error:
            # The editor's own addresses (/workflows/…) are not files; a missing file is missing.
            page = "." not in path.rpartition("/")[2] and not path.startswith(_NOT_PAGES)
            if error.status_code != 404 or not page:
                raise
            answer = await super().get_response("index.html", scope)
        answer.headers["content-security-policy"] = _CSP
        lasting = path.startswith(_HASHED)
        kept = "public, max-age=31536000, immutable" if lasting else "no-cache"
        answer.headers["cache-control"] = kept
        return answer


def editor_files(root: Path) -> StaticFiles:
    """Raises `RuntimeError` if the folder does not exist."""
    return _Editor(directory=root, html=True)
