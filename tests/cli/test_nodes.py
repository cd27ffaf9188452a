"""`weft nodes`: the palette."""

from tests.support.command_line import CommandLine


def test_every_category_is_listed(weft: CommandLine) -> None:
    done = weft("nodes")
    assert done.code == 0
    assert all(name in done.out for name in ("manual_trigger", "http_request", "approval"))


def test_one_type_shows_its_ports_and_config(weft: CommandLine) -> None:
    done = weft("nodes", "http_request")
    assert done.code == 0
    assert "url" in done.out and "outputs:" in done.out


def test_an_alias_finds_its_type(weft: CommandLine) -> None:
    assert "webhook_trigger" in weft("nodes", "http_webhook").out


def test_a_misspelt_type_gets_a_suggestion(weft: CommandLine) -> None:
    done = weft("nodes", "htp_request")
    assert done.code == 2
    assert "http_request" in done.err


def test_the_catalogue_comes_as_json(weft: CommandLine) -> None:
    found = weft("nodes", "--json").report
    assert {"name", "version", "category"} <= set(found[0])
