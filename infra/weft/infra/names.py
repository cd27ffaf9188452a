"""What things are called, so that no stack has to import from another."""

import hashlib
from dataclasses import dataclass

from aws_cdk import ArnFormat, Aws, Stack


@dataclass(frozen=True, slots=True)
class Names:
    """Of an environment, or of one tenant in it."""

    environment: str
    tenant: str | None = None

    @property
    def base(self) -> str:
        """What every name begins with."""
        return "-".join(part for part in ("weft", self.environment, self.tenant) if part)

    @property
    def table(self) -> str:
        """The table of all tenants."""
        return f"weft-{self.environment}"

    @property
    def bucket(self) -> str:
        """The tenant's data. Names of buckets are the world's, and at most 63 characters."""
        digest = hashlib.sha256(self.base.encode()).hexdigest()[:16]
        return f"weft-{digest}-{Aws.ACCOUNT_ID}-{Aws.REGION}"

    @property
    def key_alias(self) -> str:
        """Of the KMS key."""
        return f"alias/{self.base}"

    @property
    def root_secret(self) -> str:
        """Made by the first process that needs it; see `weft.adapters.aws.vault`."""
        return f"weft/{self.environment}/{self.tenant}/root"

    @property
    def machine_role(self) -> str:
        """What the tenant's state machines run as."""
        return f"{self.base}-machine"

    def function(self, group: str) -> str:
        """A runner, or the API."""
        return f"{self.base}-{group}"

    def parameter(self, what: str) -> str:
        """Where the platform says in Parameter Store what it has made."""
        return f"/weft/{self.environment}/{what}"


def arn(stack: Stack, service: str, resource: str, name: str = "", *, colon: bool = False) -> str:
    """An ARN in the stack's own account and Region."""
    form = ArnFormat.COLON_RESOURCE_NAME if colon else ArnFormat.SLASH_RESOURCE_NAME
    if not name:
        form = ArnFormat.NO_RESOURCE_NAME
    region = "" if service == "iam" else None
    return stack.format_arn(
        service=service,
        resource=resource,
        resource_name=name or None,
        arn_format=form,
        region=region,
    )
