"""How everything looks: Fusion with one palette for widgets, plots and overlays; dark, light or high contrast."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QByteArray, QEvent, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QIcon,
    QPainter,
    QPalette,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QApplication, QDockWidget

from fead_desktop import paths

#: The rhythm of all distances, in pixels.
UNIT = 8

#: Steps of the size of all text.
FONT_SCALES = (0.85, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0)


@dataclass(frozen=True)
class Style:
    """How a thing is told from the others: by its colour, and also without one.

    colour, on_light : on dark and on light ground, of one hue.
    dash : lengths of line and gap in pen widths, empty = a whole line.
    sign : a marker as pyqtgraph names it, or a character.
    pattern : of an area.
    """

    colour: str
    on_light: str
    dash: tuple[float, ...] = ()
    sign: str = "o"
    pattern: Qt.BrushStyle = Qt.BrushStyle.SolidPattern

    @property
    def shown(self) -> str:
        """The colour on the ground that is in use."""
        return self.colour if colours().is_dark else self.on_light


#: The seven emotions (hues after Okabe and Ito, told apart also without red-green vision).
EMOTION_STYLES: dict[str, Style] = {
    "angry": Style("#E4671A", "#A83A00", (), "t"),
    "disgust": Style("#1FB386", "#00805C", (6, 2), "s"),
    "fear": Style("#D070B0", "#9A3F86", (2, 2), "d"),
    "happy": Style("#F0B429", "#AD7A00", (9, 2, 2, 2), "o"),
    "sad": Style("#3F86E0", "#1A5FD0", (5, 2, 1, 2, 1, 2), "t1"),
    "surprise": Style("#7DD3F7", "#1D93C4", (12, 3), "star"),
    "neutral": Style("#C4C8CE", "#858C97", (1, 2), "+"),
}

#: What is known of a stretch of the recording.
COVERAGE_STYLES: dict[str, Style] = {
    "analysed": Style("#1FB386", "#00805C", pattern=Qt.BrushStyle.SolidPattern),
    "no face": Style("#5D646F", "#9CA3AE", pattern=Qt.BrushStyle.BDiagPattern),
    "too small": Style("#D070B0", "#9A3F86", pattern=Qt.BrushStyle.Dense6Pattern),
    "too blurred": Style("#F0B429", "#AD7A00", pattern=Qt.BrushStyle.Dense5Pattern),
    "covered": Style("#E4671A", "#A83A00", pattern=Qt.BrushStyle.Dense4Pattern),
    "turned away": Style("#7DD3F7", "#1D93C4", pattern=Qt.BrushStyle.HorPattern),
    "no mesh": Style("#C4C8CE", "#858C97", pattern=Qt.BrushStyle.CrossPattern),
    "not readable": Style("#F2606A", "#B3202C", pattern=Qt.BrushStyle.Dense3Pattern),
    "other person": Style("#3F86E0", "#1A5FD0", pattern=Qt.BrushStyle.VerPattern),
    "excluded": Style("#E4671A", "#A83A00", pattern=Qt.BrushStyle.DiagCrossPattern),
    "baseline": Style("#7DD3F7", "#1D93C4", pattern=Qt.BrushStyle.FDiagPattern),
}

#: What reviewers said of an event.
VERDICT_STYLES: dict[str, Style] = {
    "unreviewed": Style("#9AA1AC", "#6B727D", (1, 2), "○", Qt.BrushStyle.NoBrush),
    "confirmed": Style("#1FB386", "#00805C", (), "✓", Qt.BrushStyle.SolidPattern),
    "rejected": Style("#E4671A", "#A83A00", (6, 2), "✗", Qt.BrushStyle.BDiagPattern),
    "unsure": Style("#F0B429", "#AD7A00", (2, 2), "?", Qt.BrushStyle.Dense5Pattern),
    "disputed": Style("#D070B0", "#9A3F86", (9, 2, 2, 2), "≠", Qt.BrushStyle.CrossPattern),
}

#: Curves that are not emotions; the first is the anomaly score.
CURVE_STYLES: tuple[Style, ...] = (
    Style("#F0B429", "#AD7A00", (), "o"),
    Style("#3F86E0", "#1A5FD0", (6, 2), "s"),
    Style("#E4671A", "#A83A00", (2, 2), "t"),
    Style("#1FB386", "#00805C", (9, 2, 2, 2), "d"),
    Style("#D070B0", "#9A3F86", (5, 2, 1, 2, 1, 2), "t1"),
    Style("#7DD3F7", "#1D93C4", (12, 3), "star"),
)

_PERSON_COLOURS = (
    "#4DBBEE", "#E0A000", "#009E73", "#D98CC0", "#F07C2E", "#5A8DEE", "#B7C94A", "#C9A27E",
)  # fmt: skip
_UNASSIGNED_COLOUR = "#9AA0A8"
# Fusion's edge of a box is darker than its ground, which nobody sees on dark. They grow with the text.
_BOXES = """
QCheckBox::indicator, QAbstractItemView::indicator {{
    width: 0.9em; height: 0.9em; border: 1px solid {edge}; background: {ground}; }}
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked {{
    background: {accent}; border: 1px solid {accent}; image: url("{tick}"); }}
