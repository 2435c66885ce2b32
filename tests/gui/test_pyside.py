"""The Qt binding that is installed counts its references right: some releases lose one with every emit."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QCoreApplication, QObject, Signal
from pytestqt.qtbot import QtBot


class Sender(QObject):
    """Emits."""

    emitted = Signal(int)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None and True are not counted any more")
def test_emits_and_void_calls_leave_the_counts_of_none_and_true_alone(qtbot: QtBot) -> None:
    sender, received = Sender(), []
    sender.emitted.connect(received.append)
    before = [sys.getrefcount(each) for each in (None, True)]
    for number in range(5000):
        sender.emitted.emit(number)
        QCoreApplication.processEvents()
    after = [sys.getrefcount(each) for each in (None, True)]
    assert max(abs(a - b) for a, b in zip(after, before, strict=True)) < 50
    assert len(received) == 5000
