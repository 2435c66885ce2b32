"""Standby: while a recording is open that was not analysed yet, a worker stands ready for it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from fead_desktop.gui.session import Session
from fead_desktop.pipeline.supervisor import ReadyWorker

#: The recording's first pictures come first.
_AFTER_MS = 1500


class Standby(QObject):
    """Lets a worker import its packages, so that the first moments come a second or three sooner.

    It holds 300 MB, so none is there for results that are only looked at, nor where nothing is open.
    """

    def __init__(self, session: Session, worker: ReadyWorker):
        super().__init__(session)
        self._session, self._worker = session, worker
        session.supervise = worker.supervise
        self._soon = QTimer(self, singleShot=True, interval=_AFTER_MS)
        self._soon.timeout.connect(self._prepare)
        session.recording_opened.connect(self._soon.start)
        session.analysis_started.connect(self._soon.stop)
        session.recording_closed.connect(self._end)

    def _prepare(self) -> None:
        if self._session.index is not None and not self._session.persons:
            self._worker.prepare()
        else:
            self._worker.close()

    def _end(self) -> None:
        self._soon.stop()
        self._worker.close()
