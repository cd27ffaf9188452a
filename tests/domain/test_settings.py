"""Settings come from the environment handed in, and nonsense is named."""

from pathlib import Path

import pytest

from weft.bootstrap.settings import DEFAULT_PORT, load_settings
from weft.domain.errors import Invalid


def test_nothing_set_gives_the_defaults_with_the_key_outside_the_data() -> None:
    found = load_settings({})
    assert (found.port, found.log_level, found.allow_networks) == (DEFAULT_PORT, "INFO", ())
    assert found.allow_unsandboxed_code is False
    assert found.home not in found.key_file.parents


def test_everything_can_be_set() -> None:
    found = load_settings(
        {
            "WEFT_HOME": "/data/weft",
            "WEFT_KEY_FILE": "/keys/weft.key",
            "WEFT_ALLOW_NETWORKS": "10.0.0.0/8, 192.168.1.7",
            "WEFT_ALLOW_UNSANDBOXED_CODE": "yes",
            "WEFT_PORT": "9000",
            "WEFT_LOG_LEVEL": "debug",
            "WEFT_API_KEY": "weft_key_x",
        }
    )
    assert (found.home, found.key_file) == (Path("/data/weft"), Path("/keys/weft.key"))
    assert [str(n) for n in found.allow_networks] == ["10.0.0.0/8", "192.168.1.7/32"]
    assert (found.port, found.url) == (9000, "http://127.0.0.1:9000")
    assert found.log_level == "DEBUG"
    assert "weft_key_x" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEFT_PORT", "0"),
        ("WEFT_PORT", "٣"),
        ("WEFT_PORT", "70000"),
        ("WEFT_LOG_LEVEL", "loud"),
        ("WEFT_ALLOW_NETWORKS", "ten"),
        ("WEFT_ALLOW_UNSANDBOXED_CODE", "maybe"),
    ],
)
def test_nonsense_is_named(name: str, value: str) -> None:
    with pytest.raises(Invalid, match=name):
        load_settings({name: value})
