"""Verify and reproduce from the menu: the result can be read, what is missing is asked for, both can be stopped."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from fead_desktop.case.store import Case
from fead_desktop.errors import CancelledError
from fead_desktop.gui import theme
from fead_desktop.gui.dialogs.evidence import CheckDialog, ReproduceDialog, VerifyDialog
from fead_desktop.gui.session import Session
from fead_desktop.pipeline import reproduce as reproduction
from fead_desktop.pipeline.protocol import AnalysisProgress
from fead_desktop.pipeline.reproduce import Reproduction, ViewDifference
from fead_desktop.report.interchange.formats import export
from fead_desktop.report.options import ReportOptions
from fead_desktop.report.verification import manifest_hash


@pytest.fixture(scope="module")
def package(finished_case: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    shutil.copy(finished_case, folder / "own.fead")
    with Case.open(folder / "own.fead") as case:
        options = ReportOptions(events="confirmed", stills=False)
        return export(case, ["evidence"], folder, options)[0]


def altered(package: Path, folder: Path) -> Path:
    """Return a copy in which a byte of the summary is another one."""
    copy = folder / package.name
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(copy, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            new.writestr(
                item, data[:-2] + b"#\n" if item.filename.endswith("summary.json") else data
            )
    return copy


def run(qtbot: QtBot, dialog: CheckDialog) -> str:
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.start_button.click()
    qtbot.waitUntil(dialog.start_button.isVisible, timeout=30_000)
    return dialog.said.text()


def warns(dialog: CheckDialog) -> bool:
    return dialog.said.palette().windowText().color().name() == theme.colours().warning.lower()


def test_an_untouched_package_passes(qtbot: QtBot, session: Session, package: Path) -> None:
    dialog = VerifyDialog(session)
    dialog.package.edit.setText(str(package))
    dialog.noted.setText(manifest_hash(package))
    assert "nothing was altered" in run(qtbot, dialog)
    assert not warns(dialog)
    assert "can't be excluded" not in dialog.details.toPlainText()


def test_what_was_altered_is_named(
    qtbot: QtBot, session: Session, package: Path, tmp_path: Path
) -> None:
    dialog = VerifyDialog(session)
    dialog.package.edit.setText(str(altered(package, tmp_path)))
    assert "alteration" in run(qtbot, dialog)
    assert warns(dialog)
    assert "summary.json" in dialog.details.toPlainText()


def test_the_log_of_a_case_is_verified_too(
    qtbot: QtBot, session: Session, finished_case: Path
) -> None:
    dialog = VerifyDialog(session)
    dialog.package.edit.setText(str(finished_case))
    assert "nothing was altered" in run(qtbot, dialog)


def test_what_is_no_package_is_one_sentence(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    (tmp_path / "<b>no.zip").write_bytes(b"PK")
    dialog = VerifyDialog(session)
    dialog.package.edit.setText(str(tmp_path / "<b>no.zip"))
    assert "<b>no.zip" in run(qtbot, dialog)
    assert warns(dialog)
    assert dialog.details.toPlainText() == ""


@pytest.mark.parametrize("make", [VerifyDialog, ReproduceDialog])
def test_a_missing_file_is_asked_for(
    qtbot: QtBot,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Session], VerifyDialog | ReproduceDialog],
) -> None:
    dialog = make(session)
    assert run(qtbot, dialog).startswith("Choose the package")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/a.zip", ""))
    dialog.package.choose_button.click()
    assert dialog.package.path == Path("/a.zip")


def test_an_analysis_is_repeated_with_the_open_recording(
    qtbot: QtBot, opened: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def again(
        package: Path,
        recording: Path,
        on_progress: Callable[[AnalysisProgress], None],
        is_cancelled: Callable[[], bool],
    ) -> Reproduction:
        asked.extend((package, recording))
        on_progress(AnalysisProgress("faces", 1, 2, 0.5, None, "Finding faces"))
        views = (
            ViewDifference("fusion", 0.0, 0.0, 0.0),
            ViewDifference("emotions", 0.1, 0.01, 2.0),
        )
        return Reproduction(package, views, 6, 6, 6, same_events=True, same_persons=True)

    monkeypatch.setattr(reproduction, "reproduce", again)
    dialog = ReproduceDialog(opened)
    dialog.package.edit.setText("/a.evidence.zip")
    assert "agree within the tolerance" in run(qtbot, dialog)
    assert asked == [Path("/a.evidence.zip"), opened.recording]
    told = dialog.details.toPlainText()
    assert "- fusion: identical\n- emotions: at most 0.1 σ" in told
    assert not warns(dialog)


def test_a_repeated_analysis_can_be_stopped(
    qtbot: QtBot, opened: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def again(
        _package: Path,
        _recording: Path,
        on_progress: Callable[[AnalysisProgress], None],
        is_cancelled: Callable[[], bool],
    ) -> Reproduction:
        on_progress(AnalysisProgress("faces", 1, 2, 0.5, None, "Finding faces"))
        while not is_cancelled():
            pass
        raise CancelledError("Stopped; nothing was kept.")

    monkeypatch.setattr(reproduction, "reproduce", again)
    dialog = ReproduceDialog(opened)
    qtbot.addWidget(dialog)
    dialog.package.edit.setText("/a.evidence.zip")
    dialog.show()
    dialog.start_button.click()
    qtbot.waitUntil(lambda: dialog.said.text() == "Finding faces …", timeout=5000)
    assert dialog.bar.value() == 500
    dialog.cancel_button.click()
    qtbot.waitUntil(dialog.start_button.isVisible, timeout=5000)
    assert dialog.said.text() == "Stopped; nothing was kept."
    assert not warns(dialog)
