"""ReportPages: the paper of the PDF, its fonts and colours, and how a drawing comes onto it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from fpdf import FPDF

from fead_desktop import APP_NAME, __version__
from fead_desktop.report.content import ReportContent
from fead_desktop.report.drawing import COLOURS, TEXT_PX, Area, Drawing, Line
from fead_desktop.report.fonts import font_folders, further_fonts, letters_of, usual_fonts

FAMILY = "report"
BODY_PT, SMALL_PT, LINE_MM = 9.5, 8.5, 4.7
_MARGIN_MM = 15.0
#: From Hebrew on, letters take their shape from their neighbours, or run from right to left.
_SHAPED_FROM = 0x0590


class ReportPages(FPDF):
    """Pages with the report's title above and their number below.

    Parameters
    ----------
    content : every letter in it can be written; those that no font has are shown by their number.
    number : text of a page's number and how many there are.
    """

    def __init__(self, content: ReportContent, number: Callable[[int, str], str]):
        super().__init__(format=content.options.paper, unit="mm")
        self._number, self._head = number, content.title
        self.set_margins(_MARGIN_MM, _MARGIN_MM)
        self.c_margin = 0.0  # text begins where pictures begin
        self.set_auto_page_break(auto=True, margin=_MARGIN_MM)
        letters = {ord(sign) for text in _texts(content) for sign in text if sign.isprintable()}
        self._unknown = self._add_fonts(letters)
        self.set_title(self.shown(content.title))
        self.set_lang(content.words.language)
        self.set_creator(f"{APP_NAME} {__version__}")
        self.plain(BODY_PT)

    def _add_fonts(self, letters: set[int]) -> set[int]:
        normal, bold = usual_fonts()
        self.add_font(FAMILY, "", normal)
        self.add_font(FAMILY, "B", bold)
        further, unknown = further_fonts(letters - letters_of(normal), font_folders())
        for path in further:
            self.add_font(path.stem, "", path)
        if further:
            self.set_fallback_fonts([path.stem for path in further], exact_match=False)
        return unknown

    def shown(self, text: str) -> str:
        """Return a text as it is written next, with the letters that no font has by their number."""
        self.shape_for([text])
        if not self._unknown:
            return text
        return "".join(f"[U+{ord(s):04X}]" if ord(s) in self._unknown else s for s in text)

    def shape_for(self, texts: Iterable[str]) -> None:
        """Shape letters where one of the texts has some that need it: all text would take five times as long."""
        needed = any(
            ord(sign) >= _SHAPED_FROM and not 0x2000 <= ord(sign) < 0x2E80
            for text in texts
            if not text.isascii()
            for sign in text
        )
        self.set_text_shaping(use_shaping_engine=needed)

    # Pages --------------------------------------------------------------------------------------------

    def header(self) -> None:
        """Write the title above every page but the first."""
        if self.page_no() > 1:
            shaping = self.text_shaping
            self.plain(7.5, colour="muted")
            self.set_y(8.0)
            self.cell(self.epw, 4.0, self._shortened(self.shown(self._head)))
            self.set_y(_MARGIN_MM)
            self.text_shaping = shaping

    def footer(self) -> None:
        """Write the page's number."""
        self.set_y(-11.0)
        self.plain(7.5, colour="muted")
        self.cell(self.epw, 4.0, self._number(self.page_no(), "{nb}"), align="R")

    @property
    def is_fresh(self) -> bool:
        """True while nothing stands on the page."""
        return self.get_y() <= _MARGIN_MM + 0.1

    def need(self, height: float) -> None:
        """Go to the next page where this much does not fit; what needs more than a page begins anywhere."""
        if not self.is_fresh and self.get_y() + min(height, self.eph) > self.page_break_trigger:
            self.add_page()

    def _shortened(self, text: str) -> str:
        while text and self.get_string_width(text) > self.epw:
            text = text[: len(text) * 9 // 10 - 1] + "…"
        return text

    def file_id(self) -> str:
        """Return two numbers that no other file has; fpdf's own would be taken from the whole file in memory."""
        number = secrets.token_hex(16).upper()
        return f"<{number}><{number}>"

    # Looks --------------------------------------------------------------------------------------------

    def plain(self, size_pt: float, *, bold: bool = False, colour: str = "text") -> None:
        """Use the report's font."""
        self.set_font(FAMILY, "B" if bold else "", size_pt)
        self.set_text_color(*_rgb(colour))
        self.set_draw_color(*_rgb("line"))
        self.set_line_width(0.2)

    def fill(self, colour: str) -> None:
        """Fill what comes in a colour by its name."""
        self.set_fill_color(*_rgb(colour))

    def rule(self) -> None:
        """Draw a line across the page, and go below it."""
        self.set_draw_color(*_rgb("line"))
        self.line(self.l_margin, self.get_y(), self.l_margin + self.epw, self.get_y())
        self.ln(2.0)

    def draw(self, drawing: Drawing, x: float, y: float, scale: float) -> None:
        """Draw with the upper left corner at (x, y); ``scale`` in millimetres a unit."""
        for shape in drawing.shapes:
            if isinstance(shape, Line):
                self.set_draw_color(*_rgb(shape.colour))
                self.set_line_width(shape.width * scale * 0.8)
                if shape.dash:
                    self.set_dash_pattern(shape.dash[0] * scale, shape.dash[1] * scale)
                self.polyline([(x + a * scale, y + b * scale) for a, b in shape.points])
                if shape.dash:
                    self.set_dash_pattern()
            elif isinstance(shape, Area):
                self.set_fill_color(*_rgb(shape.colour))
                with self.local_context(fill_opacity=shape.opacity):
                    self.rect(
                        x + shape.x * scale,
                        y + shape.y * scale,
                        shape.width * scale,
                        shape.height * scale,
                        style="F",
                    )
            else:
                size = TEXT_PX * scale * self.k
                self.plain(size, bold=shape.bold, colour=shape.colour)
                text = self.shown(shape.text)
                part = {"start": 0.0, "middle": 0.5, "end": 1.0}[shape.anchor]
                left = x + shape.x * scale - part * self.get_string_width(text)
                self.text(left, y + shape.y * scale, text)
        self.plain(BODY_PT)


def _rgb(colour: str) -> tuple[int, int, int]:
    light = COLOURS[colour][0]
    return int(light[1:3], 16), int(light[3:5], 16), int(light[5:7], 16)


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in the content, wherever it stands."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _texts(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
