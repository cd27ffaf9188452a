"""Checks a definition's shape against the closed list of what the engine runs."""

import re
from typing import Any

from weft.asl.verify.machine import expressions
from weft.asl.verify.verify import verify
from weft.engine.allowed import (
    BATCHER,
    BLOCK,
    CATCH,
    FIELDS,
    INPUT_TYPES,
    MACHINE,
    READS,
    RETRY,
    RULE,
    WRITES,
)  # fmt: skip
from weft.engine.errors import Problem
from weft.engine.json import to_json
from weft.engine.resources.registry import find_resource, find_store_call
from weft.engine.template import is_expression
from weft.engine.timestamps import parse_timestamp
from weft.engine.walk import (
    assigned,
    assigns,
    blocks,
    distributed,
    object_of,
    unreachable,
)

# Step Functions: definition size in bytes, length of a state's or variable's name.
MAX_DEFINITION_BYTES = 1_048_576
MAX_NAME = 80

_VARIABLE = re.compile(r"[^\W\d]\w*\Z")
_STRINGS = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')
_RESULT = re.compile(r"\$states\s*\.\s*result\b")
_ERROR_OUTPUT = re.compile(r"\$states\s*\.\s*errorOutput\b")


class Checker:
    """Walks one definition and collects every problem."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.problems: list[Problem] = []
        self._names: set[str] = set()

    def machine(self, source: Any) -> list[Problem]:
        """All problems of a whole definition."""
        if not isinstance(source, dict):
            self._say(None, "/", "the definition must be an object")
            return self.problems
        if len(to_json(source)) > MAX_DEFINITION_BYTES:
            self._say(None, "/", f"the definition is over {MAX_DEFINITION_BYTES} bytes")
        self._unknown(None, source, MACHINE, "")
        timeout = source.get("TimeoutSeconds", 1)
        if not _natural(timeout) or timeout == 0:
            self._say(None, "/TimeoutSeconds", "must be a positive integer")
        self._block(source, "", source.get("QueryLanguage", "JSONPath"), frozenset())
        if not self.problems:
            self.problems += _language_rules(source, self.kind)
        return self.problems

    def _say(self, state: str | None, at: str, message: str) -> None:
        self.problems.append(Problem(state, at or "/", message))

    def _unknown(
        self, state: str | None, source: dict[str, Any], known: frozenset[str], at: str
    ) -> None:
        for key in source:
            if key not in known:
                self._say(state, f"{at}/{key}", f"the field '{key}' is not supported here")

    def _block(self, source: dict[str, Any], at: str, language: str, outer: frozenset[str]) -> None:
        states = source.get("States")
        if not isinstance(states, dict) or not states:
            self._say(None, f"{at}/States", "'States' must be an object with at least one state")
            return
        start = source.get("StartAt")
        if not _names(start, states):
            self._say(None, f"{at}/StartAt", f"'StartAt' names no state: {start!r}")
        own = frozenset(n for s in states.values() if isinstance(s, dict) for n in assigned(s))
        for name in own & outer:
            self._say(None, at, f"the variable '{name}' is assigned in an outer scope already")
        for name, state in states.items():
            where = f"{at}/States/{name}"
            if not isinstance(state, dict):
                self._say(name, where, "a state must be an object")
                continue
            if name in self._names:
                self._say(name, where, f"the state name '{name}' is used twice")
            self._names.add(name)
            if not 0 < len(name) <= MAX_NAME:
                self._say(name, where, f"a state name has 1 to {MAX_NAME} characters")
            self._state(name, state, where, (language, states, own | outer))
        for name in unreachable(start, states):
            self._say(name, f"{at}/States/{name}", f"the state '{name}' cannot be reached")

    def _state(
        self,
        name: str,
        state: dict[str, Any],
        at: str,
        around: tuple[str, dict[str, Any], frozenset[str]],
    ) -> None:
        language, siblings, variables = around
        kind = state.get("Type")
        known = FIELDS.get(kind) if isinstance(kind, str) else None
        if known is None:
            self._say(name, f"{at}/Type", f"unknown state type {kind!r}")
            return
        spoken = state.get("QueryLanguage", language)
        self._flow(name, state, at, siblings)
        if spoken == "JSONata":
            self._unknown(name, state, known, at)
            self._assign_names(name, state, at)
            self._retry_and_catch(name, state, at, siblings)
            self._scopes(name, state, at)
            check = getattr(self, f"_{str(kind).lower()}", None)
            if check is not None:
                check(name, state, at, around)
        self._resource(name, state, at)
        self._store_calls(name, state, at)
        for place, block in blocks(state):
            if isinstance(block, dict):
                self._unknown(name, block, BLOCK, f"{at}/{place}")
                inner = frozenset() if distributed(block) else variables
                self._block(block, f"{at}/{place}", block.get("QueryLanguage", spoken), inner)
            else:
                self._say(name, f"{at}/{place}", "must be an object with 'StartAt' and 'States'")

    def _flow(self, name: str, state: dict[str, Any], at: str, siblings: dict[str, Any]) -> None:
        targets = [(f"{at}/Next", state["Next"])] if "Next" in state else []
        if state["Type"] in ("Pass", "Task", "Wait", "Map", "Parallel") and (
            ("Next" in state) == (state.get("End") is True)
        ):
            self._say(name, at, "exactly one of 'Next' and 'End' is needed")
        if state["Type"] == "Choice" and "Default" in state:
            targets.append((f"{at}/Default", state["Default"]))
        for where, target in targets:
            if not _names(target, siblings):
                self._say(name, where, f"names no state here: {target!r}")

    def _assign_names(self, name: str, state: dict[str, Any], at: str) -> None:
        for place, holder in assigns(state):
            if not isinstance(holder, dict):
                self._say(name, f"{at}/{place}", "'Assign' must be an object")
                continue
            for variable in holder:
                fits = _VARIABLE.match(variable) and len(variable) <= MAX_NAME
                if not fits or variable == "states":
                    self._say(name, f"{at}/{place}", f"'{variable}' is no variable name")

    def _retry_and_catch(
        self, name: str, state: dict[str, Any], at: str, siblings: dict[str, Any]
    ) -> None:
        for field, known in (("Retry", RETRY), ("Catch", CATCH)):
            entries = state.get(field, [])
            if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
                self._say(name, f"{at}/{field}", f"'{field}' must be a list of objects")
                continue
            for i, entry in enumerate(entries):
                where = f"{at}/{field}/{i}"
                self._unknown(name, entry, known, where)
                self._error_names(name, entry, where, last=i == len(entries) - 1)
                if field == "Catch" and not _names(entry.get("Next"), siblings):
                    self._say(name, f"{where}/Next", f"names no state here: {entry.get('Next')!r}")
                if field == "Retry":
                    self._retry_numbers(name, entry, where)

    def _error_names(self, name: str, entry: dict[str, Any], at: str, *, last: bool) -> None:
        names = entry.get("ErrorEquals")
        if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
            self._say(name, f"{at}/ErrorEquals", "must be a list of at least one error name")
        elif "States.ALL" in names and (len(names) > 1 or not last):
            self._say(name, f"{at}/ErrorEquals", "'States.ALL' must stand alone and last")

    def _retry_numbers(self, name: str, entry: dict[str, Any], at: str) -> None:
        for field, least in (("IntervalSeconds", 1), ("MaxAttempts", 0), ("MaxDelaySeconds", 1)):
            value = entry.get(field, least)
            if not _natural(value) or value < least:
                self._say(name, f"{at}/{field}", f"must be an integer of at least {least}")
        rate = entry.get("BackoffRate", 1)
        if isinstance(rate, bool) or not isinstance(rate, int | float) or rate < 1:
            self._say(name, f"{at}/BackoffRate", "must be a number of at least 1")
        if entry.get("JitterStrategy", "NONE") not in ("NONE", "FULL"):
            self._say(name, f"{at}/JitterStrategy", "must be 'NONE' or 'FULL'")

    def _scopes(self, name: str, state: dict[str, Any], at: str) -> None:
        has_result = state["Type"] in ("Task", "Map", "Parallel")
        for field, value in state.items():
            if field in ("Branches", "ItemProcessor"):
                continue
            for where, text in expressions(value, f"{at}/{field}"):
                bare = _STRINGS.sub("", text)
                if _RESULT.search(bare) and not (has_result and field in ("Output", "Assign")):
                    self._say(name, where, "$states.result is not available here")
                if _ERROR_OUTPUT.search(bare) and field != "Catch":
                    self._say(name, where, "$states.errorOutput is not available here")

    def _choice(self, name: str, state: dict[str, Any], at: str, around: Any) -> None:
        rules = state.get("Choices")
        if not isinstance(rules, list) or not rules:
            self._say(name, f"{at}/Choices", "'Choices' must be a list of at least one rule")
            return
        for i, rule in enumerate(rules):
            where = f"{at}/Choices/{i}"
            if not isinstance(rule, dict):
                self._say(name, where, "a rule must be an object")
                continue
            self._unknown(name, rule, RULE, where)
            condition = rule.get("Condition")
            if not isinstance(condition, bool) and not is_expression(condition):
                self._say(name, f"{where}/Condition", "must be a JSONata expression or a boolean")
            if not _names(rule.get("Next"), around[1]):
                self._say(name, f"{where}/Next", f"names no state here: {rule.get('Next')!r}")

    def _wait(self, name: str, state: dict[str, Any], at: str, around: Any) -> None:
        if ("Seconds" in state) == ("Timestamp" in state):
            self._say(name, at, "exactly one of 'Seconds' and 'Timestamp' is needed")
        self._number(name, state, "Seconds", at, least=0)
        moment = state.get("Timestamp")
        if "Timestamp" in state and not is_expression(moment):
            try:
                parse_timestamp(str(moment))
            except ValueError:
                self._say(name, f"{at}/Timestamp", "String does not match RFC3339 timestamp")

    def _number(self, name: str, state: dict[str, Any], field: str, at: str, *, least: int) -> None:
        value = state.get(field, least)
        if not is_expression(value) and not (_natural(value) and value >= least):
            self._say(name, f"{at}/{field}", f"must be an integer of at least {least}, or JSONata")

    def _task(self, name: str, state: dict[str, Any], at: str, around: Any) -> None:
        self._number(name, state, "TimeoutSeconds", at, least=1)
        self._number(name, state, "HeartbeatSeconds", at, least=1)
        text = state.get("Resource")
        resource = find_resource(text) if isinstance(text, str) else None
        for message in resource.check(state) if resource is not None else ():
            self._say(name, f"{at}/Arguments", message)
        timeout, beat = state.get("TimeoutSeconds"), state.get("HeartbeatSeconds")
        if isinstance(timeout, int) and isinstance(beat, int) and beat >= timeout:
            self._say(name, f"{at}/HeartbeatSeconds", "must be smaller than 'TimeoutSeconds'")

    def _resource(self, name: str, state: dict[str, Any], at: str) -> None:
        """The service call of a Task is one that the engine has and the machine's type may use."""
        if state["Type"] != "Task":
            return
        text = state.get("Resource")
        resource = find_resource(text) if isinstance(text, str) else None
        if resource is None:
            self._say(name, f"{at}/Resource", f"this engine has no service call {text!r}")
        elif self.kind == "EXPRESS" and (resource.waits_for_token or resource.waits_for_run):
            self._say(name, f"{at}/Resource", "Express machines cannot wait for a token or a run")

    def _store_calls(self, name: str, state: dict[str, Any], at: str) -> None:
        """What a Map reads from and writes to is an object store, and the Map is distributed."""
        for field, actions in (("ItemReader", READS), ("ResultWriter", WRITES)):
            holder = state.get(field)
            if state["Type"] != "Map" or not isinstance(holder, dict):
                continue
            if not any(distributed(block) for _, block in blocks(state)):
                self._say(name, f"{at}/{field}", "needs a Map in DISTRIBUTED mode")
            text = holder.get("Resource")
            if text is None and field == "ResultWriter":
                continue
            call = find_store_call(text) if isinstance(text, str) else None
            if call is None or call.action not in actions:
                self._say(name, f"{at}/{field}/Resource", f"this engine has no call {text!r} here")
            kind = object_of(holder.get("ReaderConfig")).get("InputType", "JSON")
            if kind not in INPUT_TYPES:
                self._say(name, f"{at}/{field}/ReaderConfig/InputType", f"cannot read {kind!r}")

    def _fail(self, name: str, state: dict[str, Any], at: str, around: Any) -> None:
        for field in ("Error", "Cause"):
            if not isinstance(state.get(field, ""), str):
                self._say(name, f"{at}/{field}", "must be a string")

    def _parallel(self, name: str, state: dict[str, Any], at: str, around: Any) -> None:
        if not isinstance(state.get("Branches"), list) or not state["Branches"]:
            self._say(name, f"{at}/Branches", "'Branches' must be a list of at least one branch")

    def _map(self, name: str, state: dict[str, Any], at: str, around: Any) -> None:
        if not isinstance(state.get("ItemProcessor"), dict):
            self._say(name, f"{at}/ItemProcessor", "'ItemProcessor' is required")
        else:
            config = state["ItemProcessor"].get("ProcessorConfig", {})
            mode = config.get("Mode", "INLINE") if isinstance(config, dict) else config
            if mode not in ("INLINE", "DISTRIBUTED"):
                self._say(
                    name, f"{at}/ItemProcessor/ProcessorConfig/Mode", f"unknown mode {mode!r}"
                )
        items = state.get("Items", [])
        if not isinstance(items, list) and not is_expression(items):
            self._say(name, f"{at}/Items", "must be a list or a JSONata expression")
        for field in ("MaxConcurrency", "ToleratedFailureCount"):
            self._number(name, state, field, at, least=0)
        batcher = state.get("ItemBatcher", {"MaxItemsPerBatch": 1})
        if not isinstance(batcher, dict):
            self._say(name, f"{at}/ItemBatcher", "must be an object")
            return
        self._unknown(name, batcher, BATCHER, f"{at}/ItemBatcher")
        if not batcher.keys() & {"MaxItemsPerBatch", "MaxInputBytesPerBatch"}:
            self._say(name, f"{at}/ItemBatcher", "needs a maximum of items or of bytes")


def _language_rules(source: dict[str, Any], kind: str) -> list[Problem]:
    """What the rules of the language find: all there is to JSONPath, and the rest of JSONata."""
    return [
        Problem(_state_of(found.path), found.path, found.message)
        for found in verify(source, kind=kind)
        if found.refused
    ]


def _state_of(path: str) -> str | None:
    """The innermost state on a JSON pointer."""
    steps = path.split("/")
    named = [steps[i + 1] for i, step in enumerate(steps[:-1]) if step == "States"]
    return named[-1].replace("~1", "/").replace("~0", "~") if named else None


def _names(target: Any, states: dict[str, Any]) -> bool:
    return isinstance(target, str) and target in states


def _natural(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
