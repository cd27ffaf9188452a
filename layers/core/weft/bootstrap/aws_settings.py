"""What a stack on AWS is made of, from the environment that its template sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from weft.domain.errors import Invalid


@dataclass(frozen=True, slots=True)
class AwsSettings:
    """Names of what the stack has made. Credentials are found as AWS' SDKs do.

    `runners`: ARNs of functions by runner group; `connections`: ARNs of EventBridge Connections
    by credential id. An endpoint is an emulator's.
    """

    region: str  # AWS_REGION
    table: str  # WEFT_AWS_TABLE
    bucket: str  # WEFT_AWS_BUCKET
    key: str  # WEFT_AWS_KEY: the KMS key's id, ARN or alias
    role: str  # WEFT_AWS_MACHINE_ROLE: what state machines may do
    prefix: str = ""  # WEFT_AWS_PREFIX: of names in the bucket
    root: str = "weft/root"  # WEFT_AWS_ROOT_SECRET: what Secrets Manager calls it
    runners: Mapping[str, str] = field(default_factory=dict)  # WEFT_AWS_RUNNERS: net=arn,ai=arn
    connections: Mapping[str, str] = field(default_factory=dict)  # WEFT_AWS_CONNECTIONS
    endpoint: str | None = None  # WEFT_AWS_ENDPOINT
    states_endpoint: str | None = None  # WEFT_AWS_STATES_ENDPOINT

    @property
    def partition(self) -> str:
        """As in every ARN of the account: `aws`, `aws-cn` …"""
        return self.role.split(":")[1]


_NEEDED: Final = {
    "region": "AWS_REGION",
    "table": "WEFT_AWS_TABLE",
    "bucket": "WEFT_AWS_BUCKET",
    "key": "WEFT_AWS_KEY",
    "role": "WEFT_AWS_MACHINE_ROLE",
}


def aws_settings(given: Mapping[str, str]) -> AwsSettings:
    """Raises `Invalid` naming the variables that are missing or make no sense."""
    missing = [variable for variable in _NEEDED.values() if not given.get(variable)]
    if missing:
        raise Invalid(f"to work on AWS, set {', '.join(missing)}")
    if not given["WEFT_AWS_MACHINE_ROLE"].startswith("arn:"):
        raise Invalid("WEFT_AWS_MACHINE_ROLE: write the ARN of a role")
    prefix = given.get("WEFT_AWS_PREFIX", "").strip("/")
    return AwsSettings(
        **{member: given[variable] for member, variable in _NEEDED.items()},
        prefix=f"{prefix}/" if prefix else "",
        root=given.get("WEFT_AWS_ROOT_SECRET") or "weft/root",
        runners=_arns(given, "WEFT_AWS_RUNNERS"),
        connections=_arns(given, "WEFT_AWS_CONNECTIONS"),
        endpoint=given.get("WEFT_AWS_ENDPOINT") or None,
        states_endpoint=given.get("WEFT_AWS_STATES_ENDPOINT") or None,
    )


def _arns(given: Mapping[str, str], variable: str) -> Mapping[str, str]:
    found = {}
    for part in given.get(variable, "").split(","):
        name, _, arn = part.strip().partition("=")
        if name and not arn.startswith("arn:"):
            raise Invalid(f"{variable}: write name=arn, separated by commas, not {part.strip()!r}")
        if name:
            found[name] = arn
    return found
