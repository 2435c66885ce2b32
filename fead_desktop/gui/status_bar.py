"""StatusBar: frame, timecode, pts, kind of frame rate, what is shown, what the worker does."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from fead_desktop.errors import CancelledError, FeadError
from fead_desktop.gui import theme
from fead_desktop.gui.player.player_panel import PlayerPanel
from fead_desktop.gui.session import Session
from fead_desktop.pipeline.protocol import AnalysisProgress
from fead_desktop.video.timebase import format_timecode


class StatusBar(QStatusBar):
    """Short messages left; where the player and the worker are right."""

    def __init__(self, session: Session, player: PlayerPanel, parent: QWidget | None = None):
        super().__init__(parent)
        self._session = session
        self.setSizeGripEnabled(False)
        self.picture, self.shown, self.frame, self.time, self.pts, self.rate, self.worker = (
            QLabel() for _ in range(7)
        )
        for label, words in (
            (self.picture, "What about the picture is not as recorded"),
            (
                self.shown,
                "exact: this very frame; preview: a near one while dragging; decimated: play leaves frames out",
            ),
            (self.frame, "Number of the frame that is shown"),
            (
                self.time,
                "Timecode, from the first frame on; behind it the clock that the source brought along",
            ),
            (self.pts, "The frame's own presentation timestamp, in the units of the file"),
            (self.rate, "How the frames follow each other"),
            (self.worker, "What the analysis does"),
        ):
            label.setContentsMargins(theme.UNIT, 0, theme.UNIT, 0)
            label.setToolTip(words)
            self.addPermanentWidget(label)
        self.worker.setText("worker idle")
        session.said.connect(self.showMessage)
        session.recording_opened.connect(self._opened)
        session.recording_closed.connect(self._opened)
        session.recording_closed.connect(self.clearMessage)
        session.frame_shown.connect(self._frame_shown)
        # Queued: a text that grows lays the bar out anew, which must not happen inside the painting.
        player.view.painted.connect(self._painted, Qt.ConnectionType.QueuedConnection)
        player.view.shows_changed.connect(self.shown.setText, Qt.ConnectionType.QueuedConnection)
        player.picture_state_changed.connect(self.picture.setText)
        session.analysis_started.connect(self._started)
        session.analysis_progressed.connect(self._progressed)
        session.analysis_ended.connect(self._ended)
        session.person_editing.changed.connect(self._persons_changed)
        session.person_editing.progressed.connect(self._progressed)

    def _opened(self) -> None:
        index = self._session.index
        self.frame.clear()
        for label in (self.time, self.pts, self.shown):
            label.clear()
        if index is None:
            self.rate.setText("recording not found" if self._session.missing else "")
        elif index.variable_frame_rate:
            self.rate.setText("variable frame rate")
        else:
            self.rate.setText(f"{1 / max(index.median_interval_s, 1e-6):.5g} frames/s, constant")

    def _frame_shown(self, frame: int) -> None:
        self.frame.setText(f"frame {frame}")
        timecode = format_timecode(self._session.time_of(frame))
        index = self._session.index
        source = "" if index is None else index.source_timecode(frame)
        self.time.setText(f"{timecode} · {source}" if source else timecode)
        if index is not None:
            self.pts.setText(f"pts {int(index.pts[frame])}")

    def _painted(self, _frame: int, shows: str) -> None:
        self.shown.setText(shows)

    def _started(self) -> None:
        self.worker.setText("worker starting")

    def _progressed(self, progress: AnalysisProgress) -> None:
        self.worker.setText(f"worker: {progress.stage} {progress.overall:.0%}")

    def _persons_changed(self) -> None:
        if not self._session.is_analysing:
            scoring = self._session.person_editing.is_rescoring
            self.worker.setText("worker starting" if scoring else "worker idle")

    def _ended(self, result: object) -> None:
        self.worker.setText("worker idle")
        if isinstance(result, CancelledError):
            self.showMessage("The analysis was cancelled.")
        elif isinstance(result, FeadError):
            self.showMessage("The analysis ended with an error.")
        else:
            self.showMessage("The analysis is done.")
