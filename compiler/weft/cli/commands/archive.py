"""`weft archive`: what ended long ago goes from the journal into a file."""

import time
from pathlib import Path

import click

from weft.cli.exits import Exit

_DAY = 86_400


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--older-than",
    type=click.FloatRange(min=0),
    default=90,
    show_default=True,
    metavar="DAYS",
    help="Take executions that ended before that. Within 14 days they could be redriven.",
)
@click.option(
    "--home",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Use this folder instead of WEFT_HOME, for example one of weft stepfunctions.",
)
def command(file: Path, older_than: float, home: Path | None) -> int:
    """Move executions that ended long ago to FILE (gzip of JSON lines) and shrink the journal.

    Stop the server first. Runs, steps and events stay in the run view; the journal's own histories
    are in FILE afterwards.
    """
    from weft.bootstrap.archive import archive_executions
    from weft.bootstrap.settings import load_settings

    folder = home.expanduser().absolute() if home is not None else load_settings().home
    target = file.expanduser().absolute()
    done = archive_executions(folder, target, time.time() - older_than * _DAY)
    where = f" to {target}" if done.executions else ""
    click.echo(
        f"{done.executions} executions archived{where}; the journal has "
        f"{done.after / 1024:,.0f} KiB, before {done.before / 1024:,.0f} KiB"
    )
    return Exit.OK
