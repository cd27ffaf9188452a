"""`weft compile GRAPH`: the artefact, as the host would get it."""

from dataclasses import replace
from pathlib import Path

import click

from weft.cli.called_files import read_called
from weft.cli.exits import Exit
from weft.cli.futures_option import futures_option
from weft.cli.sources import read_graph, read_input

LOWERINGS = ("optimal", "state-per-node", "naive-layers", "sequence", "handwritten")
PARTS = ("definition", "children", "source-map", "manifest", "all")


@click.command()
@click.argument("graph")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write here.")
@click.option("--part", type=click.Choice(PARTS), default="definition", show_default=True)
@click.option("--no-optimise", "lower", flag_value="state-per-node", help="One state per node.")
@click.option("--lower", "lower", type=click.Choice(LOWERINGS), default="optimal",
              show_default=True, help="Another way, to compare with.")  # fmt: skip
@click.option("--fuse/--no-fuse", default=True, help="One call of a runner may run several steps.")
@futures_option
@click.option(
    "--finished", metavar="FILE|JSON", help="What nodes came to before; they do not run again."
)
def command(
    graph: str,
    output: Path | None,
    part: str,
    lower: str,
    fuse: bool,
    futures: int,
    finished: str | None,
) -> int:
    """Compile GRAPH and print its state machine (JSONata), its children, source map or manifest.

    Finished nodes are given by id as {"output": …}, with "live": {port: value} where another port
    than output is live, and "status": "error" or "skipped" where it is not success.
    """
    document = read_graph(graph)
    import orjson

    from weft.cli.report import show_diagnostics
    from weft.compiler.compile import compile_workflow
    from weft.compiler.finished import read_finished
    from weft.compiler.options import Lowering, lowered
    from weft.nodes.catalogue import NodeCatalogue

    made = lowered(Lowering(lower))
    options = replace(made, fuse=fuse and made.fuse, futures=futures)
    done = read_finished({} if finished is None else read_input(finished))
    read = read_called(graph, document)
    artefact = compile_workflow(
        read.document,
        NodeCatalogue(),
        options=options,
        finished=done,
        workflows=read.workflows,
    )
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
