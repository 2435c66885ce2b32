"""The HTML report: one file that needs nothing else, in which everything that others wrote is text."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import html as lxml_html
from pypdf import PdfReader

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.edits import add_verdict
from fead_desktop.case.store import Case
from fead_desktop.errors import CancelledError, OutputError, UsageError
from fead_desktop.progress import NoProgress
from fead_desktop.report import document
from fead_desktop.report.html import html_names, write_html
from fead_desktop.report.interchange.formats import export
from fead_desktop.report.options import ReportOptions
from fead_desktop.report.stills import Still
from fead_desktop.review.filters import EventFilter
from fead_desktop.review.verdict import Verdict
from tests.helpers.cases import make_case
from tests.unit.report.conftest import HOSTILE, LONG


class Watched(NoProgress):
    """Remembers what was told; cancels after so many reports."""

    def __init__(self, cancel_after: int = 10**9):
        self.shares: list[float] = []
        self._cancel_after = cancel_after

    def report(self, stage: str, done: float, total: float, message: str = "") -> None:
        self.shares.append(done / total)

    def raise_if_cancelled(self) -> None:
        if len(self.shares) >= self._cancel_after:
            raise CancelledError("Cancelled.")


@pytest.fixture(scope="module")
def page(reviewed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("html")
    with Case.open(reviewed_file) as case:
        (path,) = write_html(case, folder, ReportOptions())
        assert [path.name] == html_names(case, ReportOptions())
    assert [each.name for each in folder.iterdir()] == [path.name]
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tree(page: str) -> lxml_html.HtmlElement:
    return lxml_html.fromstring(page)


def test_it_needs_no_network_and_runs_nothing(tree: lxml_html.HtmlElement) -> None:
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]
    assert not tree.xpath("//script | //link | //iframe | //object | //embed | //form | //base")
    assert not [name for each in tree.iter() for name in each.attrib if name.startswith("on")]
    images = tree.xpath("//img/@src")
    assert len(images) >= 14  # two persons; onset, peak, offset and whole of three events at least
    assert all(source.startswith("data:image/jpeg;base64,") for source in images)
    assert all(target.startswith("#") for target in tree.xpath("//a/@href"))
    style = "".join(tree.xpath("//style/text()"))
    assert "url(" not in style
    assert "@import" not in style


def test_what_others_wrote_is_text(page: str, tree: lxml_html.HtmlElement) -> None:
    assert "<script" not in page
    assert "onerror=alert(2)>" not in page
    text = tree.text_content()
    assert HOSTILE[:60] in text
    assert HOSTILE in text  # the note, with its braces as they are
    assert LONG in text
    assert "a<b>&'c.mp4" in text
    assert tree.xpath("//title/text()") == ["Report on a<b>&'c.mp4"]
    assert not tree.xpath("//td/b | //dd/b | //h1/b")


def test_links_lead_to_sections(tree: lxml_html.HtmlElement) -> None:
    ids = tree.xpath("//@id")
    assert len(set(ids)) == len(ids)
    assert {target[1:] for target in tree.xpath("//a/@href")} <= set(ids)


def test_headings_come_in_order(tree: lxml_html.HtmlElement) -> None:
    levels = [int(each.tag[1]) for each in tree.xpath("//h1 | //h2 | //h3 | //h4 | //h5")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_everything_can_be_told_without_seeing_it(tree: lxml_html.HtmlElement) -> None:
    assert tree.get("lang") == "en"
    assert all(alt.strip() for alt in tree.xpath("//img/@alt"))
    assert len(tree.xpath("//img[@alt]")) == len(tree.xpath("//img"))
    drawings = tree.xpath("//svg")
    assert len(drawings) == 2 + 6  # a timeline a person, a curve an event
    assert all(each.get("role") == "img" and each.get("aria-label") for each in drawings)
    for table in tree.xpath("//table"):
        assert table.xpath("./caption/text()")
        assert all(th.get("scope") in {"col", "row"} for th in table.xpath(".//th"))


def test_a_row_of_a_wide_table_can_be_told_without_its_head(tree: lxml_html.HtmlElement) -> None:
    stacked = tree.xpath("//table[contains(@class, 'stacked')]")
    assert stacked
    for table in stacked:
        head = [each.text_content() for each in table.xpath("./thead/tr/th")]
        for row in table.xpath("./tbody/tr"):
            assert row.xpath("./*/@data-head") == head


def test_every_event_has_its_own_block(tree: lxml_html.HtmlElement) -> None:
    for number in range(1, 7):
        (heading,) = tree.xpath(f"//h3[@id='event-{number}']")
        assert heading.text_content().startswith(f"Event {number}: ")


def test_light_and_dark_and_paper_are_heeded(reviewed: Case, tmp_path: Path, page: str) -> None:
    assert "prefers-color-scheme: dark" in page
    assert "size: A4" in page
    (path,) = write_html(reviewed, tmp_path, ReportOptions(paper="letter", stills=False))
    letter = path.read_text(encoding="utf-8")
    assert "size: letter" in letter
    assert "<img" not in letter


def test_replaced_names_are_nowhere_in_it(case_file: Path, tmp_path: Path) -> None:
    with Case.open(case_file) as made:
        assert made.recording is not None
        recording = tmp_path / "Quuxley-interview.mp4"
        recording.write_bytes(Path(made.recording.path).read_bytes())
    path = make_case(
        tmp_path / "Quuxley.fead", recording, names=("Zebediah Quuxley", "Bo Xanthe"), events=2
    )
    with Case.open(path) as case:
        event = case.events()[0]
        note = "Zebediah looks at Xanthe, see Quuxley-interview.mp4"
        verdict = Verdict(0, "Kimberly", event.person, event.peak_frame, "confirmed", note=note)
        case.do(add_verdict(case.marks(), verdict))
        options = ReportOptions(replace_names=True, stills=False)
        written = export(case, ["html", "pdf"], tmp_path / "out", options)
    assert [each.name for each in written] == ["recording.fead.html", "recording.fead.pdf"]
    text = "".join(page.extract_text() for page in PdfReader(written[1]).pages)
    for shown in (written[0].read_text(encoding="utf-8"), text):
        assert "Reviewer 1" in shown
        for name in ("Zebediah", "Quuxley", "Xanthe", "Kimberly"):
            assert name.lower() not in shown.lower()


def test_a_filter_that_tells_names_is_refused_where_names_are_replaced(
    reviewed: Case, tmp_path: Path
) -> None:
    wanted = EventFilter(words="Kim").to_text()
    with pytest.raises(UsageError, match="tells names"):
        export(reviewed, ["html"], tmp_path, ReportOptions(replace_names=True, event_filter=wanted))


def test_cancelling_leaves_no_half_file(reviewed: Case, tmp_path: Path) -> None:
    with pytest.raises(CancelledError):
        write_html(reviewed, tmp_path, ReportOptions(stills=False), Watched(cancel_after=5))
    assert list(tmp_path.iterdir()) == []


def test_progress_rises_to_the_end(reviewed: Case, tmp_path: Path) -> None:
    watched = Watched()
    write_html(reviewed, tmp_path, ReportOptions(stills=False), watched)
    told = watched.shares[-18:]
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_folder_that_cannot_be_written_is_said(reviewed: Case, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with pytest.raises(OutputError):
        write_html(reviewed, blocked / "below", ReportOptions(stills=False))


def test_the_pictures_of_many_events_are_never_in_memory_together(
    case_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Case.open(case_file) as made:
        facts = made.recording
        assert facts is not None
    many = make_case(tmp_path / "many.fead", Path(facts.path), events=16)
    size = 1 << 19

    class Fake:
        def of(self, event: AnomalyEvent) -> list[Still]:
            names = ("onset", "peak", "offset", "usual", "whole")
            return [Still(name, 0, 0.0, bytes([event.event % 250]) * size) for name in names]

    @contextmanager
    def reader(*_: object) -> Iterator[Fake]:
        yield Fake()

    monkeypatch.setattr(document, "StillReader", reader)
    with Case.open(many) as case:
        tracemalloc.start()
        (path,) = write_html(case, tmp_path, ReportOptions())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert path.stat().st_size > 16 * 5 * size
    assert peak < path.stat().st_size / 4
    assert len(re.findall('<h3 id="event-', path.read_text(encoding="utf-8"))) == 16
