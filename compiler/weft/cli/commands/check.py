"""`weft check GRAPH`: every problem at once, each at its node and port."""

import click

from weft.cli.exits import Exit
from weft.cli.sources import read_graph


@click.command()
@click.argument("graph")
@click.option("--json", "as_json", is_flag=True, help="Print the diagnostics as JSON.")
def command(graph: str, as_json: bool) -> int:
    """Say everything that is wrong with GRAPH (a file, a folder with graph.json, or - for stdin).

    Exits with 2 if the graph cannot be compiled, with 0 if there are at most warnings.
    """
    document = read_graph(graph)
    from weft.cli.report import diagnostics_as_json, out, show_diagnostics, show_json
    from weft.compiler.compile import compile_workflow
    from weft.domain.errors import CompileError
    from weft.nodes.catalogue import NodeCatalogue

    try:
        diagnostics = compile_workflow(document, NodeCatalogue()).diagnostics
        usable = True
    except CompileError as error:
        diagnostics = error.diagnostics
        usable = False
    if as_json:
        show_json({"ok": usable, "diagnostics": diagnostics_as_json(diagnostics)})
    else:
        show_diagnostics(diagnostics, out())
    return Exit.OK if usable else Exit.USAGE
