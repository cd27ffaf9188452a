"""`--futures N`, the same for every command that compiles."""

import click

futures_option = click.option(
    "--futures",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Let at most N nodes wait for a single node of a branch beside theirs, where it pays.",
)
