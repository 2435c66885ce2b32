"""Small widgets that several panels share: elided text, empty states, the notice bar."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.gui import theme

AnyWidget = TypeVar("AnyWidget", bound=QWidget)


def bold(widget: AnyWidget) -> AnyWidget:
    """Return a widget that writes in bold now."""
    font = widget.font()
    font.setBold(True)
    widget.setFont(font)
    return widget


def scrolled(inside: QWidget, name: str = "") -> QScrollArea:
    """Return an area without a frame in which a widget can be scrolled."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setAccessibleName(name)
    area.setWidget(inside)
    return area


def plain_tip(text: str) -> str:
    """Return a tool tip that shows what others wrote (names, notes, paths) as text, never as markup."""
    if "<" not in text:
        return text
    return f"<qt>{html.escape(text)}</qt>".replace("\n", "<br>")


class ElidedLabel(QLabel):
    """One line that shortens in the middle when there is no room; the whole text is its tool tip."""

    def __init__(self, text: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(plain_tip(text))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = self.contentsRect()
        text = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideMiddle, area.width()
        )
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(area, self.alignment() | Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()


class ElidedComboBox(QComboBox):
    """A choice whose shown text is shortened when there is no room."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox,
            option,
            QStyle.SubControl.SC_ComboBoxEditField,
            self,
        )
        has_icon = self.currentIndex() >= 0 and not self.itemIcon(self.currentIndex()).isNull()
        room = field.width() - (self.iconSize().width() + theme.UNIT if has_icon else 0) - 4
        text = self.currentText() or self.placeholderText()
        option.currentText = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()


class PushButton(QPushButton):
    """A button that keeps Space for itself while it has the focus, though Space plays."""

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Space
        ):
            event.accept()
            return True
        return super().event(event)


class CheckBox(QCheckBox):
    """A box to tick whose edge is seen on every ground."""

    def __init__(self, text: str = "", parent: QWidget | None = None):
        super().__init__(text, parent)
        self._restyle()

    def _restyle(self) -> None:
        sheet = theme.boxes_sheet()
        if self.styleSheet() != sheet:
            self.setStyleSheet(sheet)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._restyle()
        super().changeEvent(event)


class EmptyState(QWidget):
    """What a panel shows while it has nothing: one line, and what to do next."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._headline = bold(QLabel(alignment=Qt.AlignmentFlag.AlignCenter))
        self._sentence = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._sentence.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        for label in (self._headline, self._sentence):
            label.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(2 * theme.UNIT,) * 4)
        column.setSpacing(theme.UNIT)
        column.addStretch()
        column.addWidget(self._headline)
        column.addWidget(self._sentence)
        column.addStretch()

    def say(self, headline: str, sentence: str) -> None:
        """Show these words."""
        self._headline.setText(headline)
        self._headline.setVisible(bool(headline))
        self._sentence.setText(sentence)

    @property
    def text(self) -> str:
        """All words shown."""
        return f"{self._headline.text()} {self._sentence.text()}".strip()


class NoticeBar(QFrame):
    """A sentence across the window, in place of a pop-up; with one thing to do about it, if there is one."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self._icon = QLabel()
        self._sentence = QLabel()
        self._sentence.setObjectName("sentence")
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)  # it names files that others named
        self._sentence.setWordWrap(True)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.button = PushButton()
        self.button.clicked.connect(self._do_offered)
        self._offered: Callable[[], object] | None = None
        self._close = QToolButton()
        self._close.setAutoRaise(True)
        self._close.setToolTip("Hide this message")
        self._close.setAccessibleName("Hide this message")
        self._close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * theme.UNIT, theme.UNIT, theme.UNIT, theme.UNIT)
        row.setSpacing(theme.UNIT)
        row.addWidget(self._icon)
        row.addWidget(self._sentence, 1)
        row.addWidget(self.button)
        row.addWidget(self._close)
        self._restyle()
        self.hide()

    def say(
        self, sentence: str, offer: str = "", offered: Callable[[], object] | None = None
    ) -> None:
        """Show a sentence; where something is offered also a button that does it."""
        self._sentence.setText(sentence)
        self._offered = offered
        self.button.setText(offer)
        self.button.setVisible(offered is not None)
        self.show()

    def _do_offered(self) -> None:
        if self._offered is not None:
            self._offered()

    @property
    def text(self) -> str:
        """The sentence shown last."""
        return self._sentence.text()

    def _restyle(self) -> None:
        of = theme.colours()
        if self.palette().color(QPalette.ColorRole.Window).name() == of.notice.lower():
            return  # also the end of the change that this makes itself
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Window, of.notice)
        self.setPalette(palette)
        self._icon.setPixmap(theme.picture("warning", of.warning, 20))
        self._close.setIcon(theme.icon("close"))

    def changeEvent(self, event: QEvent) -> None:
        # Only windows are told of a change of the application's palette.
        if event.type() == QEvent.Type.PaletteChange:
            self._restyle()
        super().changeEvent(event)


def pixmap_from_jpeg(data: bytes) -> QPixmap:
    """Return a picture; null where there is none."""
    pixmap = QPixmap()
    if data:
        pixmap.loadFromData(data)
    return pixmap
