"""The pages of a report are shown before it is written, with the options as they are chosen, and nothing is kept."""

from __future__ import annotations

import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fead_desktop.gui.dialogs.export import ExportChoice, ExportDialog
from fead_desktop.gui.dialogs.preview import PreviewDialog
from fead_desktop.gui.session import Session
from fead_desktop.progress import Progress
from fead_desktop.report.interchange.formats import FORMATS
from fead_desktop.report.options import ReportOptions


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def dialog(qtbot: QtBot, opened: Session, tmp_path: Path) -> ExportDialog:
    made = ExportDialog(opened, ExportChoice(("pdf",)), {}, tmp_path / "out")
    qtbot.addWidget(made)
    made.show()
    return made


def asked(dialog: ExportDialog, options: ReportOptions) -> PreviewDialog:
    dialog.take(ExportChoice(("pdf",), options))
    dialog.pages_button.click()
    return dialog.findChild(PreviewDialog)


def test_the_pages_are_those_that_would_be_written(
    qtbot: QtBot, dialog: ExportDialog, temporary: Path
) -> None:
    options = ReportOptions(paper="letter", stills=False, replace_names=True)
    preview = asked(dialog, options)
    qtbot.waitUntil(lambda: preview.document.pageCount() > 0, timeout=60_000)
    pages = preview.document.pageCount()
    texts = [preview.document.getAllText(page).text() for page in range(pages)]
    assert "Report on recording" in texts[0]
    assert f"Page {pages} of {pages}" in texts[-1]
    size = preview.document.pagePointSize(0)
    assert (round(size.width()), round(size.height())) == (612, 792)
    assert not preview.start_button.isVisible()
    assert not dialog.folder.exists()
    assert not list(temporary.iterdir())
    preview.reject()


def test_closing_gives_the_pages_up(
    qtbot: QtBot, dialog: ExportDialog, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(_case: object, folder: Path, _options: object, progress: Progress) -> list[Path]:
        (folder / "half").touch()
        while True:
            progress.raise_if_cancelled()
            threading.Event().wait(0.01)

    monkeypatch.setitem(FORMATS, "pdf", replace(FORMATS["pdf"], write=endless))
    preview = asked(dialog, ReportOptions())
    qtbot.waitUntil(lambda: list(temporary.glob("*/half")) != [], timeout=60_000)
    preview.reject()
    assert not preview.isVisible()
    qtbot.waitUntil(lambda: not list(temporary.iterdir()), timeout=60_000)


def test_only_where_a_report_is_chosen_it_is_offered(dialog: ExportDialog) -> None:
    dialog.take(ExportChoice(("csv",)))
    assert not dialog.pages_button.isVisible()
    dialog.boxes["evidence"].setChecked(True)
    assert dialog.pages_button.isVisible()


def test_without_qts_pdf_it_says_so(dialog: ExportDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fead_desktop.gui.dialogs.preview", None)
    dialog.pages_button.click()
    assert dialog.said.text().startswith("Pages can't be shown on this computer")
