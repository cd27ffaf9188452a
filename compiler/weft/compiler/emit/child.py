"""A region as a machine of its own: one task in the machine around it starts it and waits.

The child's input is `{"run", "trigger", "path", "facts"}`: what its expressions read of the run
and the trigger as in the parent, the iteration of the loop around it, and the facts that it reads.
Its output is the record of the outcomes that are read outside.

A synchronous Express execution that fails is still a successful call, and a Choice on its status
would cost a transition in every run. So the task's own expressions raise what the child failed
with (`asl/raised.py`). Where something around it reads errors, a catcher leads to a Fail state that
restores it; elsewhere the run fails in the task itself, from which it can be redriven.
"""

import re
from collections.abc import Iterable
from typing import Any

from weft.asl.machines import symbolic
from weft.asl.raised import BEGIN, END
from weft.compiler.emit.fragment import Facts, State
from weft.compiler.emit.naming import variable
from weft.compiler.emit.render import ABSENT, EXECUTION_INPUT, quoted
from weft.compiler.lower.closure import local_name
from weft.domain.child_machine import MachineType

_FACTS = f"{EXECUTION_INPUT}.facts"
_READ = re.compile(re.escape(f"{_FACTS}.") + r"(\w+)")
# Refused before anything ran, so that trying again repeats nothing.
_THROTTLED = ["Sfn.ThrottlingException", "Sfn.TooManyRequestsException"]
# Characters kept of a child's cause: it travels as JSON in JSON inside a cause of at most 32,768
# together with the expression that raises it (AWS, SendTaskFailure and others: cause).
_CAUSE = 12_000


def raised(error: str) -> str:
    """Raises `{"Error", "Cause"}`, for whom `restored` or `failing` is to tell it."""
    return f"$error('{BEGIN}' & $string({error}) & '{END}')"


_RAISED = raised(
    "{'Error': $exists($r.Error) ? $r.Error : 'States.Timeout', "
    f"'Cause': $exists($r.Cause) ? $substring($r.Cause, 0, {_CAUSE}) : ''}}"
)
_ANSWERS: dict[MachineType, str] = {
    "EXPRESS": f"($r := $states.result; $r.Status = 'SUCCEEDED' ? $parse($r.Output) : {_RAISED})",
    "STANDARD": "$states.result.Output",
}
_RESOURCES: dict[MachineType, str] = {
    "EXPRESS": "aws-sdk:sfn:startSyncExecution",
    "STANDARD": "states:startExecution.sync:2",
}
_RESTORED = (
    "($e := $states.input; $c := $type($e.Cause) = 'string' ? $e.Cause : ''; "
    f"$d := $contains($c, '{BEGIN}{{') "
    f"? $parse('{{' & $substringBefore($substringAfter($c, '{BEGIN}{{'), '}}{END}') & '}}') "
    ": $e.Error = 'States.TaskFailed' and $substring($c, 0, 1) = '{' and $substring($c, -1) = '}' "
    "? $parse($c) : $e; "
)


def inside(facts: Facts) -> Facts:
    """How a child reads the facts, and packed symbols, that are known where it is started."""
    reads = {
        fact: text if text == ABSENT else f"{_FACTS}.{local_name(fact)}"
        for fact, text in facts.items()
    }
    return facts.told(reads)


def starting(type: MachineType, name: str, text: str, facts: Facts, path: str) -> State:
    """The task that starts a child whose definition is `text`, without its ends.

    `path`: which iteration of the loops around it this is, as JSONata; empty outside of loops.
    """
    wanted = set(_READ.findall(text))
    given: dict[str, Any] = {
        "run": quoted(f"{EXECUTION_INPUT}.run"),
        "path": quoted(path) if path else "",
        "facts": {
            local_name(fact): quoted(code)
            for fact, code in facts.items()
            if local_name(fact) in wanted and code != ABSENT
        },
    }
    if f"{EXECUTION_INPUT}.trigger" in text:
        given["trigger"] = quoted(f"{EXECUTION_INPUT}.trigger")
    # Names begin with the run's id, by which a host's reports are told apart. Those of Standard
    # executions must be new each time; AWS makes those of Express executions so itself.
    called = f"{EXECUTION_INPUT}.run.id" + ("" if type == "EXPRESS" else " & '.' & $uuid()")
    state: State = {
        "Type": "Task",
        "Resource": _RESOURCES[type],
        "Arguments": {
            "StateMachineArn": symbolic(name), "Name": quoted(called), "Input": given,
        },
    }  # fmt: skip
    if type == "EXPRESS":
        state["Retry"] = [
            {
                "ErrorEquals": _THROTTLED,
                "IntervalSeconds": 1,
                "MaxAttempts": 5,
                "BackoffRate": 2.0,
                "MaxDelaySeconds": 30,
                "JitterStrategy": "FULL",
            }
        ]
    return state


def outcomes(type: MachineType, nodes: Iterable[str]) -> dict[str, str]:
    """How the facts that a child gives read inside the task that started it."""
    return {f"n:{node}": f"{_ANSWERS[type]}.{variable('n', node, 0)}" for node in nodes}


def looked_at(type: MachineType, name: str) -> dict[str, str]:
    """An assignment that raises a child's failure, for a task that reads nothing of its answer."""
    if type == "STANDARD":
        return {}  # the task fails of its own
    return {local_name(f"c:{name}"): quoted(f"$exists({_ANSWERS[type]})")}


def restored() -> str:
    """In a catcher around a child: `{e, c}`, name and cause of what the child failed with."""
    told = _RESTORED.replace("$states.input", "$states.errorOutput", 1)
    return (
        f"{told}{{'e': $exists($d.Error) ? $d.Error : 'States.Timeout', "
        "'c': $exists($d.Cause) ? $d.Cause : ''})"
    )


def failing() -> State:
    """Fails as the child failed."""
    return {
        "Type": "Fail",
        "Error": quoted(f"{_RESTORED}$exists($d.Error) ? $d.Error : 'States.Timeout')"),
        "Cause": quoted(f"{_RESTORED}$exists($d.Cause) ? $d.Cause : '')"),
    }
