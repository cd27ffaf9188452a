"""Definitions that start machines, before and after a host has made those."""

from weft.asl.machines import innermost_first, resolved, started, symbolic


def starting(name: str) -> dict[str, object]:
    return {"States": {"s": {"Arguments": {"StateMachineArn": symbolic(name)}}}}


def test_a_symbolic_name_becomes_the_hosts() -> None:
    made = resolved(starting("a"), {"a": "arn:of:a"})
    assert made == {"States": {"s": {"Arguments": {"StateMachineArn": "arn:of:a"}}}}
    assert list(started(made)) == []


def test_a_machine_comes_after_those_that_it_starts() -> None:
    children = {"a": starting("b"), "b": starting("c"), "c": {"States": {}}}
    assert innermost_first(children) == ["c", "b", "a"]
