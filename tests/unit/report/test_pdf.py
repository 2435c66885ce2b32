"""The PDF report: read back by another library, page by page."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from fpdf import FPDF
from pypdf import PdfReader

from fead_desktop.case.store import Case
from fead_desktop.errors import CancelledError
from fead_desktop.progress import NoProgress, Progress
from fead_desktop.report.content import build_content
from fead_desktop.report.options import ReportOptions
from fead_desktop.report.pdf import pdf_names, write_pdf
from fead_desktop.report.pdf_output import Waiting, write_pages
from tests.helpers.cases import make_case
from tests.unit.report.conftest import LONG
from tests.unit.report.test_html import Watched


@pytest.fixture(scope="module")
def written(reviewed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    def seen(pdf: FPDF, path: Path, progress: Progress) -> None:
        assert all(isinstance(each["data"], Waiting) for each in pdf.image_cache.images.values())
        write_pages(pdf, path, progress)

    with Case.open(reviewed_file) as case, pytest.MonkeyPatch.context() as patch:
        patch.setattr("fead_desktop.report.pdf_blocks.write_pages", seen)
        (path,) = write_pdf(case, tmp_path_factory.mktemp("pdf"), ReportOptions())
        assert [path.name] == pdf_names(case, ReportOptions())
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    return path


@pytest.fixture(scope="module")
def pages(written: Path) -> list[str]:
    return [page.extract_text() for page in PdfReader(written).pages]


def test_pages_are_numbered(written: Path, pages: list[str]) -> None:
    for number, text in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in text
    box = PdfReader(written).pages[0].mediabox
    assert (round(box.width), round(box.height)) == (595, 842)


def test_everything_that_the_content_says_is_on_a_page(pages: list[str], reviewed: Case) -> None:
    text = "".join("".join(pages).split())
    content = build_content(reviewed)
    for section in content.sections:
        if "ע" not in section.title:  # read back in the order in which it is seen
            assert "".join(section.title.split()) in text, section.title
        for block in section.blocks:
            if hasattr(block, "items") and isinstance(block.items, tuple):
                for item in block.items:
                    assert "".join(item.split()) in text, item


def test_a_long_note_is_told_completely_below_its_table(pages: list[str]) -> None:
    text = "".join("".join(pages).split())
    assert "(continuedbelow)" in text
    assert "Lee:" in text
    assert text.count("W") >= len(LONG) + 150  # all of it, and its beginning in the table


def test_the_outline_and_the_links_lead_to_pages(written: Path) -> None:
    reader = PdfReader(written)
    content_titles = [each.title for each in reader.outline if not isinstance(each, list)]
    assert content_titles[0] == "Summary"
    events = next(each for each in reader.outline if isinstance(each, list))
    page = reader.get_destination_page_number(events[0])
    assert page is not None
    assert "Event 1: " in reader.pages[page].extract_text()
    links = [a.get_object() for p in reader.pages for a in p.get("/Annots", [])]
    assert len(links) >= 6 + 11  # from the list of events, and from the contents
    assert all("/Dest" in link and "/A" not in link for link in links)


def test_it_carries_its_fonts_pictures_and_language(written: Path) -> None:
    reader = PdfReader(written)
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert reader.metadata is not None
    assert reader.metadata.title == "Report on a<b>&'c.mp4"
    fonts = [
        f.get_object()
        for page in reader.pages
        for f in page["/Resources"].get("/Font", {}).values()
    ]
    described = [f["/DescendantFonts"][0].get_object()["/FontDescriptor"] for f in fonts]
    assert all({"/FontFile2", "/FontFile3"} & set(each.get_object()) for each in described)
    pictures = [image for page in reader.pages for image in page.images]
    assert len(pictures) >= 2 + 6 * 3


def test_nothing_in_it_runs(written: Path) -> None:
    data = written.read_bytes()
    for word in (b"/JavaScript", b"/JS ", b"/Launch", b"/EmbeddedFile", b"/URI"):
        assert word not in data


def test_cancelling_leaves_no_half_file(reviewed: Case, tmp_path: Path) -> None:
    with pytest.raises(CancelledError):
        write_pdf(reviewed, tmp_path, ReportOptions(stills=False), Watched(cancel_after=5))
    assert list(tmp_path.iterdir()) == []


class StopsBeforeTheEnd(NoProgress):
    """Cancels when every section is on its page and the file is still to be written."""

    stops = False

    def report(self, stage: str, done: float, total: float, message: str = "") -> None:
        self.stops = stage == "pdf" and done == total - 1

    def raise_if_cancelled(self) -> None:
        if self.stops:
            raise CancelledError("Cancelled.")


def test_the_last_step_can_be_cancelled_too(reviewed: Case, tmp_path: Path) -> None:
    with pytest.raises(CancelledError):
        write_pdf(reviewed, tmp_path, ReportOptions(stills=False), StopsBeforeTheEnd())
    assert list(tmp_path.iterdir()) == []


def test_paper_is_chosen_and_letters_that_no_font_has_are_shown_by_their_number(
    case_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Case.open(case_file) as made:
        assert made.recording is not None
        recording = Path(made.recording.path)
    path = make_case(tmp_path / "names.fead", recording, names=("漢字", "Żółć"), events=1)
    monkeypatch.setattr("fead_desktop.report.pdf_pages.font_folders", list)
    with Case.open(path) as case, warnings.catch_warnings():
        warnings.simplefilter("error")  # a letter that is missing in a font would be one
        (pdf,) = write_pdf(case, tmp_path, ReportOptions(paper="letter", stills=False))
    box = PdfReader(pdf).pages[0].mediabox
    assert (round(box.width), round(box.height)) == (612, 792)
    text = "".join(page.extract_text() for page in PdfReader(pdf).pages)
    assert "[U+6F22][U+5B57]" in text
    assert "Żółć" in text
