"""PointCloud: points in a plane, one of them marked; the wheel zooms, dragging moves, a click chooses.

Imports pyqtgraph, which takes a moment: import this where the points are first shown.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPalette
from PySide6.QtWidgets import QWidget

Floats = npt.NDArray[np.float64]

_POINT_PX, _REACH_PX = 6, 12.0
_NOT_MEASURED = QColor("#808080")
#: From low to high, told apart by lightness alone too.
SHADES = pg.colormap.get("viridis").getLookupTable(0.1, 1.0, 64, alpha=False)


class PointCloud(pg.PlotWidget):  # type: ignore[misc]
    """One scale for both axes, so that distances mean the same along them; a double click shows all again.

    Signals: chosen(place), of the point clicked or gone to with the arrow keys.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Faces by likeness")
        self.setMinimumSize(QSize(120, 120))
        self.marked = -1
        self._at: Floats = np.empty((0, 2))
        self._words: list[str] = []
        self._brushes = [pg.mkBrush(*shade) for shade in SHADES] + [pg.mkBrush(_NOT_MEASURED)]
        self._dots = pg.ScatterPlotItem(
            size=_POINT_PX, pen=None, hoverable=True, tip=lambda data, **_: self._words[data]
        )
        self._ring = pg.ScatterPlotItem(size=2 * _POINT_PX, brush=None)
        for item in (self._dots, self._ring):
            self.addItem(item)
        for axis in ("left", "bottom"):
            self.hideAxis(axis)
        self.hideButtons()
        self.setMenuEnabled(False)
        self.setAspectLocked(True)
        self.scene().sigMouseClicked.connect(self._clicked)
        self._restyle()

    def show_points(self, at: Floats, words: list[str]) -> None:
        """Show points (n, 2), with a tool tip each."""
        self._at, self._words, self.marked = at, words, -1
        self._ring.clear()
        self.colour(np.full(len(at), np.nan))
        self.autoRange()

    def colour(self, values: Floats) -> None:
        """Colour the points by values (n,), from the 2 % to the 98 % quantile; NaN stays grey."""
        shade = np.full(len(values), -1)
        known = np.isfinite(values)
        if known.any():
            low, high = np.quantile(values[known], (0.02, 0.98))
            share = (values[known] - low) / max(float(high - low), 1e-9)
            shade[known] = (share.clip(0, 1) * (len(SHADES) - 1)).round()
        # The bright ones are what is looked for: they come last, on top.
        order = np.argsort(shade, kind="stable")
        self._dots.setData(
            pos=self._at[order], brush=[self._brushes[each] for each in shade[order]], data=order
        )

    def mark(self, place: int) -> None:
        """Ring a point."""
        self.marked = place
        self._ring.setData(pos=self._at[place : place + 1])
        self.setAccessibleDescription(self._words[place])

    def position(self, place: int) -> QPointF:
        """Return where a point is painted."""
        scene = self.plotItem.vb.mapViewToScene(QPointF(*self._at[place].tolist()))
        return QPointF(self.viewportTransform().map(scene))

    def place_at(self, scene_position: QPointF) -> int:
        """Return the point nearest to a position in the scene; -1 where none is near."""
        if not len(self._at):
            return -1
        box = self.plotItem.vb
        at = box.mapSceneToView(scene_position)
        away = np.linalg.norm((self._at - (at.x(), at.y())) / box.viewPixelSize(), axis=1)
        nearest = int(away.argmin())
        return nearest if away[nearest] <= _REACH_PX else -1

    def _go_to(self, place: int) -> None:
        self.mark(place)
        self.chosen.emit(place)

    def _clicked(self, event: pg.GraphicsScene.mouseEvents.MouseClickEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if event.double():
            self.autoRange()
        elif (place := self.place_at(event.scenePos())) >= 0:
            self._go_to(place)

    def _restyle(self) -> None:
        self.setBackground(self.palette().color(QPalette.ColorRole.Base))
        self._ring.setPen(self.palette().color(QPalette.ColorRole.WindowText), width=2)

    # Qt ----------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_ring"):
            self._restyle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if not step or not len(self._at):
            event.ignore()
            return
        self._go_to(min(max(self.marked + step, 0), len(self._at) - 1))
