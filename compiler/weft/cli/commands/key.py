"""`weft key`: the key of the running server, for curl and scripts on this machine."""

import click

from weft.cli.exits import Exit


@click.command()
def command() -> int:
    """Print the API key that `weft dev` left for its owner. Treat it like a password."""
    from weft.cli.client import connect

    click.echo(connect().api_key)
    return Exit.OK
