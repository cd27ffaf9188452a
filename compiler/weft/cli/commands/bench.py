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
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compiler(
    graphs: Path,
    mapping: Path | None,
    lower: tuple[str, ...],
    limit: int | None,
    runs: int,
    seed: int,
    as_json: bool,
) -> int:
    """Compile and run graphs in our way and in others, and compare what it takes."""
    from weft.bench.campaign import measure_all
    from weft.bench.corpus import read_corpus
    from weft.bench.figures import figures
    from weft.bench.mapping import read_mapping
    from weft.bench.runs import Trial
    from weft.bench.table import table
    from weft.bench.ways import WAYS
    from weft.compiler.cost.prices import prices

    classes = read_mapping(mapping or graphs.with_name("mapping.json"))
    samples = list(read_corpus(graphs, classes))[:limit]
    seconds = {kind: took for one in classes.values() for kind, took in one.seconds().items()}
    found = []
    for way in lower or WAYS:
        trial = Trial(WAYS[way], seconds, runs=runs, seed=seed)
        found.append(figures(way, measure_all(samples, trial), prices()))
    if as_json:
        import orjson

        print(orjson.dumps([one.as_json() for one in found], option=orjson.OPT_INDENT_2).decode())
    else:
        print(table(found))
    return Exit.OK
