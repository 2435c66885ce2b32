"""All words that a window shows: texts, tool tips, names, lists and tables, its title and its status bar."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QDockWidget,
    QLabel,
    QLineEdit,
    QMainWindow,
    QTabBar,
    QTableView,
    QWidget,
)

_ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.StatusTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
    Qt.ItemDataRole.AccessibleDescriptionRole,
)


def shown_words(panel: QWidget) -> str:
    """Return all words of what can be seen in a panel or a window."""
    found: list[str] = []
    for each in (panel, *panel.findChildren(QWidget)):
        if each.isVisible():
            found += _words_of(each)
    if isinstance(panel, QMainWindow):
        found += [panel.windowTitle(), panel.statusBar().currentMessage()]
        for action in panel.findChildren(QAction):
            found += [action.text(), action.toolTip(), action.statusTip()]
    return "\n".join(found)


def _words_of(widget: QWidget) -> list[str]:
    found = [
        widget.toolTip(),
        widget.accessibleName(),
        widget.accessibleDescription(),
        widget.statusTip(),
    ]
    if isinstance(widget, QLabel | QLineEdit | QAbstractButton | QAbstractSpinBox):
        found.append(widget.text())
    if isinstance(widget, QLineEdit):
        found.append(widget.placeholderText())
    if isinstance(widget, QComboBox):
        found += [widget.itemText(k) for k in range(widget.count())]
    if isinstance(widget, QTabBar):
        found += [widget.tabText(k) for k in range(widget.count())]
    if isinstance(widget, QDockWidget):
        found.append(widget.windowTitle())
    if isinstance(widget, QAbstractItemView) and widget.model() is not None:
        every = isinstance(widget, QTableView)
        found += _words_in(widget.model(), every_column=every)
    return found


def _words_in(model: QAbstractItemModel, *, every_column: bool) -> list[str]:
    columns = model.columnCount(QModelIndex()) if every_column else 1
    cells = [
        model.index(row, column)
        for row in range(model.rowCount(QModelIndex()))
        for column in range(columns)
    ]
    return [str(model.data(cell, role)) for cell in cells for role in _ROLES]
