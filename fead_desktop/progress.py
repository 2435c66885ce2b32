"""How long work tells where it stands and learns that it should stop."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Handed to long work; called between chunks, never per frame."""

    def report(self, stage: str, done: float, total: float, message: str = "") -> None:
        """Tell that ``done`` of ``total`` units of ``stage`` are finished."""

    def raise_if_cancelled(self) -> None:
        """Raise :class:`fead_desktop.errors.CancelledError` if the analyst cancelled."""


class NoProgress:
    """Progress nobody watches."""

    def report(self, stage: str, done: float, total: float, message: str = "") -> None:
        """Ignore the report."""

    def raise_if_cancelled(self) -> None:
        """Never cancel."""
