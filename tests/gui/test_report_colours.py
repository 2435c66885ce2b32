"""The same colour and sign for a thing in the window and in a report."""

from __future__ import annotations

from fead_desktop.gui import theme
from fead_desktop.report.drawing import COLOURS, VERDICT_SIGNS


def test_a_report_has_the_colours_of_the_window() -> None:
    for name, style in {**theme.VERDICT_STYLES, **theme.COVERAGE_STYLES}.items():
        if name in COLOURS:
            assert COLOURS[name] == (style.on_light, style.colour), name
    for name in ("text", "muted", "line", "event", "accent", "score"):
        assert COLOURS[name] == (getattr(theme.LIGHT, name), getattr(theme.DARK, name)), name


def test_a_report_has_the_signs_of_the_window() -> None:
    assert {name: style.sign for name, style in theme.VERDICT_STYLES.items()} == VERDICT_SIGNS
