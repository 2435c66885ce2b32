"""The formats by name: what is written, and what is refused."""

from __future__ import annotations

import json

import pytest

from fead_desktop.case.case import Coverage, RecordingFacts
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import FACES_STAGE, Case
from fead_desktop.cli.cases import app
from fead_desktop.errors import CancelledError, CaseError, OutputError, UsageError
from fead_desktop.report.interchange.formats import FORMATS, TABLES, export, named_formats, planned
from fead_desktop.report.options import ReportOptions
from tests.unit.report.interchange import readers

FILES = {
    "csv": {
        "anomaly_detection_results_person_1.csv",
        "anomaly_detection_results_person_2.csv",
        "data_dictionary.csv",
        "events.csv",
        "markers.csv",
        "events_data_dictionary.csv",
    },
    "json": {"summary.json"},
    "xlsx": {"made.fead.xlsx"},
    "eaf": {"made.fead.eaf"},
    "textgrid": {"made.fead.TextGrid"},
    "srt": {"made.fead.srt"},
    "vtt": {"made.fead.vtt"},
    "chapters": {"made.fead.ffmetadata"},
    "openface": {
        "made.fead.openface_person_1.csv",
        "made.fead.openface_person_2.csv",
        "made.fead.openface_data_dictionary.csv",
    },
    "pyfeat": {
        "made.fead.pyfeat_person_1.csv",
        "made.fead.pyfeat_person_2.csv",
        "made.fead.pyfeat_data_dictionary.csv",
    },
}


class Watching:
    """Progress that is remembered, and cancelled after some looks."""

    def __init__(self, cancelled_after: int = 10**6):
        self.reports: list[tuple[float, float, str]] = []
        self.looks, self._last = 0, cancelled_after

    def report(self, stage: str, done: float, total: float, message: str = "") -> None:
        self.reports.append((done, total, message))

    def raise_if_cancelled(self) -> None:
        self.looks += 1
        if self.looks > self._last:
            raise CancelledError("Stopped.")


@pytest.mark.parametrize("name", FILES)
def test_only_the_named_format_is_written(case, tmp_path, name):
    written = export(case, [name], tmp_path)
    assert {path.name for path in written} == {path.name for path in tmp_path.iterdir()}
    assert {path.name for path in written} == FILES[name]


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_named_before_they_are_written(case, tmp_path, name):
    written = export(case, [name], tmp_path)
    assert planned(case, [name], ReportOptions()) == [path.name for path in written]


def test_progress_goes_up_file_by_file_and_ends_at_all_of_it(case, tmp_path):
    seen = Watching()
    written = export(case, ["csv", "eaf"], tmp_path, progress=seen)
    assert [done for done, _, _ in seen.reports] == sorted(done for done, _, _ in seen.reports)
    assert {total for _, total, _ in seen.reports} == {2}
    assert seen.reports[-1][0] == 2
    told = " ".join(message for *_, message in seen.reports)
    assert all(path.name in told for path in written)


@pytest.mark.parametrize("looks", range(0, 12, 2))
def test_cancelled_anywhere_no_file_is_half_written(case, tmp_path, looks):
    whole = {p.name: p.read_bytes() for p in export(case, ["csv", "eaf"], tmp_path / "whole")}
    with pytest.raises(CancelledError):
        export(case, ["csv", "eaf"], tmp_path / "out", progress=Watching(looks))
    left = list((tmp_path / "out").glob("*"))
    assert len(left) < len(whole)
    assert all(path.read_bytes() == whole[path.name] for path in left)


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_a_long_table_is_left_between_its_rows(case, tmp_path, monkeypatch, name):
    monkeypatch.setattr("fead_desktop.report.tables._ROWS_A_LOOK", 7)
    before = Watching()
    export(case, [name], tmp_path / "whole", progress=before)
    assert before.looks > 20
    with pytest.raises(CancelledError):
        export(case, [name], tmp_path / "out", progress=Watching(5))
    assert not list((tmp_path / "out").glob("*"))


def test_every_format_is_tested_here_and_named_in_the_help():
    assert FILES.keys() == set(TABLES)
    (command,) = [each for each in app.registered_commands if each.callback.__name__ == "export"]
    (option,) = [each for each in command.callback.__annotations__.items() if each[0] == "to"]
    assert all(name in option[1] for name in FORMATS)


def test_exporting_twice_gives_the_same_bytes(case, tmp_path):
    names = [name for name in TABLES if name != "xlsx"]  # a zip that tells when it was made
    for folder in ("one", "two"):
        export(case, names, tmp_path / folder)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_the_json_is_the_summary(case, tmp_path):
    (written,) = export(case, ["json"], tmp_path)
    assert json.loads(written.read_text(encoding="utf-8"))["schema"] == 1


def test_names_are_read_from_a_text_with_commas():
    assert named_formats(" csv, eaf,csv,") == ["csv", "eaf"]


@pytest.mark.parametrize(("text", "said"), [("", "No format"), ("csv,pdfx", "'pdfx'")])
def test_what_is_no_format_is_refused_with_the_choice(text, said):
    with pytest.raises(UsageError, match=f"{said}.*choose from html, pdf, clips"):
        named_formats(text)


def test_a_case_without_results_is_not_written(tmp_path):
    with Case.create(tmp_path / "new.fead") as case, pytest.raises(CaseError, match="no results"):
        export(case, ["csv"], tmp_path)


def test_results_of_an_analysis_that_was_not_finished_are_not_mixed(case, tmp_path):
    case.save_copy(tmp_path / "copy.fead")
    with Case.open(tmp_path / "copy.fead") as copy:
        shorter = copy.features().select(slice(0, 20))
        copy.put_chunks(0, "a later analysis", {FACES_STAGE: shorter.to_bytes()})
        with pytest.raises(CaseError, match="no results yet"):
            export(copy, ["csv", "json"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_a_folder_that_cant_be_written_is_said(case, tmp_path, name):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="can't be written"):
        export(case, [name], tmp_path / "file")


def test_a_recording_that_shows_nobody_is_written_in_every_format(tmp_path):
    with Case.create(tmp_path / "nobody.fead") as case:
        case.recording = RecordingFacts("nobody.mp4", "0" * 64, 1, 160, 120, 48, 2.0, True)
        case.put_results(
            parameters=AnalysisParameters(), coverage=Coverage(20, 0, 2.0), persons=[], events=[],
            thumbnails={}, models=(), versions={}, timings={},
        )  # fmt: skip
        written = {path.suffix: path for path in export(case, TABLES, tmp_path / "out")}
    assert readers.read_eaf(written[".eaf"]) == {"markers": []}
    assert readers.read_textgrid(written[".TextGrid"]) == {"markers": []}
    assert readers.read_vtt(written[".vtt"]) == []
    assert readers.read_chapters(written[".ffmetadata"], "ffmetadata") == []
    assert written[".srt"].read_bytes() == b""
    events = (tmp_path / "out" / "events.csv").read_text()
    assert events.startswith("event,person,name,onset")
    assert events.count("\n") == 1
