"""What runs while the chaos drill disturbs the server: machines of every kind of waiting.

Every value that flows is an object with a `key` that names the place in the run. Calls say it, how
often the state was retried, and a number drawn once, so a repeated call can be told from a new one.
"""

import json
import random
from collections.abc import Callable
from typing import Any

State = dict[str, Any]
Block = Callable[[str, random.Random], State]

CALL = "arn:aws:states:::lambda:invoke"
NESTED = "arn:aws:states:::states:startExecution.sync:2"
KEY = "{% $states.input.key & '/' & $states.context.State.Name %}"
# A handler that breaks off, and an answer that did not come in time, are tried again.
PATIENT = [
    {"ErrorEquals": ["Lambda.SdkClientException", "States.HeartbeatTimeout", "NotYet"],
     "IntervalSeconds": 1, "MaxDelaySeconds": 1, "MaxAttempts": 50},
]  # fmt: skip
# What a state adds to its input: what it was answered, by its name.
MERGED = "{{% $merge([$states.input, {{$states.context.State.Name: {0}}}]) %}}"


def call(function: str, **payload: Any) -> State:
    """A call of a function, tried again until it succeeds."""
    sent = {"key": KEY, "tries": "{% $states.context.State.RetryCount %}",
            "drawn": "{% $uuid() %}", **payload}  # fmt: skip
    return {
        "Type": "Task", "Resource": CALL, "Retry": PATIENT,
        "Arguments": {"FunctionName": function, "Payload": sent},
        "Output": MERGED.format("$states.result.Payload"),
    }  # fmt: skip


def ask(*, silent: bool = False, **fields: Any) -> State:
    """A call whose answer comes later, by its token; when `silent`, never at the first try."""
    token = "{% $states.context.Task.Token %}"
    return {
        **call("ask", token=token, silent=silent), "Resource": f"{CALL}.waitForTaskToken",
        "Output": MERGED.format("$states.result"), **fields,
    }  # fmt: skip


def chain(**states: State) -> State:
    """`StartAt` and `States` of the states in their order."""
    names = list(states)
    following = [{"Next": after} for after in names[1:]] + [{"End": True}]
    steps = zip(names, following, strict=True)
    return {"StartAt": names[0], "States": {name: states[name] | nxt for name, nxt in steps}}


def each(name: str, count: int, processor: State, **fields: Any) -> State:
    """A Map whose items are objects with keys."""
    prefix = f"$states.input.key & '/{name}' & $i"
    return {
        "Type": "Map",
        "Items": f"{{% $map([0..{count - 1}], function($i) {{{{'key': {prefix}}}}}) %}}",
        "ItemProcessor": processor, "Output": MERGED.format("$states.result"), **fields,
    }  # fmt: skip


def _calls(name: str, dice: random.Random) -> dict[str, State]:
    return {f"{name}First": call("echo"), f"{name}Second": call("echo")}


def _flaky(name: str, dice: random.Random) -> dict[str, State]:
    return {name: call("flaky", fails=dice.randint(1, 2))}


def _callbacks(name: str, dice: random.Random) -> dict[str, State]:
    inner = chain(**{f"{name}Ask": ask(), f"{name}Then": call("echo")})
    if dice.random() < 0.5:
        inner = chain(**{f"{name}Inner": each("n", 2, inner)})
    return {name: each("i", dice.randint(2, 3), inner)}


def _waits(name: str, dice: random.Random) -> dict[str, State]:
    soon = "{% $fromMillis($millis() + 700) %}"
    branches = [
        chain(**{f"{name}Seconds": {"Type": "Wait", "Seconds": dice.randint(1, 2)}}),
        chain(**{f"{name}Until": {"Type": "Wait", "Timestamp": soon}, f"{name}A": call("echo")}),
        chain(**{f"{name}B": call("flaky", fails=1)}),
    ]
    return {name: {"Type": "Parallel", "Branches": branches,
                   "Output": MERGED.format("$states.result")}}  # fmt: skip


def _nested(name: str, dice: random.Random) -> dict[str, State]:
    return {
        name: {
            "Type": "Task", "Resource": NESTED,
            "Arguments": {"StateMachineArn": "INNER", "Input": {"key": KEY}},
            "Output": MERGED.format("$states.result.Output"),
        }
    }  # fmt: skip


def _distributed(name: str, dice: random.Random) -> dict[str, State]:
    processor = chain(**{f"{name}One": call("echo"), f"{name}Two": call("echo")})
    processor["ProcessorConfig"] = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return {name: each("d", 3, processor, MaxConcurrency=2)}


def _heartbeat(name: str, dice: random.Random) -> dict[str, State]:
    return {name: ask(silent=True, HeartbeatSeconds=1)}


def _caught(name: str, dice: random.Random) -> dict[str, State]:
    doomed = call("doomed")
    catch = {"ErrorEquals": ["Doomed"], "Next": f"{name}After",
             "Assign": {"caught": "{% $states.errorOutput.Error %}"},
             "Output": "{% $states.input %}"}  # fmt: skip
    said = {"Type": "Pass", "Output": MERGED.format("$caught")}
    return {name: doomed | {"Catch": [catch]}, f"{name}After": said}


BLOCKS = (_calls, _flaky, _callbacks, _waits, _nested, _distributed, _heartbeat, _caught)


def inner_machine() -> str:
    """What nested runs run."""
    states = chain(
        InnerFirst=call("echo"), InnerWait={"Type": "Wait", "Seconds": 1}, InnerAsk=ask()
    )
    return json.dumps({"QueryLanguage": "JSONata", **states})


def machines(dice: random.Random, inner: str, count: int) -> list[str]:
    """Definitions that together hold every block; `inner` is the ARN of the nested machine."""
    wanted = [*BLOCKS, *dice.choices(BLOCKS, k=max(0, 3 * count - len(BLOCKS)))]
    dice.shuffle(wanted)
    made = []
    for chosen in (wanted[i::count] for i in range(count)):
        states: dict[str, State] = {}
        for place, block in enumerate(chosen):
            states |= block(f"S{place}", dice)
        text = json.dumps({"QueryLanguage": "JSONata", **chain(**states)})
        made.append(text.replace('"INNER"', json.dumps(inner)))
    return made
