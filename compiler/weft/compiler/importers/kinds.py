"""Which node type another document's type name means here, and which field its settings mean."""

import re

# Their word → ours, where a name or alias of the catalogue does not say it already.
_TYPES = {
    "trigger": "manual_trigger",
    "start": "manual_trigger",
    "api": "manual_trigger",
    "api_trigger": "manual_trigger",
    "when_chat_received": "manual_trigger",
    "chat_trigger": "manual_trigger",
    "webhook_trigger": "webhook_trigger",
    "cron_trigger": "schedule_trigger",
    "scheduler": "schedule_trigger",
    "http": "http_request",
    "http_action": "http_request",
    "api_call": "http_request",
    "rest": "http_request",
    "llm": "llm_chat",
    "agent": "llm_chat",
    "ai_agent": "llm_chat",
    "llm_completion": "llm_chat",
    "openai": "llm_chat",
    "gpt": "llm_chat",
    "prompt": "llm_chat",
    "conditional": "if",
    "branch": "if",
    "decision": "if",
    "router": "switch",
    "foreach": "for_each",
    "iterator": "for_each",
    "loop_node": "for_each",
    "transform": "set_fields",
    "set_variable": "set_fields",
    "human": "approval",
    "human_in_the_loop": "approval",
    "human_review": "approval",
    "review": "approval",
    "sleep": "delay",
    "end": "output",
    "result": "output",
    "response": "webhook_response",
    "respond": "webhook_response",
    "python_executor": "code",
    "script": "code",
    "function": "code",
    "json_extract": "json_parse",
    "join": "merge",
    "text": "template",
    "prompt_template": "template",
}
# Types that do the nearest thing, not the same.
NEAREST = {
    "when_chat_received": "a chat message arrives as the run's input",
    "chat_trigger": "a chat message arrives as the run's input",
    "agent": "an agent's tools and memory are not imported; it is one call of its model",
    "ai_agent": "an agent's tools and memory are not imported; it is one call of its model",
    "transform": "what it does with the data has to be set as fields",
}
# By node type: their field → ours.
_FIELDS: dict[str, dict[str, str]] = {
    "llm_chat": {
        "system_prompt": "system", "system_message": "system", "instructions": "system",
        "user_prompt": "prompt", "user_message": "prompt", "question": "prompt", "input": "prompt",
        "text": "prompt", "model_name": "model", "max_output_tokens": "max_tokens",
    },
    "http_request": {
        "endpoint": "url", "uri": "url", "address": "url", "params": "query",
        "query_params": "query", "query_parameters": "query", "data": "body", "payload": "body",
        "json": "body", "timeout": "timeout_seconds", "http_method": "method",
    },
    "if": {"expression": "condition", "rules": "conditions", "combinator": "combine"},
    "switch": {"rules": "cases", "field": "value", "expression": "value", "input": "value"},
    "for_each": {
        "list": "items", "array": "items", "collection": "items", "input": "items",
        "max_concurrency": "concurrency", "parallelism": "concurrency",
    },
    "code": {"script": "code", "source": "code", "python": "code", "timeout": "timeout_seconds"},
    "delay": {"duration": "seconds", "delay": "seconds", "delay_seconds": "seconds"},
    "approval": {
        "prompt": "message", "description": "message", "assignees": "approvers",
        "timeout": "timeout_seconds", "subject": "title",
    },
    "template": {"text": "template", "content": "template", "prompt": "template"},
    "set_fields": {"values": "fields", "assignments": "fields", "mapping": "fields"},
    "filter": {"expression": "condition", "input": "items", "list": "items"},
    "mapper": {"mapping": "expression", "input": "items", "list": "items"},
    "schedule_trigger": {"cron_expression": "cron", "expression": "cron", "time_zone": "timezone"},
    "output": {"input": "value", "result": "value", "output": "value"},
    "webhook_response": {"status_code": "status", "data": "body", "response": "body"},
    "log": {"text": "message"},
    "json_parse": {"input": "value", "text": "value"},
    "json_stringify": {"input": "value"},
    "aggregate": {"input": "items"},
}  # fmt: skip
# By node type: their port → ours.
_PORTS: dict[str, dict[str, str]] = {
    "for_each": {
        "loop": "item", "body": "item", "each": "item", "iteration": "item", "end": "done",
        "completed": "done", "results": "done", "next": "done", "input": "items", "list": "items",
        "continue": "back", "loop_back": "back", "return": "back",
    },
    "if": {"yes": "true", "then": "true", "no": "false", "else": "false"},
    "switch": {"else": "default", "otherwise": "default"},
    "approval": {"approve": "approved", "reject": "rejected", "denied": "rejected"},
    "llm_chat": {"output": "response", "text": "response", "completion": "response"},
    "http_request": {"output": "response", "body": "response", "data": "response"},
    "code": {"output": "result"},
}  # fmt: skip
_ERRORS = {"error", "on_error", "failure", "fail"}


def spelled(name: str) -> str:
    """A name as the catalogue writes them: words in lower case, joined by `_`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^a-z0-9]+", "_", apart.lower()).strip("_")


def candidates(kind: str) -> list[str]:
    """Names to look for in the catalogue, the likeliest first."""
    name = spelled(kind)
    bare = re.sub(r"_(?:node|block|step)$", "", name)
    return [n for n in dict.fromkeys([name, bare, _TYPES.get(name, ""), _TYPES.get(bare, "")]) if n]


def field_of(node_type: str, name: str) -> str:
    """The field of one of our types that a setting of theirs means."""
    ours = spelled(name)
    return _FIELDS.get(node_type, {}).get(ours, ours)


def port_of(node_type: str, name: str) -> str:
    """The port of one of our types that a handle of theirs means."""
    ours = spelled(name)
    return "error" if ours in _ERRORS else _PORTS.get(node_type, {}).get(ours, ours)
