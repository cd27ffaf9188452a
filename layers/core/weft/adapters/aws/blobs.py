"""A bucket, or a part of it: whole objects of bytes."""

from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from weft.adapters.aws.errors import code_of, unavailable
from weft.adapters.aws.place import Place
from weft.domain.errors import StorageUnavailable


class Blobs:
    """Keys are ours: whoever puts a person's text into one has quoted it."""

    def __init__(self, place: Place, bucket: str, prefix: str = "") -> None:
        self._place = place
        self._bucket = bucket
        self._prefix = prefix

    @cached_property
    def _client(self) -> Any:
        """Made when it is first needed: most requests need none, and it takes a while."""
        return self._place.client("s3")

    def put(self, name: str, content: bytes) -> None:
        """Durable when it returns. Raises `StorageUnavailable`."""
        try:
            self._client.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=content)
        except (ClientError, BotoCoreError) as error:
            raise unavailable(error, self._bucket) from error

    def get(self, name: str) -> bytes | None:
        """None if there is no such object. Raises `StorageUnavailable`."""
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)
            content: bytes = found["Body"].read()
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                return None
            raise unavailable(error, self._bucket) from error
        except BotoCoreError as error:
            raise unavailable(error, self._bucket) from error
        return content

    def must_get(self, name: str) -> bytes:
        """An object that something else says is there. Raises `StorageUnavailable`."""
        content = self.get(name)
        if content is None:
            raise StorageUnavailable(f"{self._bucket}: {name} is gone; restore it from a version")
        return content

    def forget(self, folder: str) -> None:
        """Deletes all objects below a folder; none is fine. Raises `StorageUnavailable`."""
        try:
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=f"{self._prefix}{folder}/"
            )
            for page in pages:
                found = [{"Key": item["Key"]} for item in page.get("Contents", ())]
                if found:
                    told = self._client.delete_objects(
                        Bucket=self._bucket, Delete={"Objects": found, "Quiet": True}
                    )
                    for refused in told.get("Errors", ()):
                        raise StorageUnavailable(f"{self._bucket}: {refused.get('Message')}")
        except (ClientError, BotoCoreError) as error:
            raise unavailable(error, self._bucket) from error
