"""`weft`: finds the command, runs it, and turns our errors into a sentence and an exit code."""

import importlib
import sys
from collections.abc import Sequence
from types import MappingProxyType

import click

from weft.cli.exits import Exit, exit_code_of
from weft.domain.errors import CompileError, PlatformError, WeftError

# Name, and the line that `weft --help` shows: listing commands loads none of them.
COMMANDS = MappingProxyType(
    {
        "check": "Say everything that is wrong with a graph.",
        "compile": "Compile a graph to Amazon States Language.",
        "explain": "Say what runs of a graph will do and cost.",
        "import": "Read a graph of another shape, with a report.",
        "run": "Run a graph here and now, with progress per node.",
        "dev": "Start the API and the engine on this machine.",
        "stepfunctions": "Serve the Step Functions API on this machine.",
        "nodes": "List the node types, or show one.",
        "publish": "Give a graph to the running server and make it live.",
        "start": "Start a run of a workflow on the running server.",
        "workflows": "List the workflows of the running server.",
        "runs": "List runs of the running server, or show one.",
        "approve": "Decide an approval that a run waits for.",
        "key": "Print the running server's API key, for curl.",
        "bench": "Measure the compiler on graphs of a file.",
        "credentials": "Add, list, test and remove credentials.",
        "backup": "Copy all data to a file, while the server runs or not.",
        "archive": "Move executions that ended long ago to a file.",
    }
)


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"weft.cli.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="weft", prog_name="weft")
def weft() -> None:
    """Draw an AI workflow; Weft compiles it to Step Functions and runs the same artefact here."""


def main(argv: Sequence[str] | None = None) -> None:
    """The console script. Always leaves by `SystemExit`."""
    arguments = None if argv is None else list(argv)
    try:
        outcome = weft.main(args=arguments, prog_name="weft", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("cancelled", err=True)
        sys.exit(Exit.CANCELLED)
    except click.ClickException as error:
        error.show()
        sys.exit(Exit.USAGE)
    except WeftError as error:
        _show(error)
        sys.exit(exit_code_of(error))
    except KeyboardInterrupt:
        click.echo("cancelled", err=True)
        sys.exit(Exit.CANCELLED)
    except BrokenPipeError:
        # The reader of our output has gone, as in `weft nodes | head`; there is nobody to tell.
        sys.stderr.close()
        sys.exit(Exit.OK)
    # Commands return their exit code; click's own options return it as well.
    sys.exit(outcome if isinstance(outcome, int) else Exit.OK)


def _show(error: WeftError) -> None:
    if isinstance(error, CompileError):
        from weft.cli.report import show_diagnostics

        show_diagnostics(error.diagnostics)
        return
    click.echo(f"Error: {error}", err=True)
    if isinstance(error, PlatformError):
        click.echo(f"This is for whoever runs Weft ({error.code}).", err=True)
