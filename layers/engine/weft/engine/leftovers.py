"""What a failed execution leaves behind, so that a redrive goes on from there.

A frame that fails is kept as it stood, before its children and variables are taken away. What
is kept goes up with the failure; when nothing catches it, it is written beside the last event.
"""

import zlib

from weft.engine.json import JsonValue, from_json, to_json
from weft.engine.run import FAILED, Frame


def keep(frame: Frame) -> None:
    """Remember the frame and all below it as they stand."""
    frame.left = (frame.entered_id, _snapshots(frame))


def keep_unless_kept(frame: Frame) -> None:
    """The same, unless the state that failed did so before it took its children away."""
    if frame.left is None or frame.left[0] != frame.entered_id:
        keep(frame)


def packed(root: Frame, status: str) -> bytes:
    """All frames that are left of an execution that ends now, by a failure or from outside."""
    if status == "FAILED" and not root.children:
        keep_unless_kept(root)
    else:
        keep(root)
    assert root.left is not None
    # Children repeat much of what their parents hold.
    return zlib.compress(to_json([[n, from_json(text)] for n, text in root.left[1]]), 1)


def unpacked(text: bytes) -> list[tuple[int, bytes]]:
    """`(frame id, snapshot)` as they were before the end, in order of id."""
    saved: list[tuple[int, JsonValue]] = from_json(zlib.decompress(text))
    return sorted((frame, to_json(snapshot)) for frame, snapshot in saved)


def _snapshots(frame: Frame) -> list[tuple[int, bytes]]:
    if frame.phase == FAILED and frame.left is not None:
        return frame.left[1]
    saved = [(frame.id, frame.snapshot())]
    for child in frame.children.values():
        saved += _snapshots(child)
    return saved
