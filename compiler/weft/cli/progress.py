"""Progress per node while a run goes on: a live table in a terminal, plain lines elsewhere."""

from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from weft.domain.run_event import EventType, RunEvent

_STATUS = {
    EventType.STEP_STARTED: "running",
    EventType.STEP_COMPLETED: "success",
    EventType.STEP_FAILED: "error",
    EventType.STEP_SKIPPED: "skipped",
    EventType.STEP_WAITING: "waiting",
    EventType.STEP_WAITING_APPROVAL: "approval",
    EventType.STEP_RETRYING: "retrying",
}
_LOOK = {
    "running": "[cyan]●[/]",
    "success": "[green]✓[/]",
    "error": "[red]✗[/]",
    "skipped": "[dim]–[/]",
    "waiting": "[yellow]…[/]",
    "approval": "[yellow]?[/]",
    "retrying": "[yellow]↻[/]",
}
_QUIET = frozenset({"running", "skipped"})


@dataclass(slots=True)
class NodeProgress:
    """What is known of a node; inside loops, of all its steps together."""

    status: str = "running"
    steps: int = 0
    duration_ms: int = 0
    detail: str = ""


@dataclass(slots=True)
class Progress:
    """The nodes of one run in the order in which they were first heard of."""

    nodes: dict[str, NodeProgress] = field(default_factory=dict)

    def apply(self, event: RunEvent) -> NodeProgress | None:
        """The node the event is about, as it stands now; None for events of the run itself."""
        status = _STATUS.get(event.type)
        if event.node_id is None or status is None:
            return None
        node = self.nodes.setdefault(event.node_id, NodeProgress())
        node.status = status
        node.detail = _detail(event)
        if status == "success":
            node.steps += 1
            node.duration_ms += int(event.data.get("duration_ms") or 0)
        return node


def _detail(event: RunEvent) -> str:
    error: Any = event.data.get("error")
    if isinstance(error, dict):
        return f"{error.get('type', 'Error')}: {error.get('message', '')}"
    if isinstance(error, str):
        return error
    return ""


def duration(milliseconds: int | None) -> str:
    """`12 ms`, `3.4 s`, `2 min 5 s`; empty for none."""
    if milliseconds is None:
        return ""
    if milliseconds < 1_000:
        return f"{milliseconds} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1_000:.1f} s"
    minutes, rest = divmod(milliseconds // 1_000, 60)
    return f"{minutes} min {rest} s"


class ProgressView(Protocol):
    """Shows events as they come; paused while the person is asked something."""

    def show(self, event: RunEvent) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def __enter__(self) -> "ProgressView": ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Silent:
    """Shows nothing: stdout belongs to the JSON, and nobody watches stderr."""

    def show(self, event: RunEvent) -> None:
        """Nothing to show."""

    def pause(self) -> None:
        """Nothing to pause."""

    def resume(self) -> None:
        """Nothing to resume."""

    def __enter__(self) -> "Silent":
        return self

    def __exit__(self, *_: object) -> None:
        return None


class LiveTable:
    """A table that redraws itself; lines of `log` nodes scroll above it."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress()
        self._live = Live(console=console, get_renderable=self._table, refresh_per_second=10)

    def show(self, event: RunEvent) -> None:
        """Takes in one event."""
        if event.type is not EventType.LOG:
            self._progress.apply(event)
        elif _is_for_people(event):
            self._live.console.print(_log_line(event))

    def pause(self) -> None:
        """Leaves the terminal to a question."""
        self._live.stop()

    def resume(self) -> None:
        """Draws again."""
        self._live.start(refresh=True)

    def __enter__(self) -> "LiveTable":
        self._live.start(refresh=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for name, node in self._progress.nodes.items():
            times = f"×{node.steps}" if node.steps > 1 else ""
            took = duration(node.duration_ms) if node.steps else ""
            table.add_row(
                _LOOK[node.status], escape(name), node.status, took, times, escape(node.detail)
            )
        return table


class Lines:
    """One line per finished, failed or waiting node: for logs and pipes.

    Successes inside loops are counted, not printed: two hundred of them would hide the rest.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress()

    def show(self, event: RunEvent) -> None:
        """Takes in one event."""
        if event.type is EventType.LOG:
            if _is_for_people(event):
                self._console.print(_log_line(event))
            return
        node = self._progress.apply(event)
        if node is None or node.status in _QUIET or (event.path and node.status == "success"):
            return
        where = f"{event.node_id}[{event.path}]" if event.path else str(event.node_id)
        took = duration(event.data.get("duration_ms")) if node.status == "success" else ""
        line = "  ".join(part for part in (where, node.status, took, node.detail) if part)
        self._console.print(f"{_LOOK[node.status]} {escape(line)}")

    def pause(self) -> None:
        """Lines need no pause."""

    def resume(self) -> None:
        """Lines need no pause."""

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *_: object) -> None:
        counted = {n: p for n, p in self._progress.nodes.items() if p.steps > 1}
        for name, node in counted.items():
            total = duration(node.duration_ms)
            self._console.print(
                f"{_LOOK[node.status]} {escape(name)}  ×{node.steps}  {total} in all"
            )


def _is_for_people(event: RunEvent) -> bool:
    """Debug lines are kept with the run, and would bury the rest here."""
    return event.data.get("level") != "debug"


def _log_line(event: RunEvent) -> str:
    level = str(event.data.get("level", "info"))
    message = str(event.data.get("message", ""))
    return f"  [dim]{escape(str(event.node_id))} {escape(level)}:[/] {escape(message)}"
