"""The closed list of operations: what each takes, and who answers it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from weft.stepfunctions.members import (
    ARN,
    DEFINITION,
    FLAG,
    INCLUDED,
    JSON_TEXT,
    LIST,
    LONG_ARN,
    PAGE,
    PERCENTAGE,
    THING,
    Member,
    text,
    word,
)
from weft.stepfunctions.operations import (
    activities,
    executions,
    history,
    machines,
    map_runs,
    single_state,
    tags,
    tasks,
    versions,
)
from weft.stepfunctions.service import Operation


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation and the members of its request."""

    call: Operation
    members: Mapping[str, Member]
    waits: bool = False  # for something that may take long; not for a caller who has gone


_KIND: Final = word("STANDARD", "EXPRESS")
_NAME: Final = text(1, 80, required=True)
_ABOUT: Final = text(0, 256)
_MACHINE: Final = {"stateMachineArn": ARN}
_EXECUTION: Final = {"executionArn": LONG_ARN}  # a child's has more parts than 256 may hold
_ALIAS: Final = {"stateMachineAliasArn": ARN}
_ACTIVITY: Final = {"activityArn": ARN}
_MAP_RUN: Final = {"mapRunArn": LONG_ARN}
_RESOURCE: Final = {"resourceArn": ARN}
_TOKEN: Final = {"taskToken": text(1, 2_048, required=True)}
_KEPT: Final = {
    "loggingConfiguration": THING,
    "tracingConfiguration": THING,
    "encryptionConfiguration": THING,
    "publish": FLAG,
    "versionDescription": _ABOUT,
}
_FAILURE: Final = {"error": text(0, 256), "cause": text(0, 32_768)}
_START: Final = {**_MACHINE, "name": text(1, 80), "input": JSON_TEXT}
_NEEDED: Final = Member(list, required=True)

OPERATIONS: Final[Mapping[str, Entry]] = {
    "CreateStateMachine": Entry(
        machines.create,
        {"name": _NAME, "definition": DEFINITION, "roleArn": ARN, "type": _KIND, "tags": LIST}
        | _KEPT,
    ),
    "UpdateStateMachine": Entry(
        machines.update,
        _MACHINE | {"definition": text(1, 1_048_576), "roleArn": text(1, 256)} | _KEPT,
    ),
    "DescribeStateMachine": Entry(machines.describe, _MACHINE | {"includedData": INCLUDED}),
    "DescribeStateMachineForExecution": Entry(
        machines.describe_for_execution, _EXECUTION | {"includedData": INCLUDED}
    ),
    "ListStateMachines": Entry(machines.list_all, PAGE),
    "DeleteStateMachine": Entry(machines.delete, _MACHINE),
    "ValidateStateMachineDefinition": Entry(
        machines.validate,
        {
            "definition": DEFINITION,
            "type": _KIND,
            "severity": word("ERROR", "WARNING"),
            "maxResults": Member(int, 0, 100),
        },
    ),
    "PublishStateMachineVersion": Entry(
        versions.publish, _MACHINE | {"revisionId": text(), "description": _ABOUT}
    ),
    "ListStateMachineVersions": Entry(versions.list_versions, {**_MACHINE, **PAGE}),
    "DeleteStateMachineVersion": Entry(
        versions.delete_version, {"stateMachineVersionArn": LONG_ARN}
    ),
    "CreateStateMachineAlias": Entry(
        versions.create_alias,
        {"name": _NAME, "description": _ABOUT, "routingConfiguration": _NEEDED},
    ),
    "UpdateStateMachineAlias": Entry(
        versions.update_alias, _ALIAS | {"description": _ABOUT, "routingConfiguration": LIST}
    ),
    "DescribeStateMachineAlias": Entry(versions.describe_alias, _ALIAS),
    "ListStateMachineAliases": Entry(versions.list_aliases, {**_MACHINE, **PAGE}),
    "DeleteStateMachineAlias": Entry(versions.delete_alias, _ALIAS),
    "StartExecution": Entry(executions.start, _START),
    "StartSyncExecution": Entry(
        executions.start_sync, _START | {"includedData": INCLUDED}, waits=True
    ),
    "DescribeExecution": Entry(executions.describe, _EXECUTION | {"includedData": INCLUDED}),
    "ListExecutions": Entry(
        executions.list_all,
        {
            "stateMachineArn": text(1, 256),
            "mapRunArn": text(1, 2_000),
            "redriveFilter": word("REDRIVEN", "NOT_REDRIVEN"),
            "statusFilter": word(
                "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"
            ),
            **PAGE,
        },
    ),
    "StopExecution": Entry(executions.stop, _EXECUTION | _FAILURE),
    "RedriveExecution": Entry(executions.redrive, _EXECUTION | {"clientToken": text(1, 64)}),
    "DescribeMapRun": Entry(map_runs.describe, _MAP_RUN),
    "ListMapRuns": Entry(map_runs.list_all, {**_EXECUTION, **PAGE}),
    "UpdateMapRun": Entry(
        map_runs.update,
        _MAP_RUN
        | {
            "maxConcurrency": Member(int, 0),
            "toleratedFailureCount": Member(int, 0),
            "toleratedFailurePercentage": PERCENTAGE,
        },
    ),
    "GetExecutionHistory": Entry(
        history.get,
        {**_EXECUTION, **PAGE, "reverseOrder": FLAG, "includeExecutionData": FLAG},
    ),
    "CreateActivity": Entry(
        activities.create, {"name": _NAME, "tags": LIST, "encryptionConfiguration": THING}
    ),
    "DescribeActivity": Entry(activities.describe, _ACTIVITY),
    "DeleteActivity": Entry(activities.delete, _ACTIVITY),
    "ListActivities": Entry(activities.list_all, PAGE),
    "GetActivityTask": Entry(
        activities.get_task, _ACTIVITY | {"workerName": text(1, 80)}, waits=True
    ),
    "SendTaskSuccess": Entry(
        tasks.succeed, _TOKEN | {"output": Member(str, 0, 262_144, required=True)}
    ),
    "SendTaskFailure": Entry(tasks.fail, _TOKEN | _FAILURE),
    "SendTaskHeartbeat": Entry(tasks.beat, _TOKEN),
    "TestState": Entry(
        single_state.test,
        {
            "definition": DEFINITION,
            "roleArn": text(1, 256),
            "input": JSON_TEXT,
            "inspectionLevel": word("INFO", "DEBUG", "TRACE"),
            "revealSecrets": FLAG,
            "variables": JSON_TEXT,
            "stateName": text(1, 80),
            "mock": THING,
            "context": JSON_TEXT,
            "stateConfiguration": THING,
        },
    ),
    "TagResource": Entry(tags.put, _RESOURCE | {"tags": _NEEDED}),
    "UntagResource": Entry(tags.take, _RESOURCE | {"tagKeys": _NEEDED}),
    "ListTagsForResource": Entry(tags.list_all, _RESOURCE),
}
