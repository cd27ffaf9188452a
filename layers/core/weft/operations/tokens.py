"""Random tokens shown once, and the hashes that are stored instead of them (rule 11)."""

import hashlib
import secrets


def new_token(purpose: str) -> str:
    """`weft_<purpose>_` and 256 random bits; the purpose keeps tokens from being mixed up."""
    return f"weft_{purpose}_{secrets.token_urlsafe(32)}"


def token_hash(token: str) -> str:
    """SHA-256, hex. The token has full entropy, so no salt or slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()
