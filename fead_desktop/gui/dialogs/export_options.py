"""ExportOptions: the choices of a report and its clips, as far as the chosen formats heed them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QWidget,
)

from fead_desktop.gui import theme
from fead_desktop.gui.widgets import CheckBox
from fead_desktop.report.options import OVERLAYS, ReportOptions

_EVENTS = {"all": "All", "confirmed": "Confirmed by the reviewers", "flagged": "Flagged"}
_PAPERS = {"a4": "A4", "letter": "Letter"}
_SPEEDS = {1.0: "As recorded", 0.5: "Half as fast", 0.25: "A quarter"}
_OVERLAYS = {"box": "Box", "person": "Person", "timecode": "Timecode", "curve": "Score", "title": "Title"}  # fmt: skip


class ExportOptions(QWidget):
    """A row for each choice; rows that no chosen format heeds are hidden.

    listed : the filter by which the window lists events now, as text; empty = all are listed. A filter of an
        earlier export is not taken up again, so that nothing is left out unseen.

    Signals: changed() when the analyst chose something else.
    """

    changed = Signal()

    def __init__(self, listed: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self._filter = listed
        self._kept = ReportOptions()
        self.events = _choice(_EVENTS, "Events")
        self.listed = CheckBox("Only those that the window lists now")
        self.paper = _choice(_PAPERS, "Paper")
        self.stills = CheckBox("With pictures of the recording")
        self.replace_names = CheckBox("Replace names of persons, reviewers and files")
        self.blur_others = CheckBox("Blur the faces of other persons")
        self.margin = QDoubleSpinBox(minimum=0, maximum=60, singleStep=0.5, decimals=1)
        self.margin.setSuffix(" s before and after")
        self.margin.setAccessibleName("Margin of clips")
        self.speed = _choice(_SPEEDS, "Speed of clips")
        self.reel = CheckBox("All clips as one")
        self.overlays = {name: CheckBox(_OVERLAYS[name]) for name in OVERLAYS}
        burnt_in = QWidget()
        row = QHBoxLayout(burnt_in)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT)
        for box in self.overlays.values():
            row.addWidget(box)
        row.addStretch()
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setSpacing(theme.UNIT)
        self._rows: tuple[tuple[str, str, QWidget], ...] = (
            ("events", "Events", self.events),
            ("events", "", self.listed),
            ("paper", "Paper", self.paper),
            ("stills", "Pictures", self.stills),
            ("clip_margin_s", "Clips", self.margin),
            ("clip_speed", "Speed", self.speed),
            ("clip_reel", "", self.reel),
            ("overlays", "Burnt in", burnt_in),
            ("replace_names", "Privacy", self.replace_names),
            ("blur_others", "", self.blur_others),
        )
        for _, title, field in self._rows:
            self._form.addRow(title, field)
        for combo in (self.events, self.paper, self.speed):
            combo.currentIndexChanged.connect(self.changed)
        for box in (self.listed, self.stills, self.replace_names, self.blur_others, self.reel):
            box.toggled.connect(self.changed)
        for box in self.overlays.values():
            box.toggled.connect(self.changed)
        self.margin.valueChanged.connect(self.changed)
        self.set_options(ReportOptions())

    @property
    def options(self) -> ReportOptions:
        """What is chosen."""
        return replace(
            self._kept,
            events=self.events.currentData(),
            event_filter=self._filter if self.listed.isChecked() else "",
            paper=self.paper.currentData(),
            stills=self.stills.isChecked(),
            blur_others=self.blur_others.isChecked(),
            replace_names=self.replace_names.isChecked(),
            clip_margin_s=self.margin.value(),
            clip_speed=self.speed.currentData(),
            clip_reel=self.reel.isChecked(),
            overlays=tuple(name for name, box in self.overlays.items() if box.isChecked()),
        )

    def set_options(self, options: ReportOptions) -> None:
        """Show these choices."""
        self._kept = options
        with QSignalBlocker(self):
            for combo, value in (
                (self.events, options.events),
                (self.paper, options.paper),
                (self.speed, options.clip_speed),
            ):
                combo.setCurrentIndex(max(combo.findData(value), 0))
            self.listed.setChecked(False)
            self.stills.setChecked(options.stills)
            self.blur_others.setChecked(options.blur_others)
            self.replace_names.setChecked(options.replace_names)
            self.margin.setValue(options.clip_margin_s)
            self.reel.setChecked(options.clip_reel)
            for name, box in self.overlays.items():
                box.setChecked(name in options.overlays)
        self.changed.emit()

    def show_heeded(self, names: Iterable[str]) -> None:
        """Show the rows of these options only."""
        heeded = set(names)
        for name, _, field in self._rows:
            offered = field is not self.listed or bool(self._filter)
            self._form.setRowVisible(field, name in heeded and offered)


def _choice(words: dict[str, str] | dict[float, str], name: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    for value, text in words.items():
        combo.addItem(text, value)
    return combo
