"""The item through which one branch of a run hands a value to another (`schedule/futures.py`).

One item of one table per run and future. Both sides write it on a condition, and DynamoDB orders
the writes to one item, so that exactly one of two things happens: the value is there first, and
who waits reads it; or a task token is there first, and who tells answers it.

    tells  SET sent_value, expires_at    IF attribute_not_exists(wait_token)
           refused → the same without the condition, giving the old item, then SendTaskSuccess
    waits  SET wait_token, expires_at    IF attribute_not_exists(sent_value), then for the token
           refused → GetItem

The value is kept on both ways, so that a run that is redriven finds it. A member that the service
takes as a string is given as an object: the host sends it as JSON text, without losing a digit.
Sources: AWS, "Condition expressions", "AWS SDK service integrations"; the table's time-to-live
attribute is `expires_at`, in epoch seconds.
"""

from typing import Any, Final

UPDATE: Final = "aws-sdk:dynamodb:updateItem"
UPDATE_AND_WAIT: Final = f"{UPDATE}.waitForTaskToken"
GET: Final = "aws-sdk:dynamodb:getItem"
ANSWER: Final = "aws-sdk:sfn:sendTaskSuccess"
REFUSED: Final = "DynamoDb.ConditionalCheckFailedException"
ANSWERED: Final = "Sfn.TaskTimedOutException"  # the token was answered, or nobody waits any more
# Nothing was written, so that trying again repeats nothing; or it was, and is written again.
PASSING: Final = (
    "DynamoDb.InternalServerErrorException",
    "DynamoDb.ProvisionedThroughputExceededException",
    "DynamoDb.RequestLimitExceededException",
    "DynamoDb.SdkClientException",
    "DynamoDb.ThrottlingException",
)
TABLE: Final = "table:futures"  # symbolic, until a host has made it
VALUE, TOKEN, EXPIRES = "sent_value", "wait_token", "expires_at"
KEPT_DAYS: Final = 400  # a run takes up to a year, and may be redriven for 14 days after it

_EXPIRY: Final = f"{{% $string($floor($millis() / 1000) + {KEPT_DAYS * 86_400}) %}}"
_NO_KEY, _NO_FUTURE = (
    "'Key' must be that of an item of the run",
    "no future makes this call, and no other is known",
)
_KEY_BEGINS: Final = "{% $states.context.Execution.Input.run.id & '/"


def key(future: str) -> dict[str, Any]:
    """The item's key: run and future."""
    return {"id": {"S": f"{_KEY_BEGINS}{future}' %}}"}}


def telling(future: str, value: Any, *, despite: bool = False) -> dict[str, Any]:
    """Arguments that set the value; `despite` a token that is there, of which the answer tells."""
    arguments = _setting(future, VALUE, {"S": value})
    if despite:
        return {**arguments, "ReturnValues": "ALL_OLD"}
    return {**arguments, "ConditionExpression": f"attribute_not_exists({TOKEN})"}


def waiting(future: str) -> dict[str, Any]:
    """Arguments that set the token, unless the value is there."""
    arguments = _setting(future, TOKEN, {"S": "{% $states.context.Task.Token %}"})
    return {**arguments, "ConditionExpression": f"attribute_not_exists({VALUE})"}


def reading(future: str) -> dict[str, Any]:
    """Arguments that read the item as it is now."""
    return {"TableName": TABLE, "Key": key(future), "ConsistentRead": True}


def answering(value: Any) -> dict[str, Any]:
    """Arguments that answer the token of the old item, which is the state's input."""
    return {"TaskToken": f"{{% $states.input.Attributes.{TOKEN}.S %}}", "Output": value}


def _setting(future: str, name: str, value: dict[str, Any]) -> dict[str, Any]:
    return {
        "TableName": TABLE,
        "Key": key(future),
        "UpdateExpression": f"SET {name} = :{name}, {EXPIRES} = :{EXPIRES}",
        "ExpressionAttributeValues": {f":{name}": value, f":{EXPIRES}": {"N": _EXPIRY}},
    }


def wrong_update(given: Any, *, waits: bool) -> str | None:
    """What is wrong with an update that no future makes; `waits`: for a token."""
    future = _future_of(given)
    if future is None:
        return _NO_KEY
    if waits:
        return None if given == waiting(future) else _NO_FUTURE
    value = _at(given, "ExpressionAttributeValues", f":{VALUE}", "S")
    known = (telling(future, value), telling(future, value, despite=True))
    return None if given in known else _NO_FUTURE


def wrong_reading(given: Any) -> str | None:
    """What is wrong with a reading that no future makes."""
    future = _future_of(given)
    if future is None:
        return _NO_KEY
    return None if given == reading(future) else _NO_FUTURE


def wrong_answer(given: Any) -> str | None:
    """What is wrong with an answer that no future gives."""
    return None if given == answering(_at(given, "Output")) else _NO_FUTURE


def _at(given: Any, *path: str) -> Any:
    for name in path:
        given = given.get(name) if isinstance(given, dict) else None
    return given


def _future_of(given: Any) -> str | None:
    given = _at(given, "Key")
    text = _at(given, "id", "S")
    if not isinstance(text, str) or not text.startswith(_KEY_BEGINS):
        return None
    name = text.removeprefix(_KEY_BEGINS).removesuffix("' %}")
    return name if given == key(name) and name.isdigit() else None
