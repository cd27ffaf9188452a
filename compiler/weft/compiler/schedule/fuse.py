"""Which runner calls one call of a runner makes (design §6.9): consecutive ones of a sequence.

A fused call saves a transition and a request for each step but one. It is one try of a host, so a
host that loses it makes it again from its first step: every step but the last is one that may be
repeated. Errors that may pass are tried again inside, as each step wants it.
Parts of a sequence run under one condition, and nothing waits or decides between them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from weft.compiler.lower.program import Program
from weft.compiler.schedule.loads import kib_of
from weft.compiler.schedule.regions import (
    Choose,
    Do,
    Fork,
    Fused,
    Outline,
    Region,
    Seq,
    stated_in,
)
from weft.compiler.schedule.tree import Await, Tell
from weft.ir.flow import TOP, FlowNode, OnError
from weft.ir.ops import Invoke, NativeCall
from weft.nodekit.fused_call import pause_after

_SECONDS: Final = 900  # that a function may run (AWS, Lambda quotas: function timeout)
_KIB: Final = 200  # of what the steps give; one answer holds all of it (AWS: 256 KiB)


def worst_seconds(node: FlowNode) -> float:
    """That a step takes at most, with all of its attempts and the pauses between them."""
    tries = node.retry.max_retries
    return (tries + 1) * node.timeout_seconds + sum(
        pause_after(attempt, node.retry) for attempt in range(1, tries + 1)
    )


def fused(program: Program, regions: Mapping[str, Region | None]) -> dict[str, Region | None]:
    """The same regions with calls fused."""
    made = dict(regions)
    scopes = [TOP]
    while scopes:
        scope = scopes.pop()
        region = regions[scope]
        if region is None:
            continue
        made[scope] = _fused(program, region)
        for name in stated_in(region):
            handled = program.flow.nodes[name].on_error is not OnError.FAIL
            if name in program.rounds and handled:
                continue  # its body's errors are caught as they are, not as a fused call tells them
            if name in regions:
                scopes.append(name)
    return made


def _fused(program: Program, region: Region) -> Region:
    match region:
        case Seq(parts=parts):
            kept = tuple(_together(program, [_fused(program, part) for part in parts]))
            return kept[0] if len(kept) == 1 else Seq(kept)
        case Choose(arms=arms):
            built = (replace(arm, body=_fused(program, arm.body)) for arm in arms)
            return replace(region, arms=tuple(built))
        case Fork(parts=parts):
            return Fork(tuple(_fused(program, part) for part in parts))
        case Do() | Fused() | Outline() | Tell() | Await():
            return region


def _together(program: Program, parts: Sequence[Region]) -> Iterator[Region]:
    """Runs of calls as one, each as long as may be."""
    nodes = program.flow.nodes
    run: list[Do] = []
    for part in parts:
        node = nodes[part.node] if isinstance(part, Do) else None
        if run and not (node and _joins(node, [nodes[done.node] for done in run])):
            yield run[0] if len(run) == 1 else Fused(tuple(run))
            run = []
        if isinstance(part, Do):
            run.append(part)
        else:
            yield part
    if run:
        yield run[0] if len(run) == 1 else Fused(tuple(run))


def _joins(node: FlowNode, run: Sequence[FlowNode]) -> bool:
    """Whether a node's call may be made behind those of a run, in the same call."""
    if _domain(node) is None or _domain(node) != _domain(run[0]):
        return False
    if not _goes_on(run[-1]):
        return False
    every = (*run, node)
    return sum(map(worst_seconds, every)) <= _SECONDS and sum(map(kib_of, every)) <= _KIB


def _domain(node: FlowNode) -> tuple[str, str | None] | None:
    """What steps of one call have in common; None for what is not part of any.

    A step opens its own credential and no other: with several of them in one call, a runner could
    be made to open one for another step.
    """
    op = node.op
    if not isinstance(op, Invoke) or isinstance(op.native, NativeCall):
        return None
    if op.callback or op.timeout is not None or node.on_error is not OnError.FAIL:
        return None
    return op.group, op.credential


def _goes_on(node: FlowNode) -> bool:
    """Whether a step may be followed by another of the same call."""
    op = node.op
    assert isinstance(op, Invoke)
    return (op.idempotent or op.repeatable) and not op.routes
