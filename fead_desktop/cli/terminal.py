"""What commands share: sentences and progress on standard error, Ctrl-C as a wish to stop."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from enum import StrEnum

from fead_desktop.errors import CancelledError
from fead_desktop.pipeline.protocol import AnalysisProgress


class ProgressStyle(StrEnum):
    """How progress is shown on standard error."""

    RICH = "rich"
    JSON = "json"
    NONE = "none"


class StageProgress:
    """Progress of a single piece of work, shown like an analysis."""

    def __init__(
        self,
        show: Callable[[AnalysisProgress], None],
        is_cancelled: Callable[[], bool] = lambda: False,
    ):
        self._show, self._is_cancelled = show, is_cancelled

    def report(self, stage: str, done: float, total: float, message: str = "") -> None:
        """Show how far it is."""
        overall = done / total if total > 0 else 1.0
        self._show(AnalysisProgress(stage, done, total, overall, None, message))

    def raise_if_cancelled(self) -> None:
        """Leave the work here once Ctrl-C was caught; uncaught it ends the command by itself."""
        if self._is_cancelled():
            raise CancelledError("Cancelled.")


@contextlib.contextmanager
def interrupt_sets() -> Iterator[threading.Event]:
    """Let Ctrl-C set an event inside the block."""
    cancelled = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: cancelled.set())
    try:
        yield cancelled
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def shown_progress(style: ProgressStyle) -> Iterator[Callable[[AnalysisProgress], None]]:
    """Yield what shows progress: as a bar, as lines of JSON, or not at all."""
    if style is ProgressStyle.RICH and sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
        )
        with Progress(
            *columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True
        ) as bar:
            task = bar.add_task("starting", total=1.0)

            def show(progress: AnalysisProgress) -> None:
                text = progress.message or progress.stage
                bar.update(task, completed=progress.overall, description=text)

            yield show
    elif style is ProgressStyle.JSON:
        yield lambda progress: say(json.dumps(asdict(progress)))
    else:
        yield lambda _: None


def say(text: str) -> None:
    """Say a sentence on standard error, where it does not mix with results."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201
