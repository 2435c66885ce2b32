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
#: X11 tells a key that repeats itself as released and pressed at one time; the press is here by then.
_REPEAT_MS = 20

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
        #: Keys that went down while another was held.
        self._down: set[int] = set()
        #: The key that came up last, and when; None once one went down.
        self._up: tuple[int, int] | None = None
        #: The same, once it went down at that very time: it only repeats itself.
        self._again: tuple[int, int] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._came_up)

    def __contains__(self, name: str) -> bool:
        return name in self._held

    def hold(self, name: str) -> bool:
        """Note that a command's key went down; False if it is still down and only repeats itself."""
        if name in self._held:
            self._held[name] = self._held[name] or self._pressed
            return False
        if not self._held:
            self._pressed = self._up = self._again = None
            self._down.clear()
            _application().installEventFilter(self)
        self._held[name] = self._pressed
        return True

    def clear(self) -> None:
        """Forget all keys."""
        self._timer.stop()
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
            # Each event comes several times on its way from the window to the widgets.
            if kind == QEvent.Type.ShortcutOverride:
                self._goes_down(event.key(), event.timestamp())
            elif self._up is None or self._up[0] != event.key():
                self._comes_up(event.key(), event.timestamp())
        return False

    def _goes_down(self, key: int, time_ms: int) -> None:
        if self._timer.isActive() and self._up == (key, time_ms):
            self._timer.stop()
            self._again = self._up
        self._settle()
        self._up = None
        self._pressed = key
        if self._again != (key, time_ms):
            self._down.add(key)

    def _comes_up(self, key: int, time_ms: int) -> None:
        self._settle()
        self._up = (key, time_ms)
        if time_ms:
            self._timer.start(_REPEAT_MS)
        else:
            self._came_up()  # without a time it comes from a program, which repeats no keys

    def _settle(self) -> None:
        """Believe at once what came up."""
        if self._timer.isActive():
            self._timer.stop()
            self._came_up()

    def _came_up(self) -> None:
        key = -1 if self._up is None else self._up[0]
        names = [name for name, held in self._held.items() if held == key]
        if not names and key not in self._down:
            # The first command's key went down before anybody looked.
            names = [name for name, held in self._held.items() if held is None]
        self._down.discard(key)
        self._let_go(*names)

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
