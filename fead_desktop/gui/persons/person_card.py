"""PersonCard: a person as portrait, name, numbers and a strip of faces; the name can be changed in place."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QObject, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from fead_desktop.case.person_edits import LONGEST_NAME
from fead_desktop.gui import theme
from fead_desktop.gui.persons.person_model import (
    DETAIL_ROLE,
    PERSON_ROLE,
    STALE,
    STALE_ROLE,
    STRIP_ROLE,
    Index,
)
from fead_desktop.gui.session import Session

PORTRAIT_PX, _TILE_PX, _GAP_PX = 56, 28, 3
#: Lines beside the portrait: name, time on screen, faces and events, first and last seen.
_LINES = 4


class PersonCard(QStyledItemDelegate):
    """A card for each row; the first, 'All persons', is a line. Wide views hold several cards side by side."""

    def __init__(self, view: QListView, session: Session):
        super().__init__(view)
        self._view, self._session = view, session

    # Size --------------------------------------------------------------------------------------------

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line = QFontMetrics(option.font).height()
        wide = self._view.viewport().width()
        if not index.row():
            return QSize(wide, max(5 * theme.UNIT, 2 * line + theme.UNIT))
        columns = max(wide // least_width(option.fontMetrics), 1)
        lines = _LINES + bool(index.data(STALE_ROLE))
        tall = max(PORTRAIT_PX, lines * line) + _TILE_PX + 2 * theme.UNIT + theme.UNIT // 2
        return QSize(wide // columns, tall)

    # Painting ----------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        of = theme.colours()
        area: QRect = option.rect.adjusted(0, 1, 0, -1)
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(area, QColor(of.accent))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, QColor(of.raised))
        if not index.row():
            left = area.left() + theme.UNIT
            icon = area.center().y() - 11
            painter.drawPixmap(
                left, icon, theme.picture("persons", of.on_accent if chosen else of.text, 24)
            )
            self._paint_words(painter, option, index, area.adjusted(32 + theme.UNIT, 0, 0, 0))
            return
        inside = area.adjusted(theme.UNIT, theme.UNIT - 1, -theme.UNIT, 1 - theme.UNIT)
        frame = QRect(inside.left(), inside.top(), PORTRAIT_PX, PORTRAIT_PX)
        paint_face(painter, frame, index.data(Qt.ItemDataRole.DecorationRole), of)
        colour = QColor(theme.person_colour(int(index.data(PERSON_ROLE))))
        painter.fillRect(QRect(frame.left(), frame.bottom() - 3, frame.width(), 4), colour)
        words = inside.adjusted(PORTRAIT_PX + theme.UNIT, 0, 0, -_TILE_PX - theme.UNIT // 2)
        self._paint_words(painter, option, index, words)
        self._paint_strip(painter, index, inside, of)

    def _paint_words(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, area: QRect
    ) -> None:
        of = theme.colours()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        lines = [str(index.data()), *str(index.data(DETAIL_ROLE)).split("\n")]
        font = QFont(option.font)
        bold = QFont(font)
        bold.setBold(True)
        height = QFontMetrics(font).height()
        top = area.top() + max((area.height() - height * len(lines)) // 2, 0)
        for number, line in enumerate(lines):
            painter.setFont(font if number else bold)
            colour = of.muted if number else of.text
            if line == STALE:
                colour = of.warning
            painter.setPen(QColor(of.on_accent if chosen else colour))
            shown = painter.fontMetrics().elidedText(
                line, Qt.TextElideMode.ElideRight, area.width()
            )
            painter.drawText(area.left(), top + number * height, area.width(), height, 0, shown)

    def _paint_strip(
        self, painter: QPainter, index: Index, inside: QRect, of: theme.Colours
    ) -> None:
        keys = index.data(STRIP_ROLE) or []
        room = (inside.width() + _GAP_PX) // (_TILE_PX + _GAP_PX)
        # Where there is room for some only, they still reach from the first to the last.
        count = min(room, len(keys))
        for place in range(count):
            key = keys[place * (len(keys) - 1) // max(count - 1, 1)]
            left = inside.left() + place * (_TILE_PX + _GAP_PX)
            tile = QRect(left, inside.bottom() - _TILE_PX + 1, _TILE_PX, _TILE_PX)
            paint_face(painter, tile, self._session.face_pictures.get(key), of)

    # Changing the name -------------------------------------------------------------------------------

    def createEditor(
        self, parent: QWidget, _option: QStyleOptionViewItem, _index: Index
    ) -> QWidget:
        editor = QLineEdit(parent)
        editor.setMaxLength(LONGEST_NAME)
        editor.setAccessibleName("Name of the person")
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, QLineEdit):
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, QLineEdit):
            model.setData(index, editor.text(), Qt.ItemDataRole.EditRole)

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, _index: Index
    ) -> None:
        area: QRect = option.rect
        left = area.left() + theme.UNIT + PORTRAIT_PX + theme.UNIT // 2
        tall = editor.sizeHint().height()
        editor.setGeometry(left, area.top() + 2, area.right() - left - 3, tall)

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        # Leaving the line by a click elsewhere keeps the name, as Enter does; Escape drops it.
        if event.type() == QEvent.Type.FocusOut and isinstance(editor, QLineEdit):
            self.commitData.emit(editor)
            self.closeEditor.emit(editor, QAbstractItemDelegate.EndEditHint.NoHint)
            return True
        return super().eventFilter(editor, event)


def least_width(metrics: QFontMetrics) -> int:
    """Return the width of a card that holds a portrait and its numbers."""
    words = metrics.horizontalAdvance("00:00 min on screen")
    return min(PORTRAIT_PX + words + 4 * theme.UNIT, 40 * theme.UNIT)


def paint_face(painter: QPainter, area: QRect, picture: object, of: theme.Colours) -> None:
    """Paint a face with round corners; a sign where there is no picture, an empty ground while it is read."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    path = QPainterPath()
    path.addRoundedRect(area, 3, 3)
    painter.setClipPath(path)
    if isinstance(picture, QImage) and not picture.isNull():
        painter.drawImage(area, picture)
    elif isinstance(picture, QPixmap) and not picture.isNull():
        painter.drawPixmap(area, picture)
    else:
        painter.fillRect(area, QColor(of.raised))
        if picture is not None:
            painter.drawPixmap(area, theme.picture("person", of.muted, area.width()))
    painter.restore()
