"""What is to be deployed, read from the context of the CDK app."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from weft.domain.errors import Invalid

_ENVIRONMENTS: Final = ("dev", "staging", "prod")
_ARCHITECTURES: Final = ("arm64", "x86_64")
# As long as a UUID, which tenant ids are; part of names that may have 64 characters.
_TENANT: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,34}[a-z0-9])?")
_LOG_DAYS: Final = {"dev": 14, "staging": 30, "prod": 90}
MEMBERS: Final = (
    "environment",
    "tenants",
    "architecture",
    "domain",
    "bundle",
    "alarm_email",
    "tenant_alarms",
)


@dataclass(frozen=True, slots=True)
class Domain:
    """Where people reach Weft: a name, its hosted zone, and an ACM certificate in us-east-1."""

    name: str
    zone_id: str
    zone_name: str
    certificate_arn: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """One environment. The API publishes to the stack of the first tenant (see ADR 26).

    `bundle`: with third-party packages for Lambda; without, templates only differ by layers.
    """

    environment: str = "dev"
    tenants: tuple[str, ...] = ("home",)
    architecture: str = "arm64"
    domain: Domain | None = None
    bundle: bool = True
    alarm_email: str | None = None
    tenant_alarms: bool = True  # each costs, see docs/aws-cost.md

    @property
    def log_days(self) -> int:
        """How long logs are kept."""
        return _LOG_DAYS[self.environment]


def deployment_of(given: Mapping[str, Any]) -> Deployment:
    """From context: strings as `-c name=value` gives them, or JSON as `cdk.json` does.

    Raises `Invalid` naming the member that makes no sense.
    """
    known = {name: given[name] for name in MEMBERS if given.get(name) is not None}
    tenants = known.get("tenants", ["home"])
    return Deployment(
        environment=_one_of(known, "environment", _ENVIRONMENTS, "dev"),
        tenants=_tenants(tenants.split(",") if isinstance(tenants, str) else tenants),
        architecture=_one_of(known, "architecture", _ARCHITECTURES, "arm64"),
        domain=_domain(known["domain"]) if known.get("domain") else None,
        bundle=_flag(known, "bundle"),
        alarm_email=known.get("alarm_email") or None,
        tenant_alarms=_flag(known, "tenant_alarms"),
    )


def _one_of(known: Mapping[str, Any], name: str, allowed: tuple[str, ...], usual: str) -> str:
    value = str(known.get(name, usual))
    if value not in allowed:
        raise Invalid(f"context {name}: write {' or '.join(allowed)}, not {value!r}")
    return value


def _flag(known: Mapping[str, Any], name: str) -> bool:
    value = str(known.get(name, True)).lower()
    if value not in ("true", "false"):
        raise Invalid(f"context {name}: write true or false, not {value!r}")
    return value == "true"


def _tenants(given: Any) -> tuple[str, ...]:
    tenants = tuple(str(name) for name in given)
    wrong = [name for name in tenants if not _TENANT.fullmatch(name)]
    if wrong or not tenants or len(set(tenants)) < len(tenants):
        raise Invalid(
            "context tenants: write at least one id, each once, of a-z, 0-9 and hyphens, at most "
            f"36 characters, not {', '.join(wrong or tenants) or 'none'}"
        )
    return tenants


def _domain(given: Any) -> Domain:
    members = ("name", "zone_id", "zone_name", "certificate_arn")
    if not isinstance(given, Mapping) or set(given) != set(members):
        raise Invalid(f"context domain: write an object of {', '.join(members)}")
    return Domain(**{name: str(given[name]) for name in members})
