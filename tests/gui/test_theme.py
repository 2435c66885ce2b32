from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QDockWidget, QLabel, QMainWindow
from pytestqt.qtbot import QtBot

from fead_desktop.gui import theme
from fead_desktop.gui.theme import COVERAGE_STYLES, CURVE_STYLES, EMOTION_STYLES, VERDICT_STYLES
from fead_desktop.gui.widgets import CheckBox, NoticeBar

APPEARANCES = [theme.DARK, theme.LIGHT, theme.HIGH_CONTRAST]


@pytest.fixture(autouse=True)
def _as_before(qapp: QApplication) -> Iterator[None]:
    palette, font = qapp.palette(), qapp.font()
    yield
    theme.use(qapp, "light")
    qapp.setPalette(palette)
    qapp.setFont(font)


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = QColor(colour).getRgbF()[:3]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("of", APPEARANCES)
def test_text_reads_on_every_ground(of: theme.Colours) -> None:
    least = 7.0 if of is theme.HIGH_CONTRAST else 4.5
    for ground in (of.window, of.base, of.raised):
        assert contrast(of.text, ground) >= least
        assert contrast(of.muted, ground) >= (least if of is theme.HIGH_CONTRAST else 4.5), ground
    assert contrast(of.on_accent, of.accent) >= 4.5 if of.is_dark is False else 3.0
    assert contrast(of.warning, of.window) >= 4.5
    assert contrast(of.text, of.notice) >= least


@pytest.mark.parametrize("of", APPEARANCES)
def test_curves_and_states_stand_out_from_the_ground(of: theme.Colours) -> None:
    styles = [*EMOTION_STYLES.values(), *CURVE_STYLES, *VERDICT_STYLES.values()]
    for style in styles:
        assert contrast(style.colour if of.is_dark else style.on_light, of.base) >= 3.0, style


def test_emotions_and_curves_differ_in_dash_and_in_sign_too() -> None:
    for styles in (list(EMOTION_STYLES.values()), list(CURVE_STYLES)):
        for one, other in itertools.combinations(styles, 2):
            assert one.colour != other.colour
            assert one.dash != other.dash
            assert one.sign != other.sign


def test_states_differ_in_pattern_too() -> None:
    for styles in (COVERAGE_STYLES, VERDICT_STYLES):
        patterns = [style.pattern for style in styles.values()]
        assert len(set(patterns)) == len(patterns)


# Viénot, Brettel & Mollon 1999: what is left of linear red, green and blue without red or green cones.
_WITHOUT = {
    "red": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    "green": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
}


def seen(colour: str, without: str) -> tuple[float, ...]:
    linear = [c**2.2 for c in QColor(colour).getRgbF()[:3]]
    rows = [sum(w * c for w, c in zip(row, linear, strict=True)) for row in _WITHOUT[without]]
    return tuple(min(max(value, 0.0), 1.0) ** (1 / 2.2) for value in rows)


@pytest.mark.parametrize("without", ["red", "green"])
@pytest.mark.parametrize("ground", ["dark", "light"])
def test_no_two_emotions_look_the_same_without_red_or_green_vision(
    ground: str, without: str
) -> None:
    looks = {
        name: seen(style.colour if ground == "dark" else style.on_light, without)
        for name, style in EMOTION_STYLES.items()
    }
    for (one, a), (other, b) in itertools.combinations(looks.items(), 2):
        apart = sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) ** 0.5
        assert apart > 0.12, f"{one} and {other} look alike"


@pytest.mark.parametrize(
    ("choice", "of"),
    [("dark", theme.DARK), ("light", theme.LIGHT), ("high contrast", theme.HIGH_CONTRAST)],
)
def test_a_chosen_theme_is_shown(qapp: QApplication, choice: str, of: theme.Colours) -> None:
    theme.use(qapp, choice)
    assert theme.colours() == of
    assert QGuiApplication.palette().window().color() == QColor(of.window)


def test_the_systems_theme_is_followed_only_where_it_is_chosen(qapp: QApplication) -> None:
    theme.use(qapp, "system")
    qapp.styleHints().setColorScheme(theme.Qt.ColorScheme.Dark)
    qapp.styleHints().colorSchemeChanged.emit(theme.Qt.ColorScheme.Dark)
    assert theme.colours() == theme.DARK
    theme.use(qapp, "light")
    qapp.styleHints().colorSchemeChanged.emit(theme.Qt.ColorScheme.Dark)
    assert theme.colours() == theme.LIGHT