QCheckBox::indicator:disabled, QAbstractItemView::indicator:disabled {{ background: {window}; }}
QCheckBox::indicator:checked:disabled, QAbstractItemView::indicator:checked:disabled {{
    background: {line}; border: 1px solid {edge}; }}
QCheckBox::indicator:focus {{ border: 2px solid {focus}; }}
"""
_EDGES = """
QLineEdit, QComboBox, QAbstractSpinBox {{ border: 1px solid {line}; padding: 2px; }}
QComboBox:focus, QAbstractSpinBox:focus {{ border: 2px solid {accent}; padding: 1px; }}
QAbstractSpinBox::up-arrow {{ image: url("{icons}/arrow-up.svg"); width: 0.7em; height: 0.6em; }}
QAbstractSpinBox::down-arrow {{ image: url("{icons}/arrow-down.svg"); width: 0.7em; height: 0.6em; }}
QLineEdit:focus {{ border: 2px solid {accent}; padding: 1px; }}
QTableView:focus, QListView:focus, QTreeView:focus {{ border: 2px solid {accent}; }}
"""
_FOLLOWS, _USUAL_POINTS = "fead_follows_system", "fead_usual_points"


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
#: Black, white and one signal colour; nothing is told by a shade of grey.
HIGH_CONTRAST = Colours(
    is_dark=True,
    window="#000000",
    base="#000000",
    raised="#262626",
    line="#FFFFFF",
    text="#FFFFFF",
    muted="#E0E0E0",
    accent="#FFE100",
    on_accent="#000000",
    score="#FFE100",
    cursor="#FFFFFF",
    event="#8A8A8A",
    chosen_event="#FFE100",
    warning="#FFB84D",
    notice="#262626",
)


def colours() -> Colours:
    """Return the colours in use, told by the application's palette."""
    window = QGuiApplication.palette().color(QPalette.ColorRole.Window)
    if window == QColor(HIGH_CONTRAST.window):
        return HIGH_CONTRAST
    return DARK if window.lightness() < 128 else LIGHT


def pen(style: Style, width: float = 1.5) -> QPen:
    """Return the line of a style; as wide at every zoom."""
    made = QPen(QColor(style.shown), width)
    made.setCosmetic(True)
    if style.dash:
        made.setDashPattern(list(style.dash))
        made.setCapStyle(Qt.PenCapStyle.FlatCap)
    return made


def person_colour(person: int) -> str:
    """Return the colour of a person's boxes and marks; grey for the unassigned."""
    if person < 1:
        return _UNASSIGNED_COLOUR
    return _PERSON_COLOURS[(person - 1) % len(_PERSON_COLOURS)]


