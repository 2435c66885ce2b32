"""The Qt binding that is installed counts its references right: some releases lose one with every emit."""

from __future__ import annotations

import sys

from PySide6.QtCore import QCoreApplication, QObject, Signal
from pytestqt.qtbot import QtBot


class Sender(QObject):
    """Emits."""

    emitted = Signal(int)


def test_emits_and_void_calls_leave_the_count_of_none_alone(qtbot: QtBot) -> None:
    sender, received = Sender(), []
    sender.emitted.connect(received.append)
    before = sys.getrefcount(None)
    for number in range(5000):
        sender.emitted.emit(number)
        QCoreApplication.processEvents()
    assert abs(sys.getrefcount(None) - before) < 50
    assert len(received) == 5000
