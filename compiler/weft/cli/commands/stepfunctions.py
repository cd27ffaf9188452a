"""`weft stepfunctions`: Step Functions' own API on this machine."""

import asyncio
from pathlib import Path

import click

from weft.cli.exits import Exit

LOOPBACK = "127.0.0.1"


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8421, show_default=True,
    help="Listen here; 0 takes a free one.",
)  # fmt: skip
@click.option("--host", default=LOOPBACK, show_default=True, help="Listen on this address.")
@click.option(
    "--open-to-network",
    is_flag=True,
    help="Allow a host that is not loopback. Nobody is asked who they are.",
)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("stepfunctions-data"),
    show_default=True,
    help="Keep machines and executions in this folder.",
)
@click.option(
    "--objects",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the object store, a folder for each bucket.  [default: objects in --home]",
)
@click.option("--region", default="us-east-1", show_default=True, help="The Region in ARNs.")
@click.option("--account", default="000000000000", show_default=True, help="The account in ARNs.")
@click.option(
    "--lambda-endpoint", metavar="URL", help="Lambda tasks call functions here, as Invoke does."
)
@click.option(
    "--handlers", metavar="MODULE:NAME", help="A mapping of function names to Python functions."
)
def command(
    port: int,
    host: str,
    open_to_network: bool,
    home: Path,
    objects: Path | None,
    region: str,
    account: str,
    lambda_endpoint: str | None,
    handlers: str | None,
) -> int:
    """Serve the Step Functions API, for boto3, the AWS CLI and any other SDK.

    Give them --endpoint-url http://127.0.0.1:8421 and any credentials. State machines and
    executions are kept in a folder; what was under way goes on at the next start.
    """
    from weft.cli.event_loop import loop_factory
    from weft.cli.state_machine_server import serve_state_machines
    from weft.stepfunctions.arns import Arns
    from weft.stepfunctions.functions import load_handlers
    from weft.stepfunctions.open import Options

    if host not in (LOOPBACK, "localhost", "::1") and not open_to_network:
        raise click.UsageError(
            f"--host {host} is not loopback: add --open-to-network if you mean it"
        )
    options = Options(
        home=home.expanduser().absolute(),
        arns=Arns(region, account),
        handlers=load_handlers(handlers) if handlers else {},
        lambda_endpoint=lambda_endpoint,
        objects=objects.expanduser().absolute() if objects else None,
        hosts=frozenset({"*"}) if open_to_network else frozenset(),
    )
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(serve_state_machines(options, host, port))
    return Exit.OK
