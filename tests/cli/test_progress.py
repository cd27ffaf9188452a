"""What a person sees of a run while it goes on."""

import io

import pytest
from rich.console import Console

from weft.cli.one_run import option_meant
from weft.cli.progress import Lines, Progress, duration
from weft.domain.run_event import EventType, RunEvent


def event(kind: EventType, node: str = "a", path: str = "", **data: object) -> RunEvent:
    return RunEvent("t", "r", 1, kind, 0, node, path, dict(data))


def test_a_node_shows_its_latest_status_and_all_its_time() -> None:
    progress = Progress()
    progress.apply(event(EventType.STEP_STARTED))
    progress.apply(event(EventType.STEP_COMPLETED, path="0", duration_ms=5))
    progress.apply(event(EventType.STEP_COMPLETED, path="1", duration_ms=7))
    node = progress.nodes["a"]
    assert (node.status, node.steps, node.duration_ms) == ("success", 2, 12)


def test_an_error_shows_its_name_and_message() -> None:
    progress = Progress()
    node = progress.apply(
        event(EventType.STEP_FAILED, error={"type": "StepTimeout", "message": "60 s"})
    )
    assert node is not None and node.detail == "StepTimeout: 60 s"


def test_events_of_the_run_itself_are_no_node() -> None:
    started = RunEvent("t", "r", 1, EventType.RUN_STARTED, 0)
    assert Progress().apply(started) is None


def lines_for(*events: RunEvent) -> str:
    shown = io.StringIO()
    with Lines(Console(file=shown, width=200, highlight=False)) as view:
        for item in events:
            view.show(item)
    return shown.getvalue()


def test_loop_steps_are_counted_and_their_failures_are_shown() -> None:
    shown = lines_for(
        event(EventType.STEP_COMPLETED, path="0", duration_ms=1),
        event(EventType.STEP_COMPLETED, path="1", duration_ms=1),
        event(EventType.STEP_FAILED, node="b", path="1", error={"type": "E", "message": "no"}),
    )
    assert "×2" in shown
    assert "b[1]  error  E: no" in shown
    assert "a[0]" not in shown


def test_text_of_a_workflow_is_not_markup() -> None:
    shown = lines_for(event(EventType.LOG, level="info", message="[red]not red[/red]"))
    assert "[red]not red[/red]" in shown


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(None, ""), (0, "0 ms"), (999, "999 ms"), (1_500, "1.5 s"), (125_000, "2 min 5 s")],
)
def test_durations_are_short(milliseconds: int | None, text: str) -> None:
    assert duration(milliseconds) == text


@pytest.mark.parametrize(
    ("given", "options", "meant"),
    [
        ("approve", ("approved", "rejected"), "approved"),
        ("reject", ("approved", "rejected"), "rejected"),
        ("approved", ("approved", "rejected"), "approved"),
        ("later", ("approved", "rejected"), "later"),
    ],
)
def test_a_decision_may_be_said_as_it_was_decided(
    given: str, options: tuple[str, ...], meant: str
) -> None:
    assert option_meant(given, options) == meant
