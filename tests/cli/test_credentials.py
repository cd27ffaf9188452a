"""`weft credentials` on the store of a home, without a server."""

from tests.support.command_line import CommandLine

SECRET = "s3cret-that-must-not-show"


def test_a_credential_is_added_listed_tested_and_removed(weft: CommandLine) -> None:
    added = weft("credentials", "add", "webhook_secret", "--name", "hook", given=f"{SECRET}\n")
    assert added.code == 0, added.err
    listed = weft("credentials", "list", "--json").report
    assert [(item["id"], item["name"]) for item in listed] == [(added.out.strip(), "hook")]
    tested = weft("credentials", "test", "hook")
    assert tested.code == 0, tested.err
    assert weft("credentials", "remove", "hook").code == 0
    assert weft("credentials", "list", "--json").report == []


def test_no_output_and_no_file_shows_the_secret(weft: CommandLine) -> None:
    outcomes = [
        weft("credentials", "add", "webhook_secret", given=f"{SECRET}\n"),
        weft("credentials", "list"),
        weft("credentials", "list", "--json"),
    ]
    assert all(SECRET not in done.out + done.err for done in outcomes)
    files = [path for path in weft.folder.rglob("*") if path.is_file()]
    assert files
    assert all(SECRET.encode() not in path.read_bytes() for path in files)


def test_an_unknown_type_names_the_known_ones(weft: CommandLine) -> None:
    done = weft("credentials", "add", "nonsense", given="x\n")
    assert done.code == 2
    assert "webhook_secret" in done.err


def test_an_unknown_credential_is_named(weft: CommandLine) -> None:
    done = weft("credentials", "remove", "nothing")
    assert done.code == 2
    assert "'nothing'" in done.err
