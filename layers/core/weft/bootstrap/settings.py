"""Settings from the environment; the only place that reads it."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Final, Literal, TypeAlias

import platformdirs

from weft.bootstrap.aws_settings import AwsSettings, aws_settings
from weft.domain.errors import Invalid

Network: TypeAlias = IPv4Network | IPv6Network
Profile: TypeAlias = Literal["embedded", "aws"]

DEFAULT_PORT: Final = 8420
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"", "0", "false", "no", "off"})
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator decides. `url` and `api_key` are for clients of a running server."""

    home: Path  # WEFT_HOME: the data folder
    key_file: Path  # WEFT_KEY_FILE: opens stored credentials; outside the data folder
    allow_networks: tuple[Network, ...] = ()  # WEFT_ALLOW_NETWORKS: CIDRs, separated by commas
    allow_unsandboxed_code: bool = False  # WEFT_ALLOW_UNSANDBOXED_CODE
    port: int = DEFAULT_PORT  # WEFT_PORT
    log_level: str = "INFO"  # WEFT_LOG_LEVEL
    url: str = ""  # WEFT_URL
    api_key: str | None = field(default=None, repr=False)  # WEFT_API_KEY
    profile: Profile = "embedded"  # WEFT_PROFILE: where data and runs are
    aws: AwsSettings | None = None  # WEFT_AWS_…, where the profile is aws


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Raises `Invalid` naming the variable whose value makes no sense."""
    given = os.environ if environment is None else environment
    port = _port(given.get("WEFT_PORT", ""))
    profile = _profile(given.get("WEFT_PROFILE") or "embedded")
    return Settings(
        home=_folder(given.get("WEFT_HOME"), platformdirs.user_data_path("weft")),
        key_file=_folder(
            given.get("WEFT_KEY_FILE"), platformdirs.user_config_path("weft") / "weft.key"
        ),
        allow_networks=_networks(given.get("WEFT_ALLOW_NETWORKS", "")),
        allow_unsandboxed_code=_flag(given, "WEFT_ALLOW_UNSANDBOXED_CODE"),
        port=port,
        log_level=_level(given.get("WEFT_LOG_LEVEL") or "INFO"),
        url=given.get("WEFT_URL") or f"http://127.0.0.1:{port}",
        api_key=given.get("WEFT_API_KEY") or None,
        profile=profile,
        aws=aws_settings(given) if profile == "aws" else None,
    )


def _profile(text: str) -> Profile:
    match text:
        case "embedded" | "aws":
            return text
        case _:
            raise Invalid(f"WEFT_PROFILE: write embedded or aws, not {text!r}")


def _folder(text: str | None, default: Path) -> Path:
    return Path(text).expanduser().absolute() if text else default


def _port(text: str) -> int:
    if not text:
        return DEFAULT_PORT
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise Invalid(f"WEFT_PORT: {text!r} is not a port number")
    return int(text)


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(
            ipaddress.ip_network(part.strip(), strict=False)
            for part in text.split(",")
            if part.strip()
        )
    except ValueError as error:
        raise Invalid(f"WEFT_ALLOW_NETWORKS: {error}; write CIDRs such as 10.0.0.0/8") from error


def _flag(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "").strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise Invalid(f"{name}: write 1 or 0, not {text!r}")


def _level(text: str) -> str:
    level = text.upper()
    if level not in _LEVELS:
        raise Invalid(f"WEFT_LOG_LEVEL: {text!r} is not one of {', '.join(_LEVELS)}")
    return level
