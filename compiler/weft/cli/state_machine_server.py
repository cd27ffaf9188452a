"""Serves Step Functions' API until told to end."""

from weft.api.serve import serve
from weft.cli.report import err
from weft.stepfunctions.open import Options, open_app


async def serve_state_machines(options: Options, host: str, port: int) -> None:
    """Raises `Conflict` for a port in use, `StorageUnavailable` for a folder in use."""

    def announce(url: str) -> None:
        console = err()
        console.print(f"[bold]Step Functions[/] listens on {url}")
        console.print(f"  data      {options.home}", markup=False)
        console.print(f"  use       aws stepfunctions --endpoint-url {url} …", markup=False)
        console.print("  stop      Ctrl-C")

    async with open_app(options) as app:
        await serve(app, port, announce, host=host)