def test_text_grows_and_comes_back(qtbot: QtBot, qapp: QApplication) -> None:
    usual = qapp.font().pointSizeF()
    theme.use(qapp, "dark", 1.5)
    assert qapp.font().pointSizeF() == pytest.approx(1.5 * usual)
    theme.use(qapp, "dark", 50.0)
    assert qapp.font().pointSizeF() == pytest.approx(theme.FONT_SCALES[-1] * usual)
    theme.use(qapp, "dark", 1.0)
    assert qapp.font().pointSizeF() == pytest.approx(usual)


def test_a_notice_can_be_read_after_the_theme_changed(qtbot: QtBot, qapp: QApplication) -> None:
    theme.use(qapp, "light")
    bar = NoticeBar()
    qtbot.addWidget(bar)
    bar.say("The recording is gone.")
    for choice in ("dark", "high contrast", "light"):
        theme.use(qapp, choice)
        QApplication.processEvents()
        image = bar.grab().toImage()
        ground = image.pixelColor(image.width() // 2, 2).name()
        assert ground == theme.colours().notice.lower()
        text = bar.findChild(QLabel, "sentence").palette().windowText().color().name()
        assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize("choice", ["dark", "light", "high contrast"])
def test_boxes_to_tick_are_seen_and_ticked_ones_look_ticked(
    qtbot: QtBot, qapp: QApplication, choice: str
) -> None:
    theme.use(qapp, choice)
    box = CheckBox("Blind first")
    qtbot.addWidget(box)

    def looks() -> QImage:
        QApplication.processEvents()
        return box.grab().toImage()

    empty = looks()
    middle = empty.height() // 2
    row = [empty.pixelColor(x, middle).name() for x in range(8)]
    assert max(contrast(each, theme.colours().window) for each in row) >= 3.0
    box.setChecked(True)
    ticked = looks()
    inside = {
        ticked.pixelColor(x, y).name() for x in range(3, 12) for y in range(middle - 4, middle + 4)
    }
    assert theme.colours().accent.lower() in inside
    assert max(contrast(each, theme.colours().accent) for each in inside) >= 3.0
    box.setEnabled(False)
    off = looks()
    box.setChecked(False)
    assert looks() != off, "a disabled box tells whether it is ticked"


def test_boxes_to_tick_can_be_read_after_the_theme_changed(
    qtbot: QtBot, qapp: QApplication
) -> None:
    theme.use(qapp, "light")
    box = CheckBox("Blind first")
    qtbot.addWidget(box)
    box.show()
    for choice in ("dark", "light", "high contrast", "dark"):
        theme.use(qapp, choice)
        QApplication.processEvents()
        of = theme.colours()
        assert contrast(box.palette().windowText().color().name(), of.window) >= 4.5
        assert box.styleSheet() == theme.boxes_sheet()


@pytest.mark.parametrize("choice", ["dark", "light", "high contrast"])
def test_text_that_is_shown_grows_in_every_theme(
    qtbot: QtBot, qapp: QApplication, choice: str
) -> None:
    theme.use(qapp, choice, 1.0)
    window = QMainWindow()
    qtbot.addWidget(window)
    label, box = QLabel("words"), CheckBox("more words")
    window.setCentralWidget(label)
    window.setMenuWidget(box)
    window.resize(600, 200)
    window.show()
    usual = [each.font().pointSizeF() for each in (label, box)]
    dock = QDockWidget("Events", window)
    dock.setMinimumWidth(260)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)

    def title_px() -> int:
        """How far the title's letters reach."""
        QApplication.processEvents()
        image = window.grab(QRect(dock.pos(), QSize(140, 40))).toImage()
        ground = image.pixelColor(0, 0).lightness()
        return max(
            x
            for x in range(140)
            if any(abs(image.pixelColor(x, y).lightness() - ground) > 60 for y in range(4, 36))
        )

    first = title_px()
    for scale in (1.5, 2.0, 1.0):
        theme.use(qapp, choice, scale)
        QApplication.processEvents()
        grown = [each.font().pointSizeF() for each in (label, box)]
        assert grown == pytest.approx([scale * each for each in usual])
        assert title_px() == pytest.approx(scale * first, rel=0.15)
