"""The export dialog: formats, options and presets are chosen, files are shown before and written beside the window."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QInputDialog, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from fead_desktop.errors import OutputError
from fead_desktop.gui.dialogs.export import ExportChoice, ExportDialog
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.session import Session
from fead_desktop.report.interchange import formats
from fead_desktop.report.interchange.formats import FORMATS
from fead_desktop.report.options import ReportOptions, chosen_events
from fead_desktop.report.verification import manifest_hash
from fead_desktop.settings import load_settings


@pytest.fixture
def window(qtbot: QtBot, opened: Session) -> Iterator[MainWindow]:
    made = MainWindow(opened)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


@pytest.fixture
def dialog(qtbot: QtBot, opened: Session, tmp_path: Path) -> ExportDialog:
    made = ExportDialog(opened, ExportChoice(), {}, tmp_path / "out")
    qtbot.addWidget(made)
    made.show()
    return made


def asked(window: MainWindow) -> ExportDialog:
    window.actions_by_id["export"].trigger()
    dialogs = [each for each in window.findChildren(ExportDialog) if each.isVisible()]
    assert len(dialogs) == 1
    return dialogs[0]


def shown_files(dialog: ExportDialog) -> list[str]:
    return [each.text(0) for each in shown_items(dialog)]


def shown_items(dialog: ExportDialog) -> list[QTreeWidgetItem]:
    found = [dialog.files.topLevelItem(row) for row in range(dialog.files.topLevelItemCount())]
    return [item for item in found if item is not None]


def chapters(item: QTreeWidgetItem) -> list[str]:
    return [item.child(row).text(0) for row in range(item.childCount())]


def choose(dialog: ExportDialog, *names: str) -> None:
    dialog.take(ExportChoice(names, dialog.options.options))


def ended(qtbot: QtBot, dialog: ExportDialog) -> str:
    qtbot.waitUntil(dialog.start_button.isVisible, timeout=60_000)
    return dialog.said.text()


def test_the_chosen_formats_are_written_and_remembered(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "out"))
    dialog = asked(window)
    assert dialog.formats == ("csv",)
    dialog.boxes["csv"].click()
    assert not dialog.start_button.isEnabled()
    for name in ("vtt", "eaf"):
        dialog.boxes[name].click()
    dialog.place_button.click()
    with qtbot.waitSignal(window.session.said, timeout=20_000) as said:
        dialog.start_button.click()
    assert said.args == [f"Wrote 2 files to {tmp_path / 'out'}."]
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".eaf", ".vtt"]
    dialog.reject()
    remembered = ExportChoice.from_text(load_settings().export_choice)
    assert remembered is not None
    assert remembered.formats == ("eaf", "vtt")
    qtbot.waitUntil(lambda: not window.findChildren(ExportDialog))
    assert asked(window).formats == ("eaf", "vtt")


def test_the_files_shown_before_are_the_files_written(
    qtbot: QtBot, dialog: ExportDialog, tmp_path: Path
) -> None:
    choose(dialog, "csv", "openface", "xlsx")
    before = shown_files(dialog)
    assert f"{len(before)} files will be written" in dialog.count.text()
    dialog.start_button.click()
    assert f"Wrote {len(before)} files" in ended(qtbot, dialog)
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(before)
    assert f", {len(before)} in place of earlier ones" in dialog.count.text()


def test_the_chapters_of_a_report_are_shown_with_the_events_it_will_hold(
    qtbot: QtBot, dialog: ExportDialog, opened: Session
) -> None:
    choose(dialog, "html", "csv")
    report = shown_items(dialog)[0]
    assert report.text(0) == "finished.fead.html"
    qtbot.waitUntil(lambda: bool(chapters(shown_items(dialog)[0])), timeout=20_000)
    report = shown_items(dialog)[0]
    assert {"Summary", "Purpose and legal basis"} < set(chapters(report))
    assert any(title.startswith("Limits") for title in chapters(report))
    of_events = report.child(chapters(report).index("Events"))
    assert [title.partition(":")[0] for title in chapters(of_events)] == [
        f"Event {event.event}" for event in opened.events
    ]
    assert chapters(shown_items(dialog)[1]) == []
    flagged = [event for event in opened.events if event.flagged]
    dialog.options.events.setCurrentIndex(dialog.options.events.findData("flagged"))
    qtbot.waitUntil(lambda: bool(chapters(shown_items(dialog)[0])), timeout=20_000)
    report = shown_items(dialog)[0]
    assert len(chapters(report.child(chapters(report).index("Events")))) == len(flagged)
    assert len(flagged) < len(opened.events)


def test_names_are_replaced_in_the_preview_as_in_the_files(
    qtbot: QtBot, dialog: ExportDialog, tmp_path: Path
) -> None:
    choose(dialog, "srt")
    assert shown_files(dialog) == ["finished.fead.srt"]
    dialog.options.replace_names.click()
    assert shown_files(dialog) == ["recording.fead.srt"]
    dialog.start_button.click()
    ended(qtbot, dialog)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["recording.fead.srt"]


def test_the_folder_is_opened_afterwards(
    qtbot: QtBot, dialog: ExportDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    assert not dialog.open_button.isVisible()
    dialog.start_button.click()
    ended(qtbot, dialog)
    dialog.open_button.click()
    assert opened == [str(tmp_path / "out")]
    dialog.boxes["srt"].click()
    assert not dialog.open_button.isVisible()


def test_after_an_evidence_package_its_hash_is_shown_to_be_noted(
    qtbot: QtBot, dialog: ExportDialog, tmp_path: Path
) -> None:
    dialog.take(ExportChoice(("evidence",), ReportOptions(events="confirmed", stills=False)))
    dialog.start_button.click()
    said = ended(qtbot, dialog)
    (package,) = (tmp_path / "out").iterdir()
    assert f"Manifest hash of '{package.name}': {manifest_hash(package)}; note it" in said


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """The second table waits until it is let go."""
    go_on = threading.Event()
    real = formats.summary_bytes

    def waiting(case: object) -> bytes:
        go_on.wait(10)
        return real(case)  # type: ignore[arg-type]

    monkeypatch.setattr(formats, "summary_bytes", waiting)
    return go_on


def test_an_export_tells_how_far_it_is_and_can_be_cancelled(
    qtbot: QtBot, dialog: ExportDialog, slow: threading.Event, tmp_path: Path
) -> None:
    choose(dialog, "xlsx", "json", "eaf", "srt")
    dialog.start_button.click()
    assert not dialog.choices.isEnabled()
    qtbot.waitUntil(lambda: "summary.json" in dialog.said.text(), timeout=20_000)
    assert 250 <= dialog.bar.value() < 500
    dialog.cancel_button.click()
    slow.set()
    assert "Stopped" in ended(qtbot, dialog)
    assert not dialog.bar.isVisible()
    assert dialog.choices.isEnabled()
    left = {path.suffix for path in (tmp_path / "out").iterdir()}
    assert left in ({".xlsx"}, {".xlsx", ".json"})


def test_closing_gives_a_running_export_up(
    qtbot: QtBot, dialog: ExportDialog, slow: threading.Event, tmp_path: Path
) -> None:
    choose(dialog, "json", "srt")
    dialog.start_button.click()
    dialog.reject()
    slow.set()
    assert not dialog.isVisible()


def test_what_cant_be_written_is_said(
    qtbot: QtBot, dialog: ExportDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> list[Path]:
        raise OutputError("The disk is full.")

    monkeypatch.setattr(formats, "export", full)
    dialog.start_button.click()
    assert ended(qtbot, dialog) == "The disk is full."
    assert not dialog.open_button.isVisible()


def test_presets_are_kept_taken_and_removed(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = asked(window)
    assert not dialog.presets.isEnabled()
    choose(dialog, "eaf", "textgrid")
    dialog.options.replace_names.click()
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("Phonetics", True))
    dialog.keep_button.click()
    dialog.take(ExportChoice())
    kept = load_settings().export_presets
    assert list(kept) == ["Phonetics"]
    again = ExportDialog(window.session, ExportChoice(), kept, Path(), window)
    again.presets.setCurrentText("Phonetics")
    assert again.formats == ("eaf", "textgrid")
    assert again.options.options.replace_names
    dialog.presets.setCurrentText("Phonetics")
    dialog.remove_button.click()
    assert load_settings().export_presets == {}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"formats": ["csv"], "options": {"paper": "a9"}}']
)
def test_a_damaged_choice_is_forgotten(text: str) -> None:
    assert ExportChoice.from_text(text) is None


def test_every_format_can_be_chosen_and_unknown_ones_are_forgotten(dialog: ExportDialog) -> None:
    text = ExportChoice(("csv", "wax cylinder")).to_text()
    assert ExportChoice.from_text(text) == ExportChoice(("csv",))
    assert list(dialog.boxes) == list(FORMATS)
    assert all(box.text() and box.accessibleDescription() for box in dialog.boxes.values())


def test_options_are_given_back_as_they_were_shown(dialog: ExportDialog) -> None:
    chosen = ReportOptions(
        "flagged", "letter", stills=False, blur_others=True, replace_names=True, clip_margin_s=2.5,
        clip_speed=0.5, clip_reel=True, overlays=("timecode", "curve"),
    )  # fmt: skip
    dialog.options.set_options(chosen)
    assert dialog.options.options == chosen


def test_what_the_window_lists_can_be_all_that_is_reported(
    qtbot: QtBot, opened: Session, tmp_path: Path
) -> None:
    opened.filtering.change(least_score=10.5)
    listed = opened.filtering.shown(opened.events)
    assert 0 < len(listed) < len(opened.events)
    dialog = ExportDialog(opened, ExportChoice(("html",)), {}, tmp_path)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.options.listed.isVisible()
    assert dialog.choice.options.event_filter == ""
    dialog.options.listed.click()
    assert opened.case is not None
    assert chosen_events(opened.case, dialog.choice.options) == listed
    dialog.take(dialog.choice)  # as a preset: a filter is never taken up unseen
    assert dialog.choice.options.event_filter == ""


def test_without_a_filter_there_is_none_to_heed(dialog: ExportDialog) -> None:
    choose(dialog, "html")
    assert dialog.options.events.isVisible()
    assert not dialog.options.listed.isVisible()


def test_only_options_that_a_chosen_format_heeds_are_shown(dialog: ExportDialog) -> None:
    for name, each in FORMATS.items():
        choose(dialog, name)
        assert dialog.options.paper.isVisible() == ("paper" in each.heeds)
        assert dialog.options.margin.isVisible() == ("clip_margin_s" in each.heeds)
        assert dialog.options.replace_names.isVisible()
    choose(dialog)
    assert not dialog.options.replace_names.isVisible()


def test_the_dialog_closes_with_its_case(dialog: ExportDialog, opened: Session) -> None:
    assert dialog.findChild(QDialogButtonBox) is not None
    opened.close()
    assert not dialog.isVisible()
