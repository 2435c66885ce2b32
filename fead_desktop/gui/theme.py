"""How everything looks: Fusion with one palette for widgets, plots and overlays, dark or light as the system is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap

from fead_desktop import paths

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

#: The rhythm of all distances, in pixels.
UNIT = 8

#: The seven emotions; told apart also without red-green vision, and readable on dark and on light.
EMOTION_COLOURS: dict[str, str] = {
    "angry": "#D55E00",
    "disgust": "#009E73",
    "fear": "#B66CA0",
    "happy": "#E0A000",
    "sad": "#2F86D0",
    "surprise": "#4DBBEE",
    "neutral": "#8C929C",
}

#: Curves that are not emotions; the first is the anomaly score.
CURVE_COLOURS = ("#E0A000", "#2F86D0", "#D55E00", "#009E73", "#B66CA0", "#4DBBEE")

_PERSON_COLOURS = (
    "#4DBBEE", "#E0A000", "#009E73", "#D98CC0", "#F07C2E", "#5A8DEE", "#B7C94A", "#C9A27E",
)  # fmt: skip
_UNASSIGNED_COLOUR = "#9AA0A8"


@dataclass(frozen=True)
class Colours:
    """The colours of one appearance, by what they are for."""

    is_dark: bool
    window: str
    base: str
    raised: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    score: str
    cursor: str
    event: str
    chosen_event: str
    warning: str
    notice: str


DARK = Colours(
    is_dark=True,
    window="#1E2126",
    base="#16181C",
    raised="#2A2E35",
    line="#3A3F48",
    text="#E6E8EB",
    muted="#9AA1AC",
    accent="#3D8BD4",
    on_accent="#FFFFFF",
    score="#F0B429",
    cursor="#FFFFFF",
    event="#5B6B80",
    chosen_event="#3D8BD4",
    warning="#F0A050",
    notice="#3A3222",
)
LIGHT = Colours(
    is_dark=False,
    window="#F3F4F6",
    base="#FFFFFF",
    raised="#E7E9ED",
    line="#C9CDD4",
    text="#1B1E23",
    muted="#5F6773",
    accent="#1F6FBF",
    on_accent="#FFFFFF",
    score="#A86400",
    cursor="#1B1E23",
    event="#B9C4D3",
    chosen_event="#1F6FBF",
    warning="#9A4F00",
    notice="#FFF3D6",
)


def colours() -> Colours:
    """Return the colours in use, told by the application's palette."""
    window = QGuiApplication.palette().color(QPalette.ColorRole.Window)
    return DARK if window.lightness() < 128 else LIGHT


def person_colour(person: int) -> str:
    """Return the colour of a person's boxes and marks; grey for the unassigned."""
    if person < 1:
        return _UNASSIGNED_COLOUR
    return _PERSON_COLOURS[(person - 1) % len(_PERSON_COLOURS)]


def follow_system(app: QApplication) -> None:
    """Set style and palette, now and whenever the system turns dark or light."""
    app.setStyle("Fusion")
    hints = app.styleHints()
    hints.colorSchemeChanged.connect(_scheme_changed)
    _scheme_changed(hints.colorScheme())


def apply(app: QGuiApplication, dark: bool) -> None:
    """Give the application the dark or the light palette."""
    app.setPalette(palette(DARK if dark else LIGHT))


def palette(of: Colours) -> QPalette:
    """Return the Qt palette of an appearance."""
    made = QPalette()
    roles = QPalette.ColorRole
    for role, colour in {
        roles.Window: of.window,
        roles.WindowText: of.text,
        roles.Base: of.base,
        roles.AlternateBase: of.window,
        roles.Text: of.text,
        roles.Button: of.raised,
        roles.ButtonText: of.text,
        roles.BrightText: of.on_accent,
        roles.ToolTipBase: of.raised,
        roles.ToolTipText: of.text,
        roles.PlaceholderText: of.muted,
        roles.Highlight: of.accent,
        roles.HighlightedText: of.on_accent,
        roles.Link: of.accent,
        roles.Accent: of.accent,
        roles.Light: of.raised,
        roles.Midlight: of.raised,
        roles.Mid: of.line,
        roles.Dark: of.line,
        roles.Shadow: of.base,
    }.items():
        made.setColor(role, QColor(colour))
    for role in (roles.Text, roles.WindowText, roles.ButtonText, roles.HighlightedText):
        made.setColor(QPalette.ColorGroup.Disabled, role, _mixed(of.muted, of.window))
    made.setColor(QPalette.ColorGroup.Disabled, roles.Highlight, QColor(of.line))
    return made


def icon(name: str) -> QIcon:
    """Return an icon of resources/icons in the palette's colours."""
    of = colours()
    made = QIcon()
    for mode, colour in (
        (QIcon.Mode.Normal, of.text),
        (QIcon.Mode.Disabled, _mixed(of.muted, of.window).name()),
    ):
        for size in (20, 40):
            made.addPixmap(picture(name, colour, size), mode)
    return made


@lru_cache(maxsize=512)
def picture(name: str, colour: str, size: int) -> QPixmap:
    """Return an icon as a square picture of one colour."""
    from PySide6.QtSvg import QSvgRenderer

    pixmap = QPixmap(QSize(size, size))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    svg = _source(name).replace("currentColor", colour)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


@lru_cache(maxsize=64)
def _source(name: str) -> str:
    return (paths.resources_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def _mixed(one: str, other: str) -> QColor:
    a, b = QColor(one), QColor(other)
    return QColor(
        (a.red() + b.red()) // 2, (a.green() + b.green()) // 2, (a.blue() + b.blue()) // 2
    )


def _scheme_changed(scheme: Qt.ColorScheme) -> None:
    app = QGuiApplication.instance()
    if isinstance(app, QGuiApplication):
        apply(app, scheme == Qt.ColorScheme.Dark)