def use(app: QApplication, choice: str, font_scale: float = 1.0) -> None:
    """Show the application "dark", "light", in "high contrast" or as the "system" is, with text of this size."""
    if app.style().name() != "fusion":
        app.setStyle("Fusion")
    hints = app.styleHints()
    if app.property(_FOLLOWS):
        hints.colorSchemeChanged.disconnect(_scheme_changed)
    app.setProperty(_FOLLOWS, choice == "system")
    if choice == "system":
        hints.unsetColorScheme()
        hints.colorSchemeChanged.connect(_scheme_changed)
        _scheme_changed(hints.colorScheme())
    else:
        # The title bar belongs to the desktop: it should be dark or light as well.
        hints.setColorScheme(Qt.ColorScheme.Light if choice == "light" else Qt.ColorScheme.Dark)
        apply(app, {"dark": DARK, "light": LIGHT}.get(choice, HIGH_CONTRAST))
    set_font_scale(app, font_scale)


def apply(app: QGuiApplication, of: Colours) -> None:
    """Give the application the palette of an appearance."""
    if app.palette() != (wanted := palette(of)):
        app.setPalette(wanted)
        # Qt tells all but those with a style sheet of their own, which would keep dark letters on a dark ground.
        for widget in app.allWidgets() if isinstance(app, QApplication) else ():
            if widget.styleSheet():
                app.sendEvent(widget, QEvent(QEvent.Type.PaletteChange))
    # A sheet over everything costs a fifth of the window's start: only where each field needs one. Fusion draws
    # the edges of fields darker than their ground, which nobody sees on black.
    sheet = (
        _EDGES.format(line=of.line, accent=of.accent, icons=_icons()) if of == HIGH_CONTRAST else ""
    )
    if isinstance(app, QApplication) and app.styleSheet() != sheet:
        app.setStyleSheet(sheet)


def boxes_sheet() -> str:
    """Return the style sheet of boxes to tick, for the widget that has them."""
    of = colours()
    tick = "tick-dark" if of.on_accent == "#000000" else "tick-light"
    return _BOXES.format(
        edge=of.muted, ground=of.base, accent=of.accent, window=of.window, line=of.line,
        focus=of.text, tick=f"{_icons()}/{tick}.svg",
    )  # fmt: skip


def _icons() -> str:
    return (paths.resources_dir() / "icons").as_posix()


def set_font_scale(app: QApplication, scale: float) -> None:
    """Make all text larger or smaller than the desktop's usual size."""
    if app.property(_USUAL_POINTS) is None:
        app.setProperty(_USUAL_POINTS, app.font().pointSizeF())
    font = app.font()
    points = float(app.property(_USUAL_POINTS)) * min(max(scale, FONT_SCALES[0]), FONT_SCALES[-1])
    if abs(font.pointSizeF() - points) > 0.01:
        font.setPointSizeF(points)
        # Widgets with a style sheet of their own or over them keep the font they have: it is laid on anew.
        sheet = app.styleSheet()
        app.setStyleSheet("")
        app.setFont(font)
        app.setStyleSheet(sheet)
        # WORKAROUND(Qt 6.11): the title of a dock whose font equals the application's keeps its first size.
        own = QFont()
        own.setPointSizeF(points + 0.05)
        for widget in app.allWidgets():
            if isinstance(widget, QDockWidget):
                widget.setFont(own)
            elif widget.styleSheet():
                widget.setFont(font)  # as above


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
    for role in (
        roles.Text,
        roles.WindowText,
        roles.ButtonText,
        roles.HighlightedText,
        roles.PlaceholderText,
    ):
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
    if not isinstance(app, QGuiApplication):
        return
    hints = app.styleHints()
    wants_contrast = (
        hasattr(hints, "accessibility")  # since Qt 6.10
        and hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast
    )
    if wants_contrast:
        apply(app, HIGH_CONTRAST)
    else:
        apply(app, DARK if scheme == Qt.ColorScheme.Dark else LIGHT)
