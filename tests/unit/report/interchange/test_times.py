"""Every format, read back by its own library, gives each event the times of its own frames."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.store import Case
from fead_desktop.features.measures import EMOTIONS
from fead_desktop.report.interchange.formats import export
from fead_desktop.video.frame_index import FrameIndex
from tests.unit.report.interchange import readers
from tests.unit.report.interchange.conftest import Exported
from tests.unit.report.interchange.readers import Cues

MILLISECOND = 0.001 + 1e-9


def events_of(written: Exported) -> list[AnomalyEvent]:
    with Case.open(written.case) as case:
        return case.events()


def cues_of_tiers(tiers: dict[str, Cues]) -> Cues:
    return [cue for name, cues in tiers.items() if "events" in name for cue in cues]


def cue_files(written: Exported) -> dict[str, Cues]:
    return {
        "eaf": cues_of_tiers(readers.read_eaf(written.file(".eaf"))),
        "textgrid": cues_of_tiers(readers.read_textgrid(written.file(".TextGrid"))),
        "srt": readers.read_srt(written.file(".srt")),
        "vtt": readers.read_vtt(written.file(".vtt")),
        "chapters": readers.read_chapters(written.file(".ffmetadata"), "ffmetadata"),
    }


def assert_are_the_events(cues: Cues, events: Iterable[AnomalyEvent], index: FrameIndex) -> None:
    for event in events:
        ((start, end, _),) = [cue for cue in cues if f"event {event.event} ·" in cue[2]]
        assert abs(start - index.times_s[event.onset_frame]) <= MILLISECOND
        assert abs(end - index.times_s[event.offset_frame]) <= MILLISECOND
        shown = np.flatnonzero((index.times_s >= start - 1e-9) & (index.times_s < end - 1e-9))
        assert shown[[0, -1]].tolist() == [event.onset_frame, event.offset_frame]


def test_the_recordings_are_of_both_kinds(written: Exported) -> None:
    assert written.index.variable_frame_rate is (written.recording.parent.name[:8] != "constant")


@pytest.mark.parametrize("kind", ["eaf", "textgrid", "srt", "vtt", "chapters"])
def test_a_cue_holds_the_frames_of_its_event_and_no_other(written: Exported, kind: str) -> None:
    events = events_of(written)
    assert len(events) == 6
    assert_are_the_events(cue_files(written)[kind], events, written.index)


def test_a_copy_of_the_recording_with_chapters_shows_them(
    written: Exported, tmp_path: Path
) -> None:
    if shutil.which("ffmpeg") is None or shutil.which("ffprobe") is None:
        pytest.skip("the commands ffmpeg and ffprobe are not here")
    copy = tmp_path / "copy.mkv"
    inputs = ["-i", str(written.recording), "-i", str(written.file(".ffmetadata"))]
    wanted = ["-map", "0:v", "-map_metadata", "1", "-map_chapters", "1", "-c", "copy"]
    subprocess.run(["ffmpeg", "-v", "error", *inputs, *wanted, str(copy)], check=True, timeout=60)
    probe = ["ffprobe", "-v", "error", "-show_chapters", "-of", "json", str(copy)]
    done = subprocess.run(probe, capture_output=True, check=True, timeout=60)
    chapters = [
        (float(each["start_time"]), float(each["end_time"]), each["tags"]["title"])
        for each in json.loads(done.stdout)["chapters"]
    ]
    assert len(chapters) == 8
    assert_are_the_events(chapters, events_of(written), written.index)


def test_tables_give_the_times_to_the_microsecond(written: Exported) -> None:
    table = pd.read_csv(written.folder / "events.csv").set_index("event")
    book = pd.read_excel(written.file(".xlsx"), sheet_name="Events").set_index("event")
    for event in events_of(written):
        for edge in ("onset", "peak", "offset"):
            pts = written.index.times_s[getattr(event, f"{edge}_frame")]
            assert table.loc[event.event, f"{edge}_s"] == pytest.approx(pts, abs=1e-6)
            assert book.loc[event.event, f"{edge}_s"] == pytest.approx(pts, abs=1e-6)
            assert table.loc[event.event, f"{edge}_frame"] == getattr(event, f"{edge}_frame")
        assert table.loc[event.event, "p_value"] == pytest.approx(event.p_value)


@pytest.mark.parametrize(("tool", "first"), [("openface", 1), ("pyfeat", 0)])
def test_rows_for_other_tools_carry_the_time_of_their_frame(
    written: Exported, tool: str, first: int
) -> None:
    for person in (1, 2):
        table = pd.read_csv(written.file(f".{tool}_person_{person}.csv"))
        assert len(table) > 20
        pts = written.index.times_s[table["frame"] - first]
        np.testing.assert_allclose(table["timestamp"], pts, atol=1e-6)


def test_the_json_gives_the_times_as_they_are(written: Exported) -> None:
    events = json.loads((written.folder / "summary.json").read_text("utf-8"))["events"]
    assert [e["onset_s"] for e in events] == [
        written.index.times_s[e["onset_frame"]] for e in events
    ]


def test_the_strongest_emotion_of_each_analysed_frame_stands_on_its_tier(
    written: Exported,
) -> None:
    tiers = readers.read_eaf(written.file(".eaf"))
    with Case.open(written.case) as case:
        table = case.features().of_person(1)
    (name,) = [name for name in tiers if name.startswith("1 ") and "apparent emotion" in name]
    tier = tiers[name]
    assert readers.read_textgrid(written.file(".TextGrid"))[name] == tier
    strongest = np.argmax(table.emotions, axis=1)
    for time, emotion in zip(table.time_s, strongest, strict=True):
        (text,) = {
            text for start, end, text in tier if start <= np.floor(time * 1000 + 1e-6) / 1000 < end
        }
        assert text == EMOTIONS[emotion]
    gaps = [(a[1], b[0]) for a, b in itertools.pairwise(tier) if b[0] - a[1] > 0.05]
    assert len(gaps) == 1  # the simulated person is away once


def test_verdicts_stand_with_their_reviewers_on_the_event(written: Exported) -> None:
    first = events_of(written)[0]
    tiers = readers.read_eaf(written.file(".eaf"))
    ((start, end, text),) = tiers[f"{first.person} Anna · verdicts of Kim"]
    assert_are_the_events([(start, end, "event 1 ·")], [first], written.index)
    assert text.startswith("confirmed · speech · ")
    table = pd.read_csv(written.folder / "events.csv")
    assert table["verdict"].tolist() == ["disputed"] + ["unreviewed"] * 5
    assert table["reviews"][0].startswith("Kim: confirmed · speech")


def test_markers_are_cues_too(written: Exported) -> None:
    cues = [cue for cue in readers.read_vtt(written.file(".vtt")) if "marker" in cue[2]]
    frames = [(3, 3), (20, 31)]
    for (start, end, _), (first, last) in zip(cues, frames, strict=True):
        assert abs(start - written.index.times_s[first]) <= MILLISECOND
        assert abs(end - written.index.times_s[last]) <= MILLISECOND


def test_the_workbook_holds_every_table_and_describes_every_column(written: Exported) -> None:
    book = openpyxl.load_workbook(written.file(".xlsx"), read_only=True)
    assert book.sheetnames == [
        "About", "Persons", "Events", "Markers", "Person 1", "Person 2", "Data dictionary", "Words",
    ]  # fmt: skip
    sheets = {name: list(book[name].iter_rows(values_only=True)) for name in book.sheetnames}
    described = {row[0] for row in sheets["Data dictionary"]}
    for name in ("Events", "Markers", "Person 1", "Person 2"):
        assert set(sheets[name][0]) <= described
    table = pd.read_csv(written.folder / "anomaly_detection_results_person_1.csv")
    assert len(sheets["Person 1"]) == 1 + len(table)
    happy = sheets["Person 1"][0].index("happy")
    np.testing.assert_allclose(
        [row[happy] for row in sheets["Person 1"][1:]], table["happy"], rtol=1e-5
    )


def test_events_that_overlap_stand_on_tiers_of_their_own(case: Case, tmp_path: Path) -> None:
    case.save_copy(tmp_path / "copy.fead")
    with Case.open(tmp_path / "copy.fead") as copy:
        events = copy.events()
        last = max(event.offset_s for event in events if event.person == 1)
        stretched = [
            replace(event, offset_s=last) if event.event == 1 else event for event in events
        ]
        copy.put_results(
            parameters=copy.parameters, coverage=copy.coverage, persons=copy.persons(), events=stretched,
            thumbnails={}, models=(), versions={}, timings={},
        )  # fmt: skip
        eaf, grid = export(copy, ["eaf", "textgrid"], tmp_path)
    for tiers in (readers.read_eaf(eaf), readers.read_textgrid(grid)):
        assert len(tiers["1 Person 1 · events"]) == 1
        assert len(tiers["1 Person 1 · events (2)"]) == 2
        assert len(tiers["2 Person 2 · events"]) == 3
