"""AnalysisPanel: the settings of an analysis, its progress, and what it has to say, all in place."""

from __future__ import annotations

import time
from dataclasses import replace

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.case.parameters import (
    DETECTORS,
    EMBEDDERS,
    LEAST_FALSE_ALARMS,
    MOST_FALSE_ALARMS,
    AnalysisParameters,
)
from fead_desktop.errors import CancelledError, FeadError
from fead_desktop.gui import theme
from fead_desktop.gui.analysis.region_edit import RegionEdit
from fead_desktop.gui.analysis.timecode_edit import TimecodeEdit
from fead_desktop.gui.persons.person_model import counted, short_time
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import ElidedLabel, PushButton, bold, plain_tip, scrolled
from fead_desktop.pipeline.protocol import AnalysisOutcome, AnalysisProgress

_PARTS = 1000


class AnalysisPanel(QWidget):
    """Recording, the client's settings by name, a range; start, cancel, progress; remarks as sentences."""

    def __init__(self, session: Session, parent: QWidget | None = None):
        super().__init__(parent)
        self._session = session
        self._last: AnalysisProgress | None = None
        self._told_at_s = 0.0
        self._each_second = QTimer(self, interval=1000)
        self._each_second.timeout.connect(self._say_stage)
        self._make_fields()
        self._make_progress()
        self._lay_out()
        session.recording_opened.connect(self._opened)
        session.recording_closed.connect(self._opened)
        session.results_changed.connect(self._refresh)
        session.analysis_started.connect(self._started)
        session.analysis_progressed.connect(self._progressed)
        session.analysis_ended.connect(self._ended)
        self._opened()

    # What the analyst does ---------------------------------------------------------------------------

    def start(self) -> None:
        """Start the analysis with the settings shown; what is wrong with them is said in place."""
        try:
            parameters = self.parameters()
        except FeadError as error:
            self._say(str(error), warns=True)
            return
        self._session.start_analysis(parameters)

    def cancel(self) -> None:
        """Ask the analysis to stop."""
        if self._session.is_analysing:
            self.cancel_button.setEnabled(False)
            self.stage.setText("Stopping; what was done is kept …")
            self._session.cancel_analysis()

    def parameters(self) -> AnalysisParameters:
        """Return the settings shown.

        Raises
        ------
        UsageError
            When they make no sense together.
        """
        return replace(
            self.settings(),
            start_s=self.range_start.seconds(),
            end_s=self.range_end.seconds(),
            region=self.region.region(),
        )

    def settings(self) -> AnalysisParameters:
        """Return the settings that count for any recording: all but the range and the region."""
        return AnalysisParameters(
            rate_fps=self.rate.value(),
            detector=str(self.detector.currentData()),
            embedder=str(self.embedder.currentData()),
            num_anomalies=self.anomalies.value(),
            false_alarms_per_minute=self.false_alarms.value(),
            num_components=self.components.value(),
            batch_size=self.batch.value(),
        )

    @property
    def text(self) -> str:
        """What is said in place."""
        return self.remarks.text()

    # From the session --------------------------------------------------------------------------------

    def _opened(self) -> None:
        case = self._session.case
        self._show(AnalysisParameters() if case is None else case.parameters)
        self.bar.hide()
        self.stage.hide()
        self._say("\n".join(self._remarks()))
        self._refresh()

    def _refresh(self) -> None:
        session = self._session
        recording = session.recording
        self.recording.setText("No recording is open" if recording is None else recording.name)
        self.recording.setToolTip("" if recording is None else plain_tip(str(recording)))
        running = session.is_analysing
        again = session.case is not None and session.case.has_results
        self.start_button.setText("Analyse again" if again else "Analyse")
        self.start_button.setEnabled(recording is not None and not running)
        self.start_button.setVisible(not running)
        self.cancel_button.setVisible(running)
        self.fields.setEnabled(recording is not None and not running)

    def _started(self) -> None:
        self._say("")
        self.stage.setText("Starting the analysis …")
        self.stage.show()
        self.bar.setRange(0, 0)
        self.bar.show()
        self.cancel_button.setEnabled(True)
        self._refresh()

    def _progressed(self, progress: AnalysisProgress) -> None:
        self.bar.setRange(0, _PARTS)
        self.bar.setValue(round(_PARTS * min(max(progress.overall, 0.0), 1.0)))
        self._last, self._told_at_s = progress, time.monotonic()
        self._say_stage()
        self._each_second.start()

    def _say_stage(self) -> None:
        """Say where the analysis stands; the remaining time goes on while a stage has nothing to tell."""
        progress = self._last
        if progress is None or not self.cancel_button.isEnabled():
            return
        if progress.remaining_s is not None:
            waited_s = time.monotonic() - self._told_at_s
            progress = replace(progress, remaining_s=max(progress.remaining_s - waited_s, 1.0))
        self.stage.setText(stage_text(progress))

    def _ended(self, result: AnalysisOutcome | FeadError) -> None:
        self._last = None
        self._each_second.stop()
        self.bar.hide()
        self.stage.hide()
        self._refresh()
        if isinstance(result, CancelledError):
            self._say(f"{result} Start again to go on.")
        elif isinstance(result, FeadError):
            self._say(str(result), warns=True)
        else:
            found = f"{counted(result.events, 'event')} of {counted(result.persons, 'person')}."
            self._say("\n".join([f"Done: {found}", *result.remarks]))

    def _remarks(self) -> list[str]:
        session = self._session
        index = () if session.index is None else session.index.remarks
        limits = () if session.case is None else session.case.limits
        return list(dict.fromkeys([*index, *session.remarks, *limits]))

    def _say(self, text: str, *, warns: bool = False) -> None:
        of = theme.colours()
        self._warns = warns
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(of.warning if warns else of.text))
        self.remarks.setPalette(palette)
        self.remarks.setText(text)
        self.remarks.setVisible(bool(text))

    def _show(self, parameters: AnalysisParameters | None) -> None:
        shown = parameters or AnalysisParameters()
        self.rate.setValue(shown.rate_fps)
        self.anomalies.setValue(shown.num_anomalies)
        self.false_alarms.setValue(shown.false_alarms_per_minute)
        self.components.setValue(shown.num_components)
        self.batch.setValue(shown.batch_size)
        self.range_start.set_seconds(shown.start_s)
        self.range_end.set_seconds(shown.end_s)
        self.region.set_region(shown.region)
        self.detector.setCurrentIndex(DETECTORS.index(shown.detector))
        self.embedder.setCurrentIndex(EMBEDDERS.index(shown.embedder))

    # Making ------------------------------------------------------------------------------------------

    def _make_fields(self) -> None:
        self.recording = bold(ElidedLabel())
        self.rate = QDoubleSpinBox()
        self.rate.setRange(0, 1000)
        self.rate.setDecimals(1)
        self.rate.setSpecialValueText("every frame")
        self.rate.setSuffix(" fps")
        self.rate.setToolTip("Analysed frames per second of recording; 0 = every frame")
        self.anomalies = QSpinBox()
        self.anomalies.setRange(1, 1000)
        self.anomalies.setToolTip("How many of the most unusual events are listed")
        self.false_alarms = QDoubleSpinBox()
        self.false_alarms.setRange(LEAST_FALSE_ALARMS, MOST_FALSE_ALARMS)
        self.false_alarms.setDecimals(2)
        self.false_alarms.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        self.false_alarms.setSuffix(" a minute")
        self.false_alarms.setToolTip(
            "Expected false alarms: an event is flagged where the person's ordinary behaviour reaches its score "
            "this often at most"
        )
        self.components = QSpinBox()
        self.components.setRange(0, 100)
        self.components.setSpecialValueText("automatic")
        self.components.setToolTip("UMAP components of the face embeddings")
        self.batch = QSpinBox()
        self.batch.setRange(1, 1024)
        self.batch.setToolTip("Faces per model call; less needs less memory")
        self.range_start = TimecodeEdit("beginning")
        self.range_end = TimecodeEdit("end")
        self.region = RegionEdit()
        self.draw_button = PushButton("Draw")
        self.draw_button.setToolTip("Drag a rectangle over the picture")
        words = self.draw_button.fontMetrics().horizontalAdvance(self.draw_button.text())
        self.draw_button.setMaximumWidth(words + 3 * theme.UNIT)
        for name, field in (
            ("Start", self.range_start),
            ("End", self.range_end),
            ("Region", self.region),
            ("Draw the region", self.draw_button),
        ):
            field.setAccessibleName(name)
        self.detector = _choice(DETECTORS)
        self.detector.setToolTip("What finds the faces")
        self.embedder = _choice(EMBEDDERS)
        self.embedder.setToolTip("What tells persons apart")

    def _make_progress(self) -> None:
        self.start_button = PushButton("Analyse")
        self.start_button.clicked.connect(self.start)
        self.cancel_button = PushButton("Cancel")
        self.cancel_button.clicked.connect(self.cancel)
        self.stage = QLabel()
        self.stage.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the analysis")
        self.bar.setFixedHeight(theme.UNIT)
        self.remarks = QLabel()
        self.remarks.setWordWrap(True)
        self.remarks.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def _lay_out(self) -> None:
        self.fields = QWidget()
        form = QFormLayout(self.fields)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(theme.UNIT)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for label, field in (
            ("Desired fps", self.rate),
            ("Anomalies", self.anomalies),
            ("False alarms", self.false_alarms),
            ("Components", self.components),
            ("Batch size", self.batch),
            ("Range", _beside(self.range_start, self.range_end)),
            ("Region", _beside(self.region, self.draw_button)),
            ("Detector", self.detector),
            ("Embedder", self.embedder),
        ):
            field.setAccessibleName(label)
            form.addRow(label, field)
        buttons = QHBoxLayout()
        buttons.addWidget(self.start_button, 1)
        buttons.addWidget(self.cancel_button, 1)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(*(theme.UNIT + 4,) * 4)
        column.setSpacing(theme.UNIT)
        column.addWidget(self.recording)
        column.addWidget(self.fields)
        column.addLayout(buttons)
        column.addWidget(self.bar)
        column.addWidget(self.stage)
        column.addWidget(self.remarks)
        column.addStretch()
        area = scrolled(inside)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_warns"):
            self._say(self.remarks.text(), warns=self._warns)
        super().changeEvent(event)


def stage_text(progress: AnalysisProgress) -> str:
    """Return where an analysis stands, in words: stage, share, remaining time, message."""
    stage = progress.stage.replace("_", " ")
    text = f"{stage[:1].upper()}{stage[1:]} · {progress.overall:.0%}"
    if progress.remaining_s is not None:
        text += f" · about {short_time(max(progress.remaining_s, 1.0))} left"
    return f"{text}\n{progress.message}" if progress.message else text


def _beside(*fields: QWidget) -> QWidget:
    row = QWidget()
    across = QHBoxLayout(row)
    across.setContentsMargins(0, 0, 0, 0)
    across.setSpacing(theme.UNIT // 2)
    for field in fields:
        across.addWidget(field)
    return row


def _choice(names: tuple[str, ...]) -> QComboBox:
    titles = {
        "auto": "automatic",
        "mtcnn": "MTCNN",
        "blazeface": "BlazeFace",
        "yunet": "YuNet",
        "facenet": "FaceNet",
        "dlib": "dlib ResNet",
    }
    box = QComboBox()
    for name in names:
        box.addItem(titles.get(name, name), name)
    return box
