"""Shuttle: J, K and L as on an edit desk: again doubles, K with J or L is slow motion."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QKeyEvent

#: Fastest shuttle, in seconds of the recording per second.
FASTEST = 4.0
SLOW = 0.25
#: A key that is held for this long with K plays in slow motion; a shorter tap is one step.
_TAP_MS = 200

Direction = Literal[-1, 1]


class HeldKeys(QObject):
    """Knows which commands' keys are still down; looks at key events only while one is.

    Signals: released(name) when the key that gave the command comes up.
    """

    released = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._held: dict[str, int | None] = {}
        self._pressed: int | None = None

    def __contains__(self, name: str) -> bool:
        return name in self._held

    def hold(self, name: str) -> bool:
        """Note that a command's key went down; False if it is still down and only repeats itself."""
        if name in self._held:
            return False
        if not self._held:
            self._pressed = None
            _application().installEventFilter(self)
        self._held[name] = self._pressed
        return True

    def clear(self) -> None:
        """Forget all keys."""
        names = list(self._held)
        self._let_go(*names)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.ApplicationDeactivate:
            self.clear()
        elif kind in {QEvent.Type.ShortcutOverride, QEvent.Type.KeyRelease}:
            assert isinstance(event, QKeyEvent)
            if event.isAutoRepeat():
                return False
            if kind == QEvent.Type.ShortcutOverride:
                self._pressed = event.key()
            else:
                self._key_came_up(event.key())
        return False

    def _key_came_up(self, key: int) -> None:
        names = [name for name, held in self._held.items() if held == key]
        # The first command's key went down before anybody looked.
        self._let_go(*(names or [name for name, held in self._held.items() if held is None]))

    def _let_go(self, *names: str) -> None:
        for name in names:
            self._held.pop(name, None)
        if names and not self._held:
            _application().removeEventFilter(self)
        for name in names:
            self.released.emit(name)


class Shuttle(QObject):
    """Turns the presses of J, K and L into commands.

    Signals: play_wanted(signed rate); stop_wanted(); step_wanted(frames).
    """

    play_wanted = Signal(float)
    stop_wanted = Signal()
    step_wanted = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._speed = 0.0
        self._slow_direction = 0
        self._keys = HeldKeys(self)
        self._keys.released.connect(self._released)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TAP_MS)
        self._timer.timeout.connect(self._go_slowly)

    def press(self, direction: Direction) -> None:
        """J (-1) or L (+1): play that way, twice as fast each time; slowly while K is held."""
        if not self._keys.hold(_name(direction)):
            return
        if "stop" in self._keys:
            self._slow_direction = direction
            self.step_wanted.emit(direction)
            self._timer.start()
            return
        doubled = self._speed * 2 if self._speed * direction > 0 else direction
        self._speed = max(-FASTEST, min(FASTEST, float(doubled)))
        self.play_wanted.emit(self._speed)

    def stop(self) -> None:
        """K: stop."""
        if self._keys.hold("stop"):
            self.forget()
            self.stop_wanted.emit()

    def forget(self) -> None:
        """Begin at single speed again."""
        self._speed = 0.0

    def _go_slowly(self) -> None:
        if self._slow_direction and _name(self._slow_direction) in self._keys:
            self.play_wanted.emit(self._slow_direction * SLOW)

    def _released(self, name: str) -> None:
        if self._slow_direction and name in {"stop", _name(self._slow_direction)}:
            was_playing = not self._timer.isActive()
            self._timer.stop()
            self._slow_direction = 0
            self._speed = 0.0
            if was_playing:
                self.stop_wanted.emit()


def _name(direction: int) -> str:
    return "back" if direction < 0 else "forward"


def _application() -> QCoreApplication:
    application = QCoreApplication.instance()
    assert application is not None
    return application
