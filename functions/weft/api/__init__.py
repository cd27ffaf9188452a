"""The HTTP API: routes over operations, and the border that guards them."""
