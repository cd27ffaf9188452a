"""`weft dev`: the API and the engine on this machine."""

import asyncio
from pathlib import Path

import click

from weft.cli.exits import Exit


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Listen here; 0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Listen on this address.")
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the data here instead of in WEFT_HOME.",
)
def command(port: int | None, host: str, home: Path | None) -> int:
    """Start the API and the engine, and go on with every run that was under way.

    Ends on Ctrl-C; nothing is lost, now or when it is killed.
    """
    from weft.cli.dev_server import Wanted, run_server
    from weft.cli.event_loop import loop_factory

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(run_server(Wanted(port, host, home)))
    return Exit.OK
