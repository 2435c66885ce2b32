"""What the program is and is not."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from fead_desktop import APP_NAME, __version__
from fead_desktop.gui import theme

_TEXT = f"""
<h3>{APP_NAME} {__version__}</h3>
<p>Finds the moments of a recording in which a person's apparent expression changes from this person's own
baseline, and shows them for human review.</p>
<p><b>What it is.</b> A way to look first where something unusual can be seen. Each event names the measures that
set it apart, at its exact frames.</p>
<p><b>What it is not.</b> It does not know what a person feels, thinks or intends, and it makes no judgement. Emotion
scores describe how a face appears to a model; expression measures are geometric proxies of action units. A head
turn, a hand, light or a blurred picture can look unusual too.</p>
<p>Everything is computed on this machine; nothing is sent anywhere. Licence: Apache-2.0.</p>
"""


class AboutDialog(QDialog):
    """Name, version, purpose and limits."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle(f"About {APP_NAME}")
        text = QLabel(_TEXT)
        text.setWordWrap(True)
        text.setMinimumWidth(52 * theme.UNIT)
        sign = QLabel()
        sign.setPixmap(theme.picture("app", theme.colours().accent, 64))
        row = QHBoxLayout()
        row.setSpacing(3 * theme.UNIT)
        column = QVBoxLayout()
        column.addWidget(sign)
        column.addStretch()
        row.addLayout(column)
        row.addWidget(text)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(*(3 * theme.UNIT,) * 4)
        whole.addLayout(row)
        whole.addWidget(buttons)
