"""`weft explain GRAPH`: what runs of it will do and cost, before any starts."""

from typing import Any

import click

from weft.cli.called_files import read_called
from weft.cli.exits import Exit
from weft.cli.futures_option import futures_option
from weft.cli.sources import read_graph


@click.command()
@click.argument("graph")
@click.option(
    "--policy", type=click.Choice(["durable", "balanced", "cheapest"]), default="balanced",
    show_default=True, help="Where regions run: Standard only, or Express where it is cheaper.",
)  # fmt: skip
@click.option("--fuse/--no-fuse", default=True, help="One call of a runner may run several steps.")
@futures_option
@click.option("--region", default="us-east-1", show_default=True, help="Whose prices count.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(graph: str, policy: str, fuse: bool, futures: int, region: str, as_json: bool) -> int:
    """Say what GRAPH becomes: states, transitions per way, time, tiers, and money per 1,000 runs.

    Decisions are taken to be even; nothing is run and no account is asked.
    """
    document = read_graph(graph)
    from weft.cli.report import show_json
    from weft.compiler.compile import compile_workflow
    from weft.compiler.cost.prices import known_regions
    from weft.compiler.explain import explained
    from weft.compiler.options import Options, Policy
    from weft.nodes.catalogue import NodeCatalogue

    if region not in known_regions():
        raise click.UsageError(f"no prices for {region!r}; known: {', '.join(known_regions())}")
    options = Options(policy=Policy(policy), fuse=fuse, region=region, futures=futures)
    read = read_called(graph, document)
    made = compile_workflow(
        read.document, NodeCatalogue(), options=options, workflows=read.workflows
    )
    told = explained(made)
    if as_json:
        show_json(told)
    else:
        _show(told)
    return Exit.OK


def _show(told: dict[str, Any]) -> None:
    from weft.cli.report import out

    console = out()
    cost, span = told["cost"], told["span"]
    moved, money = cost["transitions"], cost["usd_per_1000_runs"]
    lines = [
        f"{told['nodes']} nodes, {told['states']} states",
        f"transitions a run   {moved['fewest']} at least, {moved['expected']:g} expected, "
        f"{moved['most']} at most",
        f"Lambda calls a run  {cost['lambda_calls']:g} expected",
        f"$ per 1,000 runs    {money['expected']:g} expected, {money['worst']:g} at most "
        f"({cost['region']}, prices of {cost['prices_of']})",
        f"assuming            {cost['assuming']['items_of_a_loop']:g} items a loop, even decisions",
        f"time                {span['ratio']:g} × the least that the order of steps allows",
    ]
    for line in lines:
        console.print(line, markup=False)
    for future in told["futures"]:
        said = (
            f"future              {future['to']} waits for {future['from']} alone: saves "
            f"{future['saves_seconds']:g} s, ${future['usd_per_1000_runs']:g} per 1,000 runs"
        )
        console.print(said, markup=False)
    _ways(told["ways"])
    _steps(told)
    _fused(told["fused"])
    _notes(told)


def _ways(ways: list[dict[str, Any]]) -> None:
    from weft.cli.report import out, row, table

    if len(ways) < 2:
        return
    made = table("way", "share", "transitions")
    for way in ways:
        said = ", ".join(f"{n} = {o or 'no output'}" for n, o in way["decided"].items())
        row(made, said, f"{100 * way['share']:.3g} %", f"{way['transitions']:g}")
    out().print()
    out().print(made)


def _steps(told: dict[str, Any]) -> None:
    from weft.cli.report import out, row, table

    tier = {node: t["type"] for t in told["tiers"].values() for node in t["nodes"]}
    made = table("node", "runs as", "tier", "transitions", "")
    for step in told["steps"]:
        if step["runs"] == "trigger":
            continue
        why = "; ".join(step["on_runner"]) or told["inline"].get(step["node"], "")
        where = tier.get(step["node"], "STANDARD").lower() if step["runs"] != "none" else ""
        row(made, step["node"], step["runs"], where, f"{step['transitions']:g}", why)
    out().print()
    out().print(made)


def _fused(fused: list[dict[str, Any]]) -> None:
    from weft.cli.report import out

    for one in fused:
        saves = one["saves"]
        line = (
            f"fused: {', '.join(one['nodes'])}: saves {saves['transitions']:.1f} transitions "
            f"and {saves['lambda_calls']} Lambda calls"
        )
        out().print(line, markup=False)


def _notes(told: dict[str, Any]) -> None:
    from weft.cli.report import show_diagnostics
    from weft.domain.errors import Diagnostic

    notes = [Diagnostic(**item) for item in told["notes"]]
    if notes:
        show_diagnostics(notes)
