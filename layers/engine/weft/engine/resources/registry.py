"""The closed list of service calls: a Task with another Resource is refused at creation."""

import re

from weft.engine.resources.activity import ACTIVITY, activity
from weft.engine.resources.base import Resource
from weft.engine.resources.get_item import GetItem
from weft.engine.resources.http_invoke import HttpInvoke
from weft.engine.resources.lambda_invoke import LambdaDirect, LambdaInvoke
from weft.engine.resources.s3_object import REQUIRED, S3Object
from weft.engine.resources.send_task_success import SendTaskSuccess
from weft.engine.resources.sqs_send_message import SqsSendMessage
from weft.engine.resources.start_execution import StartExecution
from weft.engine.resources.start_sync_execution import StartSyncExecution
from weft.engine.resources.update_item import UpdateItem

_SERVICE = re.compile(
    r"(?:arn:[a-z-]+:states:[a-z0-9-]*:[0-9]*:)?(?P<service>(?:aws-sdk:)?[a-z0-9]+)"
    r":(?P<action>[A-Za-z0-9]+)(?P<pattern>\.waitForTaskToken|\.sync(?::2)?)?\Z"
)
_FUNCTION = re.compile(r"arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9-_:$]+\Z")


def find_resource(text: str) -> Resource | None:
    """The service call that a Resource names, or None when the engine has none."""
    if _FUNCTION.match(text):
        return LambdaDirect(text, "lambda", "function", events="LambdaFunction")
    if ACTIVITY.match(text):
        return activity(text)
    found = _SERVICE.match(text)
    if found is None:
        return None
    service, action, pattern = found.group("service", "action", "pattern")
    token = pattern == ".waitForTaskToken"
    if (service, action) == ("lambda", "invoke") and pattern in (None, ".waitForTaskToken"):
        return LambdaInvoke(text, service, action, waits_for_token=token)
    if (service, action) == ("http", "invoke") and pattern is None:
        return HttpInvoke(text, service, action)
    if (service, action) == ("sqs", "sendMessage") and (token or pattern is None):
        return SqsSendMessage(text, service, action, waits_for_token=token)
    if (service, action) == ("states", "startExecution"):
        sync = pattern is not None and not token
        return StartExecution(text, service, action, waits_for_token=token, waits_for_run=sync)
    if (service, action, pattern) == ("aws-sdk:sfn", "startSyncExecution", None):
        return StartSyncExecution(text, service, action)
    if (service, action, pattern) == ("aws-sdk:sfn", "sendTaskSuccess", None):
        return SendTaskSuccess(text, service, action)
    if (service, action) == ("aws-sdk:dynamodb", "updateItem") and (token or pattern is None):
        return UpdateItem(text, service, action, waits_for_token=token)
    if (service, action, pattern) == ("aws-sdk:dynamodb", "getItem", None):
        return GetItem(text, service, action)
    if service == "aws-sdk:s3" and action in REQUIRED and pattern is None:
        return S3Object(text, service, action)
    return None


def find_store_call(text: str) -> S3Object | None:
    """The call of an object store that the Resource of an ItemReader or ResultWriter names."""
    found = _SERVICE.match(text)
    if found is None or found["service"] != "s3" or found["action"] not in REQUIRED:
        return None
    return None if found["pattern"] else S3Object(text, "s3", found["action"])
