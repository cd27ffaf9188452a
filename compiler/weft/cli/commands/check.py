"""`weft check GRAPH`: every problem at once, each at its node and port."""

import asyncio
import math
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from weft.cli.called_files import read_called
from weft.cli.exits import Exit
from weft.cli.sources import read_graph

if TYPE_CHECKING:
    from weft.compiler.artefact import Artefact
    from weft.validation.prove import Proof


@click.command()
@click.argument("graph")
@click.option("--json", "as_json", is_flag=True, help="Print the diagnostics as JSON.")
@click.option(
    "--prove",
    type=click.IntRange(min=1),
    metavar="N",
    help="Also simulate N runs of what is compiled, and compare each with what the graph means.",
)
def command(graph: str, as_json: bool, prove: int | None) -> int:
    """Say everything that is wrong with GRAPH (a file, a folder with graph.json, or - for stdin).

    Exits with 2 if the graph cannot be compiled, with 0 if there are at most warnings, with 3 if
    a simulated run shows that Weft compiled it wrongly.
    """
    document = read_graph(graph)
    from weft.cli.report import diagnostics_as_json, out, show_diagnostics, show_json
    from weft.compiler.compile import compile_workflow
    from weft.domain.errors import CompileError
    from weft.nodes.catalogue import NodeCatalogue

    proof = None
    try:
        read = read_called(graph, document)
        artefact = compile_workflow(read.document, NodeCatalogue(), workflows=read.workflows)
        diagnostics = artefact.diagnostics
        proof = _proof(artefact, prove) if prove else None
        usable = True
    except CompileError as error:
        diagnostics = error.diagnostics
        usable = False
    if as_json:
        told = {"ok": usable, "diagnostics": diagnostics_as_json(diagnostics)}
        show_json(told if proof is None else {**told, "proof": asdict(proof)})
    else:
        show_diagnostics(diagnostics, out())
        if proof is not None:
            told_nothing = f", {proof.undecided} met a limit" if proof.undecided else ""
            out().print(f"{proof.agreed} of {prove} simulated runs agree{told_nothing}")
    return Exit.OK if usable else Exit.USAGE


def _proof(artefact: "Artefact", runs: int) -> "Proof":
    from weft.validation.prove import prove

    return asyncio.run(prove(artefact, runs=runs, budget_seconds=math.inf))
