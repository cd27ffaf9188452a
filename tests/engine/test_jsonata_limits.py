"""The time an expression may take is its own time, not that of a busy machine."""

import gc
import time
from typing import Any

import jsonata2py
import pytest

from weft.engine.jsonata import JsonataError
from weft.engine.jsonata_fast import FastJsonata, _evaluated


def timed_out() -> jsonata2py.JsonataError:
    """The library's own error, from a real expression that takes too long."""
    slow = jsonata2py.JsonataExpressionFactory().compile(
        "$sum($map([1..300000], function($v) { $v * 2 }))"
    )
    slow.set_timeout(1)
    with pytest.raises(jsonata2py.JsonataError) as raised:
        slow.evaluate(None)
    error: jsonata2py.JsonataError = raised.value
    return error


def test_an_expression_that_waited_for_a_processor_gets_another_try() -> None:
    error, tries = timed_out(), []

    def starved_once(document: Any, bound: Any) -> str:
        tries.append(document)
        if len(tries) == 1:
            raise error
        return "done"

    assert _evaluated(starved_once, None, None) == "done"
    assert len(tries) == 2


def test_an_expression_during_which_garbage_was_collected_gets_another_try() -> None:
    error, tries = timed_out(), []

    def held_up_once(document: Any, bound: Any) -> str:
        tries.append(document)
        if len(tries) > 1:
            return "done"
        until = time.thread_time() + 0.6
        while time.thread_time() < until:
            gc.collect()
        raise error

    assert _evaluated(held_up_once, None, None) == "done"
    assert len(tries) == 2


def test_an_expression_that_used_its_time_is_not_tried_again() -> None:
    error, tries = timed_out(), []

    def busy(document: Any, bound: Any) -> str:
        tries.append(document)
        until = time.thread_time() + 0.6
        while time.thread_time() < until:
            pass
        raise error

    with pytest.raises(JsonataError, match="timeout"):
        _evaluated(busy, None, None)
    assert len(tries) == 1


def test_an_expression_without_end_is_ended() -> None:
    endless = FastJsonata().compile("($f := function($n) { $f($n + 1) }; $f(0))")
    with pytest.raises(JsonataError):
        endless.evaluate(None, {})
