"""Credential types that several node types take."""

from weft.nodekit.node_type import CredentialField, CredentialType

HTTP_BASIC = CredentialType(
    name="http_basic",
    title="User and password (HTTP Basic)",
    fields=(
        CredentialField("username", "User name", secret=False),
        CredentialField("password", "Password"),
    ),
)
HTTP_BEARER = CredentialType(
    name="http_bearer",
    title="Bearer token",
    fields=(CredentialField("token", "Token"),),
)
HTTP_API_KEY = CredentialType(
    name="http_api_key",
    title="API key in a header or in the query",
    fields=(
        CredentialField("key", "Key"),
        CredentialField("name", "Name of the header or query parameter", secret=False),
        CredentialField("placement", "header or query (default: header)", False, required=False),
    ),
)
WEBHOOK_SECRET = CredentialType(
    name="webhook_secret",
    title="Secret that signs webhook calls",
    fields=(CredentialField("secret", "Secret shared with the sender"),),
    # It checks calls that come in and goes nowhere; `.invalid` never resolves (RFC 2606).
    hosts=("webhooks.invalid",),
)
OPENAI_COMPATIBLE = CredentialType(
    name="openai_compatible",
    title="OpenAI, or a server that speaks its API",
    fields=(
        CredentialField("api_key", "API key"),
        CredentialField("base_url", "Base URL (default: OpenAI's)", secret=False, required=False),
        CredentialField("organization", "Organization id", secret=False, required=False),
    ),
    hosts=("api.openai.com",),
)
