"""AWS Step Functions behind the port of a state machine host.

One machine per published version, which never changes: what runs keeps its definition, and going
back is to start the older machine again.
"""

import asyncio
import contextlib
import heapq
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from weft.adapters.aws.arns import Arns, execution_arn
from weft.adapters.aws.errors import code_of, unavailable
from weft.adapters.aws.histories import AwsEvent, Branches, branches_of, told
from weft.adapters.aws.place import Place
from weft.adapters.json_columns import pack, unpack
from weft.asl.machines import innermost_first, resolved
from weft.domain.child_machine import ChildMachine
from weft.domain.errors import HostRejected, NotFound
from weft.ports.machines import Execution, HistoryEvent

# What trying again does not help: the rest is the network, throttling, or AWS itself.
_REFUSED: Final = frozenset(
    {
        "AccessDeniedException",
        "InvalidArn",
        "InvalidDefinition",
        "InvalidExecutionInput",
        "InvalidLoggingConfiguration",
        "InvalidName",
        "InvalidOutput",
        "StateMachineAlreadyExists",
        "StateMachineDeleting",
        "StateMachineDoesNotExist",
        "StateMachineLimitExceeded",
        "StateMachineTypeNotSupported",
        "ValidationException",
    }
)
_NOBODY_WAITS: Final = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})
_UNKNOWN: Final = frozenset({"ExecutionDoesNotExist", "InvalidArn"})
# What SendTaskFailure and StopExecution take (API model of Step Functions).
_ERROR, _CAUSE = 256, 32_768
_KNOWN_MACHINES: Final = 1_000


class StepFunctionsHost:
    """See `weft.ports.machines`. `role`: what machines may do, the same for all of a tenant."""

    def __init__(self, place: Place, role: str, arns: Arns) -> None:
        self._client: Any = place.client("stepfunctions")
        self._role = role
        self._arns = arns
        self._branches: dict[str, Branches] = {}  # by machine: none of ours ever changes

    async def publish(
        self, name: str, definition: Mapping[str, Any], children: Mapping[str, ChildMachine]
    ) -> str:
        made: dict[str, str] = {}
        for child in innermost_first({key: c.definition for key, c in children.items()}):
            held = children[child]
            text = resolved(held.definition, made)
            made[child] = await self._create(f"{name}-{child}", text, held.type)
        return await self._create(name, resolved(definition, made), "STANDARD")

    async def _create(self, name: str, definition: Mapping[str, Any], kind: str) -> str:
        text = pack(self._arns.deployed(definition)).decode()
        answer = await self._call(
            "create_state_machine", name=name, definition=text, roleArn=self._role, type=kind
        )
        return str(answer["stateMachineArn"])

    async def start(self, machine_id: str, run_id: str, payload: Any) -> str:
        try:
            answer = await self._ask(
                "start_execution",
                stateMachineArn=machine_id,
                name=run_id,
                input=pack(payload).decode(),
            )
        except ClientError as error:
            if code_of(error) == "ExecutionAlreadyExists":  # it has ended since the first start
                return execution_arn(machine_id, run_id)
            raise _ours(error) from error
        return str(answer["executionArn"])

    async def describe(self, execution_id: str) -> Execution | None:
        try:
            found = await self._ask("describe_execution", executionArn=execution_id)
        except ClientError as error:
            if code_of(error) in _UNKNOWN:
                return None
            raise _ours(error) from error
        return Execution(str(found["executionArn"]), str(found["status"]))

    async def cancel(self, execution_id: str, error: str, cause: str) -> None:
        await self._call(
            "stop_execution",
            executionArn=execution_id,
            error=error[:_ERROR],
            cause=cause[:_CAUSE],
        )

    async def resume(self, token: str, output: Any) -> bool:
        return await self._answered(
            "send_task_success", taskToken=token, output=pack(output).decode()
        )

    async def fail(self, token: str, error: str, cause: str) -> bool:
        return await self._answered(
            "send_task_failure", taskToken=token, error=error[:_ERROR], cause=cause[:_CAUSE]
        )

    async def _answered(self, operation: str, **members: Any) -> bool:
        try:
            await self._ask(operation, **members)
        except ClientError as error:
            if code_of(error) in _NOBODY_WAITS:
                return False
            raise _ours(error) from error
        return True

    async def history(self, execution_id: str) -> Sequence[HistoryEvent]:
        """Of Standard executions: Express ones, and the children of a Map Run, are not among
        them, for AWS keeps their histories in logs alone."""
        histories = [await self._history_of(execution_id, "")]
        for history in histories:
            for child in _started(history):
                with contextlib.suppress(NotFound):  # it is about to be started
                    name = child.rpartition(":")[2]
                    histories.append(await self._history_of(child, name))
        return list(heapq.merge(*histories, key=_when))

    async def _history_of(self, execution_id: str, name: str) -> list[AwsEvent]:
        branches = await self._branches_of(execution_id)
        events: list[Any] = []
        page: dict[str, Any] = {}
        while True:
            answer = await self._call(
                "get_execution_history", executionArn=execution_id, maxResults=1_000, **page
            )
            events += answer["events"]
            if "nextToken" not in answer:
                break
            page = {"nextToken": answer["nextToken"]}
        return list(told(events, branches, name))

    async def _branches_of(self, execution_id: str) -> Branches:
        machine = execution_id.rpartition(":")[0]
        if machine not in self._branches:
            made = await self._call(
                "describe_state_machine_for_execution", executionArn=execution_id
            )
            if len(self._branches) >= _KNOWN_MACHINES:
                self._branches.pop(next(iter(self._branches)))
            self._branches[machine] = branches_of(unpack(made["definition"].encode()))
        return self._branches[machine]

    async def _call(self, operation: str, **members: Any) -> Any:
        try:
            return await self._ask(operation, **members)
        except ClientError as error:
            raise _ours(error) from error

    async def _ask(self, operation: str, **members: Any) -> Any:
        """In a thread: boto3 waits. Raises `ClientError`, `StorageUnavailable`."""
        try:
            return await asyncio.to_thread(partial(getattr(self._client, operation), **members))
        except BotoCoreError as error:
            raise unavailable(error, "Step Functions") from error


def _ours(error: ClientError) -> Exception:
    code = code_of(error)
    message = str(error.response.get("Error", {}).get("Message", code))
    if code == "ExecutionDoesNotExist":
        return NotFound(message)
    return HostRejected(message) if code in _REFUSED else unavailable(error, "Step Functions")


def _started(history: Sequence[AwsEvent]) -> Iterator[str]:
    """Standard executions that a history says it starts."""
    for event in history:
        if event.type == "TaskScheduled" and event.details.get("resourceType") == "states":
            call = event.details["parameters"]
            yield execution_arn(call["StateMachineArn"], call["Name"])


def _when(event: AwsEvent) -> tuple[float, bool]:
    """At the same moment, what was started comes before what waited for it."""
    return event.timestamp, not event.execution
