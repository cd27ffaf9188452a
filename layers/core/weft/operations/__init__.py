"""Use cases, one per file: functions of the platform and the caller."""
