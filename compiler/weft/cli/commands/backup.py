"""`weft backup`: a copy of the data, while the server runs or not."""

from dataclasses import replace
from pathlib import Path

import click

from weft.cli.exits import Exit


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--home",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Back up this folder instead of WEFT_HOME, for example one of weft stepfunctions.",
)
@click.option(
    "--with-key",
    is_flag=True,
    help="Add the key file: whoever has the backup can then open its credentials.",
)
def command(file: Path, home: Path | None, with_key: bool) -> int:
    """Write all data, as it stands at one moment, to FILE (a tar).

    A running server goes on meanwhile. To restore, unpack FILE into an empty folder and start
    there: what was under way goes on.
    """
    from weft.bootstrap.back_up import back_up_data
    from weft.bootstrap.settings import load_settings

    settings = load_settings()
    if home is not None:
        settings = replace(settings, home=home.expanduser().absolute())
    target = file.expanduser().absolute()
    back_up_data(settings, target, with_key=with_key)
    click.echo(target)
    if not with_key and home is None and settings.key_file.is_file():
        click.echo(f"Keep {settings.key_file} apart: it opens the credentials.", err=True)
    return Exit.OK
