"""`weft import FILE`: another document's graph as one of ours, with a report."""

from pathlib import Path

import click

from weft.cli.exits import Exit
from weft.cli.sources import read_graph


@click.command()
@click.argument("source")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write here.")
@click.option("--json", "as_json", is_flag=True, help="Print graph and report as one JSON object.")
def command(source: str, output: Path | None, as_json: bool) -> int:
    """Read SOURCE (a file, or - for stdin) in any shape that Weft knows and print the graph.

    What could not be taken over exactly is reported, node by node; an unknown node becomes a
    stand-in that you replace. Nothing in the file is run.
    """
    document = read_graph(source)
    import orjson

    from weft.cli.report import diagnostics_as_json, show_diagnostics, show_json
    from weft.compiler.importers.import_graph import import_graph
    from weft.nodes.catalogue import NodeCatalogue

    found = import_graph(document, NodeCatalogue())
    if as_json:
        report = diagnostics_as_json(found.report)
        show_json({"shape": found.shape, "graph": found.document, "report": report})
        return Exit.OK
    if found.report:
        show_diagnostics(found.report)
    if output is None:
        show_json(found.document)
        return Exit.OK
    data = orjson.dumps(found.document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    try:
        output.write_bytes(data)
    except OSError as error:
        raise click.UsageError(f"cannot write {output}: {error.strerror}") from error
    return Exit.OK
