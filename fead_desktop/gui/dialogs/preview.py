"""PreviewDialog: the pages of a report as they will be, before a file of it is written."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray
from PySide6.QtPdf import QPdfDocument
from PySide6.QtPdfWidgets import QPdfView
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fead_desktop.gui import theme
from fead_desktop.gui.dialogs.job_dialog import JobDialog
from fead_desktop.gui.jobs.file_jobs import PreviewJob
from fead_desktop.gui.session import Session
from fead_desktop.report.options import ReportOptions


class PreviewDialog(JobDialog):
    """The pages one below the other, as wide as the dialog; they are made while a bar tells how far it is."""

    def __init__(self, session: Session, options: ReportOptions, parent: QWidget | None = None):
        super().__init__(session, "Preview of the report", "Try again", parent)
        self._options = options
        self._data = QBuffer(self)
        self.document = QPdfDocument(self)
        self.pages = QPdfView(self)
        self.pages.setAccessibleName("Pages of the report")
        self.pages.setPageMode(QPdfView.PageMode.MultiPage)
        self.pages.setZoomMode(QPdfView.ZoomMode.FitToWidth)
        self.pages.setDocument(self.document)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(2 * theme.UNIT,) * 4)
        column.setSpacing(theme.UNIT)
        for each in (self.pages, self.bar, self.said, self.buttons):
            column.addWidget(each, 1 if each is self.pages else 0)
        self.resize(96 * theme.UNIT, 88 * theme.UNIT)
        session.recording_closed.connect(self.reject)
        session.analysis_started.connect(self.reject)
        self.start()

    def make_job(self) -> PreviewJob | None:
        """Return what makes the pages."""
        case = self._session.case
        return None if case is None else PreviewJob(case.path, self._options, self._session)

    def show_result(self, result: bytes) -> None:
        """Show the pages."""
        self._data.setData(QByteArray(result))
        self._data.open(QBuffer.OpenModeFlag.ReadOnly)
        self.document.load(self._data)
        self.say("")
        self.start_button.hide()
        self.pages.setFocus()

    def done(self, result: int) -> None:
        """Close, and let go of the pages and then of their bytes."""
        self.document.close()
        self._data.close()
        self._data.setData(QByteArray())
        super().done(result)
