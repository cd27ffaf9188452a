"""Points in time as Step Functions takes them in a constant."""

import re
from datetime import datetime

# RFC 3339, section 5.6, as Step Functions narrows it: capital T, and a zone.
_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)


def is_timestamp(value: object) -> bool:
    """Whether a constant is a time that exists."""
    if not isinstance(value, str) or not _FORM.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(re.sub(r"\.\d+", "", value))
    except ValueError:
        return False
    return True
