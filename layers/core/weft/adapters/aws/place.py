"""Where on AWS, and as whom: a Region, and for tests and emulators an endpoint and keys."""

from dataclasses import dataclass, field
from typing import Any, Final

import boto3
from botocore.config import Config

# Within what an API request may take; the SDK tries again by itself, with growing pauses.
CONNECT_SECONDS: Final = 3
READ_SECONDS: Final = 15
ATTEMPTS: Final = 4


@dataclass(frozen=True, slots=True)
class Place:
    """With nothing but the Region, endpoints and credentials are found as AWS' SDKs do: in a
    Lambda function, those of its role."""

    region: str
    endpoint: str | None = None
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)

    def client(self, service: str) -> Any:
        """A boto3 client, which threads may share."""
        return boto3.client(
            service,
            region_name=self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            ),
        )
