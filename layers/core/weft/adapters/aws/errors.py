"""AWS' errors in our words: who must act, and no more detail than an operator needs."""

from botocore.exceptions import BotoCoreError, ClientError

from weft.domain.errors import StorageUnavailable


def code_of(error: ClientError) -> str:
    """AWS' name of the error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def unavailable(error: ClientError | BotoCoreError, what: str) -> StorageUnavailable:
    """Our error for one of a store's. Throttling has been waited out by the SDK before."""
    if isinstance(error, ClientError):
        told = error.response.get("Error", {})
        return StorageUnavailable(f"{what}: {told.get('Message', '')} ({code_of(error)})")
    return StorageUnavailable(f"{what}: {error}")
