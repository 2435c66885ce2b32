"""PdfWriter: puts the blocks of a report on the pages of a PDF, with an outline, contents and links."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from fead_desktop.progress import Progress
from fead_desktop.report.blocks import (
    Bars,
    Block,
    Bullets,
    Cell,
    EventPictures,
    Facts,
    Figure,
    Link,
    Notice,
    Paragraph,
    Picture,
    Pictures,
    Section,
    Subtitle,
    Table,
)
from fead_desktop.report.content import ReportContent
from fead_desktop.report.event_pictures import pictures_of
from fead_desktop.report.facts import percent
from fead_desktop.report.pdf_output import Waiting, write_pages
from fead_desktop.report.pdf_pages import BODY_PT, LINE_MM, SMALL_PT, ReportPages
from fead_desktop.report.stills import StillReader

if TYPE_CHECKING:
    from fpdf.outline import OutlineSection

#: Millimetres between pictures, and widths of a small drawing and of the whole picture.
_GAP_MM, _SMALL_MM, _WHOLE_MM, _PORTRAIT_MM = 3.0, 86.0, 84.0, 26.0
#: A chapter begins where this much is left of a page; an event, which fills most of one, on a page of its own.
_ROOM_MM = {1: 40.0, 2: 225.0}
#: Height of a row with a bar.
_BAR_MM = 4.2
#: A longer text would make a row of a table higher than a page, in a narrow column.
_LONGEST_CELL = 300
_NOTICE_FILL = (255, 243, 214)
_HEADINGS = {1: (15.0, 5.0), 2: (12.0, 4.0)}


class PdfWriter:
    """Puts blocks on pages, from top to bottom; ``pictures`` is an open file in which they wait."""

    def __init__(self, content: ReportContent, reader: StillReader, pictures: IO[bytes]):
        self._content = content
        self._reader = reader
        self._pictures = pictures
        words = content.words
        self._pdf = ReportPages(content, lambda page, of: words("page", page=page, pages=of))
        self._pdf.add_page()
        self._links = {each.id: self._pdf.add_link(page=1) for each in content.sections}
        self._title_page()

    def save(self, path: Path, progress: Progress) -> None:
        """Write the file; it can be cancelled on the way."""
        write_pages(self._pdf, path, progress)

    def section(self, section: Section) -> None:
        """Put a section on the page where there is room for its beginning, else on the next one."""
        pdf = self._pdf
        size, above = _HEADINGS[section.level]
        if section.new_page and not pdf.is_fresh:
            pdf.add_page()
        pdf.need(_ROOM_MM[section.level])
        if not pdf.is_fresh:
            pdf.ln(above)
        pdf.set_link(self._links[section.id], y=pdf.get_y(), page=pdf.page_no())
        pdf.start_section(pdf.shown(section.title), level=section.level - 1)
        if section.level == 1:
            pdf.rule()
        self._text(section.title, size, bold=True)
        pdf.ln(1.5)
        for block in section.blocks:
            self._block(block)

    def _block(self, block: Block) -> None:
        pdf = self._pdf
        match block:
            case Paragraph():
                self._text(block.text)
                pdf.ln(1.5)
            case Notice():
                self._notice(block.text)
            case Subtitle():
                pdf.need(20.0)
                pdf.ln(1.5)
                self._text(block.text, 10.5, bold=True)
                pdf.ln(0.5)
            case Bullets():
                self._bullets(block)
            case Facts():
                self._table((), block.rows, (1, 3), frozenset())
            case Table():
                self._pdf.need(_height_of_first(block))
                self._caption(block.caption)
                self._table(block.head, block.rows, block.widths, block.numbers)
            case Bars():
                self._bars(block)
            case Figure():
                self._figure(block)
            case Pictures():
                self._row_of_pictures(block.pictures, _PORTRAIT_MM)
            case EventPictures():
                self._event_pictures(block)

    # Text ---------------------------------------------------------------------------------------------

    def _title_page(self) -> None:
        pdf, content = self._pdf, self._content
        self._text(content.title, 20.0, bold=True, line=1.15)
        self._text(content.subtitle, colour="muted")
        pdf.ln(4.0)
        notice = next(b for b in content.sections[0].blocks if isinstance(b, Notice))
        self._notice(notice.text)
        pdf.ln(2.0)
        self._text(content.words("contents"), 12.0, bold=True)
        pdf.insert_toc_placeholder(self._contents, allow_extra_pages=True)

    def _contents(self, _pdf: Any, outline: list[OutlineSection]) -> None:
        pdf = self._pdf
        pdf.plain(BODY_PT)
        pdf.set_x(pdf.l_margin)
        for entry in outline:
            if entry.level == 0:
                link = pdf.add_link(page=entry.page_number)
                y = pdf.get_y()
                pdf.multi_cell(
                    pdf.epw - 15.0, 6.5, entry.name, align="L", link=link, new_x="LMARGIN"
                )
                bottom = pdf.get_y()
                pdf.set_xy(pdf.l_margin + pdf.epw - 15.0, y)
                pdf.cell(15.0, 6.5, str(entry.page_number), align="R", link=link)
                pdf.set_xy(pdf.l_margin, bottom)

    def _text(
        self,
        text: str,
        size_pt: float = BODY_PT,
        *,
        bold: bool = False,
        colour: str = "text",
        line: float = 1.0,
    ) -> None:
        pdf = self._pdf
        pdf.plain(size_pt, bold=bold, colour=colour)
        pdf.multi_cell(
            pdf.epw, LINE_MM * size_pt / BODY_PT * line, pdf.shown(text), align="L", new_x="LMARGIN"
        )

    def _notice(self, text: str) -> None:
        pdf = self._pdf
        pdf.plain(BODY_PT)
        pdf.need(15.0)
        pdf.set_fill_color(*_NOTICE_FILL)
        pdf.multi_cell(
            pdf.epw, LINE_MM, pdf.shown(text), align="L", fill=True, padding=2, new_x="LMARGIN"
        )
        pdf.ln(2.5)

    def _bullets(self, block: Bullets) -> None:
        pdf = self._pdf
        for number, item in enumerate(block.items, start=1):
            pdf.plain(BODY_PT)
            pdf.need(2 * LINE_MM)
            pdf.cell(6.0, LINE_MM, f"{number}." if block.numbered else "•")
            pdf.multi_cell(
                pdf.epw - 6.0, LINE_MM, pdf.shown(item), align="L", new_x="LMARGIN", new_y="NEXT"
            )
            pdf.ln(1.0)
        pdf.ln(1.0)

    def _caption(self, text: str) -> None:
        self._pdf.need(25.0)
        self._pdf.ln(1.0)
        self._text(text, SMALL_PT, colour="muted")

    # Tables -------------------------------------------------------------------------------------------

    def _table(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        widths: Sequence[int],
        numbers: frozenset[int],
    ) -> None:
        from fpdf.enums import TableHeadingsDisplay
        from fpdf.fonts import FontFace

        pdf, words = self._pdf, self._content.words
        pdf.plain(SMALL_PT)
        pdf.set_fill_color(255, 255, 255)
        few = head and len(head) < 3 and not any(len(str(c)) > 40 for row in rows for c in row)
        with pdf.table(
            align="LEFT",
            width=min(pdf.epw, 80.0) if few else pdf.epw,
            col_widths=tuple(widths),
            borders_layout="HORIZONTAL_LINES",
            line_height=LINE_MM * 0.92,
            padding=(0.5, 2.0, 0.5, 0.0),
            text_align=tuple("RIGHT" if k in numbers else "LEFT" for k in range(len(widths))),
            v_align="TOP",
            first_row_as_headings=bool(head),
            headings_style=FontFace(emphasis="BOLD"),
            repeat_headings=TableHeadingsDisplay.ON_TOP_OF_EVERY_PAGE
            if head
            else TableHeadingsDisplay.NONE,
        ) as table:
            if head:
                row = table.row()
                for name in head:
                    row.cell(pdf.shown(name))
            below = []
            for values in rows:
                row = table.row()
                for value in values:
                    if head and isinstance(value, str) and len(value) > _LONGEST_CELL:
                        # A row can't be higher than a page; the whole text follows over the full width.
                        below.append(f"{values[0]}: {value}")
                        self._cell(row, f"{value[: _LONGEST_CELL // 2]}{words('continued')}")
                    else:
                        self._cell(row, value)
            # The table is written when it is complete.
            pdf.shape_for(
                value.text if isinstance(value, Link) else value
                for values in (tuple(head), *rows)
                for value in values
            )
        pdf.ln(3.0 if not below else 1.5)
        for text in below:
            self._text(text, SMALL_PT)
            pdf.ln(1.5)

    def _cell(self, row: Any, value: Cell) -> None:
        if isinstance(value, Link):
            row.cell(self._pdf.shown(value.text), link=self._links.get(value.section))
        else:
            row.cell(self._pdf.shown(value))

    def _bars(self, block: Bars) -> None:
        pdf = self._pdf
        pdf.need(12.0 + LINE_MM * min(len(block.rows), 8))
        self._caption(block.caption)
        name_mm, number_mm = 66.0, 34.0
        bar_mm = pdf.epw - name_mm - 2 * number_mm
        pdf.plain(SMALL_PT, bold=True)
        pdf.cell(name_mm + bar_mm, LINE_MM, pdf.shown(block.head[0]))
        for text in block.head[1:]:
            pdf.cell(number_mm, LINE_MM, pdf.shown(text), align="R")
        pdf.ln(LINE_MM + 0.5)
        for name, text, share in block.rows:
            pdf.need(_BAR_MM)
            pdf.plain(SMALL_PT)
            pdf.cell(name_mm, _BAR_MM, pdf.shown(name))
            pdf.fill("accent")
            pdf.rect(pdf.get_x(), pdf.get_y() + 1.0, max(bar_mm * share, 0.3), 2.0, style="F")
            pdf.cell(bar_mm, _BAR_MM)
            pdf.cell(number_mm, _BAR_MM, text, align="R")
            pdf.cell(number_mm, _BAR_MM, percent(share), align="R", new_x="LMARGIN", new_y="NEXT")
        pdf.ln(1.5)

    # Pictures -----------------------------------------------------------------------------------------

    def _figure(self, block: Figure) -> None:
        pdf, drawing = self._pdf, block.drawing
        width = pdf.epw if drawing.width > 400 else _SMALL_MM
        scale = width / drawing.width
        pdf.need(drawing.height * scale + LINE_MM + 3.0)
        pdf.draw(drawing, pdf.l_margin, pdf.get_y(), scale)
        pdf.set_y(pdf.get_y() + drawing.height * scale)
        self._text(block.caption, SMALL_PT, colour="muted")
        pdf.ln(2.5)

    def _event_pictures(self, block: EventPictures) -> None:
        pictures = pictures_of(block, self._reader, self._content.words)
        if len(pictures) < 2:
            self._row_of_pictures(pictures, 40.0)
            self._figure(block.curve)
            return
        side = (self._pdf.epw - 3 * _GAP_MM) / 4
        self._row_of_pictures(pictures[:-1], side)
        self._beside(pictures[-1], block.curve)

    def _row_of_pictures(self, pictures: Sequence[Picture], side: float) -> None:
        pdf = self._pdf
        fits = max(int((pdf.epw + _GAP_MM) // (side + _GAP_MM)), 1)
        for first in range(0, len(pictures), fits):
            row = pictures[first : first + fits]
            pdf.need(side + 3 * LINE_MM)
            top, bottom = pdf.get_y(), pdf.get_y()
            for k, picture in enumerate(row):
                x = pdf.l_margin + k * (side + _GAP_MM)
                self._image(picture, x, top, side, side)
                bottom = max(bottom, self._words_below(picture.caption, x, top + side, side))
            pdf.set_xy(pdf.l_margin, bottom + 2.0)

    def _beside(self, picture: Picture, figure: Figure) -> None:
        """Put a picture left and a drawing right of it, each above its words."""
        pdf = self._pdf
        across, down = _size_px(picture.jpeg)
        width = min(_WHOLE_MM, 43.0 * across / down)
        height = width * down / across
        pdf.need(height + 3 * LINE_MM)
        top = pdf.get_y()
        self._image(picture, pdf.l_margin, top, width, height)
        bottom = self._words_below(picture.caption, pdf.l_margin, top + height, _WHOLE_MM)
        drawing, x = figure.drawing, pdf.l_margin + pdf.epw - _SMALL_MM
        scale = _SMALL_MM / drawing.width
        pdf.draw(drawing, x, top, scale)
        below = self._words_below(figure.caption, x, top + drawing.height * scale, _SMALL_MM)
        pdf.set_xy(pdf.l_margin, max(bottom, below) + 2.0)

    def _words_below(self, text: str, x: float, y: float, width: float) -> float:
        pdf = self._pdf
        pdf.set_xy(x, y + 0.5)
        pdf.plain(7.0, colour="muted")
        pdf.multi_cell(width, 3.2, pdf.shown(text), align="L")
        return float(pdf.get_y())

    def _image(self, picture: Picture, x: float, y: float, width: float, height: float) -> None:
        placed = self._pdf.image(
            io.BytesIO(picture.jpeg),
            x=x,
            y=y,
            w=width,
            h=height,
            keep_aspect_ratio=True,
            alt_text=self._pdf.shown(picture.alt),
        )
        if isinstance(data := placed["data"], bytes):  # else the same picture stands elsewhere too
            placed["data"] = Waiting(data, self._pictures)


def _size_px(jpeg: bytes) -> tuple[int, int]:
    from PIL import Image

    with Image.open(io.BytesIO(jpeg)) as picture:
        return picture.size


def _height_of_first(table: Table) -> float:
    """Return about how high caption, head and first row are, so that they stay together."""
    texts = [str(cell) for cell in table.rows[0]] if table.rows else []
    lines = max((text.count("\n") + len(text[:_LONGEST_CELL]) // 25 for text in texts), default=0)
    return 20.0 + LINE_MM * (1 + lines)
