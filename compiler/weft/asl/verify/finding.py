"""One thing that is wrong with a definition."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`path` is a JSON pointer; `refused`: Step Functions does not create such a machine.

    What it creates all the same fails when a run comes there, or never runs.
    """

    code: str
    path: str
    message: str
    refused: bool = True
