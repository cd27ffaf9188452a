"""`weft bench compiler`: how good the compiler is, on graphs of a file."""

from pathlib import Path

import click

from weft.cli.exits import Exit

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_WAYS = ("naive-layers", "sequence", "handwritten", "durable", "balanced", "cheapest")


@click.group()
def command() -> None:
    """Measure Weft itself."""


@command.command("compiler")
@click.option("--graphs", type=_FILE, required=True, help="Topologies, one JSON object a line.")
@click.option("--mapping", type=_FILE, help="What node types stand for [mapping.json beside it].")
@click.option("--lower", "lower", multiple=True, type=click.Choice(_WAYS),
              help="Only this way; may be repeated.")  # fmt: skip
@click.option("--limit", type=click.IntRange(min=1), help="Only so many graphs.")
@click.option("--runs", type=click.IntRange(min=1), default=3, show_default=True,
              help="Runs per graph and way.")  # fmt: skip
@click.option("--repeatable", multiple=True, type=click.FloatRange(0, 1), default=(0.0, 1.0),
              show_default=True, help="Share of the calls of other services that may be repeated, "
              "for `balanced`; may be repeated itself.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--families/--no-families", default=True, show_default=True,
              help="Random orders and large graphs too.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compiler(
    graphs: Path,
    mapping: Path | None,
    lower: tuple[str, ...],
    limit: int | None,
    runs: int,
    repeatable: tuple[float, ...],
    seed: int,
    families: bool,
    as_json: bool,
) -> int:
    """Compile and run graphs in our way and in others, and compare what it takes."""
    from weft.bench.campaign import measure_all
    from weft.bench.corpus import read_corpus
    from weft.bench.figures import figures
    from weft.bench.mapping import read_mapping
    from weft.bench.runs import Trial
    from weft.bench.sizes import compile_times
    from weft.bench.spans import every_family, every_future
    from weft.bench.table import size_table, span_table, table
    from weft.bench.ways import ASSUMING, WAYS
    from weft.compiler.cost.prices import prices

    classes = read_mapping(mapping or graphs.with_name("mapping.json"))
    seconds = {kind: took for one in classes.values() for kind, took in one.seconds().items()}
    found = []
    for way in lower or WAYS:
        trial = Trial(WAYS[way], seconds, runs=runs, seed=seed)
        for share in repeatable if way == ASSUMING else (None,):
            samples = list(read_corpus(graphs, classes, share or 0.0))[:limit]
            found.append(figures(way, measure_all(samples, trial), prices(), share))
    spans = [*every_family(), *every_future()] if families else []
    sizes = list(compile_times()) if families else []
    if as_json:
        import orjson

        whole = {"graphs": found, "spans": spans, "sizes": sizes}
        print(orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode())
    else:
        print("\n\n".join(filter(None, (table(found), span_table(spans), size_table(sizes)))))
    return Exit.OK
