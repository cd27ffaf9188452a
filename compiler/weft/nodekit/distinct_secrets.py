"""Which opened values are secrets that nothing may repeat."""

from collections.abc import Iterable
from typing import Final

from weft.domain.credential import ResolvedSecret
from weft.domain.scrub import Scrubber
from weft.nodekit.node_type import CredentialType

# A secret this long stands in an answer for itself alone; a shorter one may be a word of it.
MIN_DISTINCT: Final = 8


def distinct_secrets(opened: Iterable[ResolvedSecret], types: Iterable[CredentialType]) -> Scrubber:
    """What may not be in an answer: the secret fields of what was opened, if long enough."""
    private = {(t.name, f.name) for t in types for f in t.fields if f.secret}
    scrubber = Scrubber()
    scrubber.learn(
        value
        for secret in opened
        for name, value in secret.values.items()
        if (secret.type, name) in private and len(value) >= MIN_DISTINCT
    )
    return scrubber
