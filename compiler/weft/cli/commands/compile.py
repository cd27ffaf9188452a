"""`weft compile GRAPH`: the artefact, as the host would get it."""

from pathlib import Path

import click

from weft.cli.exits import Exit
from weft.cli.sources import read_graph

PARTS = ("definition", "children", "source-map", "manifest", "all")


@click.command()
@click.argument("graph")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write here.")
@click.option("--part", type=click.Choice(PARTS), default="definition", show_default=True)
@click.option("--no-optimise", is_flag=True, help="One state per node, for comparison.")
def command(graph: str, output: Path | None, part: str, no_optimise: bool) -> int:
    """Compile GRAPH and print its state machine (JSONata), its children, source map or manifest."""
    document = read_graph(graph)
    import orjson

    from weft.cli.report import show_diagnostics
    from weft.compiler.compile import compile_workflow
    from weft.compiler.options import OPTIMAL, UNOPTIMISED
    from weft.nodes.catalogue import NodeCatalogue

    options = UNOPTIMISED if no_optimise else OPTIMAL
    artefact = compile_workflow(document, NodeCatalogue(), options=options)
    parts = {
        "definition": artefact.definition,
        "children": {name: child.as_json() for name, child in artefact.children.items()},
        "source-map": artefact.source_map,
        "manifest": artefact.manifest,
    }
    chosen = {**parts, "hash": artefact.hash} if part == "all" else parts[part]
    data = orjson.dumps(chosen, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if artefact.diagnostics:
        show_diagnostics(artefact.diagnostics)
    if output is None:
        print(data.decode(), end="")
        return Exit.OK
    try:
        output.write_bytes(data)
    except OSError as error:
        raise click.UsageError(f"cannot write {output}: {error.strerror}") from error
    return Exit.OK
