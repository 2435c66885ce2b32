"""The window program: QApplication, theme, what happens to unexpected errors. Imports nothing heavy."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import (
    QCoreApplication,
    QEventLoop,
    QMessageLogContext,
    QObject,
    QSize,
    Qt,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication, QMessageBox, QStyle

from fead_desktop import APP_ID, APP_NAME, __version__
from fead_desktop.errors import FeadError, OutputError
from fead_desktop.gui import theme
from fead_desktop.gui.dialogs.purpose import PurposeAsker
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.standby import Standby
from fead_desktop.logs import logger, start_logging
from fead_desktop.pipeline.supervisor import ReadyWorker
from fead_desktop.settings import load_settings

_PICTURE_TIMEOUT_MS = 60_000
#: A picture may be taken without what is still missing then, if the moment itself is shown.
_LAST_TOUCHES_MS = 10_000


def main(argv_path: str | None) -> int:
    """Open the window, on a recording or a case if one is named; returns the exit code."""
    log_file = start_logging()
    qInstallMessageHandler(_log_qt_message)
    app = make_application()
    sys.excepthook = ErrorBox(log_file)
    # Python sees Ctrl+C only between its own instructions; the system's default ends the program at once.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    worker = ReadyWorker()
    window = MainWindow()
    Standby(window.session, worker)
    PurposeAsker(window.session, window)
    fit_to_screen(window)
    window.show()
    # What is there now stays; looking through it again and again would hold the window up for a tenth of a second.
    gc.freeze()
    gc.enable()
    if argv_path is not None:
        window.session.open_path(Path(argv_path))
    code = app.exec()
    worker.close()
    return code


def fit_to_screen(window: MainWindow) -> None:
    """Let the window fill a screen that it would reach over, with its title bar, where it was never placed."""
    bar = window.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
    room = window.screen().availableGeometry().adjusted(0, bar, 0, 0).size()
    if not window.settings.window and window.size().boundedTo(room) != window.size():
        window.setWindowState(Qt.WindowState.WindowMaximized)


def make_application() -> QApplication:
    """Return the application with its name and its theme; the one that is there, if there is one."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([APP_ID])
    app.setApplicationName(APP_ID)
    app.setApplicationDisplayName(APP_NAME)
    app.setApplicationVersion(__version__)
    app.setDesktopFileName(APP_ID)
    settings = load_settings()
    theme.use(app, settings.theme, settings.font_scale)
    return app


def save_window_picture(
    case_path: Path, picture: Path, size: tuple[int, int] = (1440, 900)
) -> None:
    """Open a case without a display, wait for its first event's frame, and save what the window shows.

    Raises
    ------
    FeadError
        When the case can't be opened, its frame isn't shown in time, or the picture can't be written.
    """
    if QCoreApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        start_logging()
        qInstallMessageHandler(_log_qt_message)
    make_application()
    window = MainWindow()
    try:
        window.resize(QSize(*size))
        window.show()
        _Photographer(window).wait_for(case_path)
        picture.parent.mkdir(parents=True, exist_ok=True)
        if not window.grab().save(str(picture)):
            raise OutputError(f"The picture can't be written to '{picture}'.")
    except OSError as error:
        raise OutputError(
            f"The picture can't be written to '{picture}': {error.strerror}."
        ) from error
    finally:
        window.close()
        window.deleteLater()
        QCoreApplication.processEvents()


def _log_qt_message(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    """Qt's own remarks help nobody on a terminal; they go to the log."""
    serious = kind in {QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg}
    logger("qt").log(logging.ERROR if serious else logging.INFO, text)


class _Photographer(QObject):
    """Waits until the window shows the first event of a case."""

    def __init__(self, window: MainWindow):
        super().__init__(window)
        self._session = window.session
        self._filmstrip = window.player.filmstrip
        self._loop = QEventLoop(self)
        self._refusal = ""
        self._wanted: int | None = None

    def wait_for(self, case_path: Path) -> None:
        session = self._session
        session.refused.connect(self._refused)
        session.results_changed.connect(self._opened)
        session.frame_shown.connect(self._frame_shown)
        QTimer.singleShot(_PICTURE_TIMEOUT_MS, self, self._too_late)
        session.open_path(case_path)
        self._loop.exec()
        if self._refusal:
            raise FeadError(self._refusal)
        QCoreApplication.processEvents()

    def _opened(self) -> None:
        session = self._session
        if session.events:
            self._wanted = session.events[0].peak_frame
            QTimer.singleShot(0, self, session.next_event)
        elif session.index is None:
            QTimer.singleShot(0, self, self._loop.quit)
        else:
            self._wanted = 0

    def _frame_shown(self, frame: int) -> None:
        if frame == self._wanted:
            self._session.frame_shown.disconnect(self._frame_shown)
            QTimer.singleShot(_LAST_TOUCHES_MS, self, self._loop.quit)
            self._look_at_strip()

    def _look_at_strip(self) -> None:
        """The pictures around the moment are decoded after it."""
        if set(self._filmstrip.frames) <= set(self._filmstrip.images):
            QTimer.singleShot(0, self, self._loop.quit)
        else:
            QTimer.singleShot(50, self, self._look_at_strip)

    def _refused(self, sentence: str) -> None:
        self._refusal = sentence
        self._loop.quit()

    def _too_late(self) -> None:
        self._refused("The first event's frame was not shown in time; open the case in the window.")


class ErrorBox:
    """Exception hook: the traceback goes to the log, the analyst reads a sentence."""

    def __init__(self, log_file: Path | None):
        self._log_file = log_file
        self._is_open = False

    def __call__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        logger("gui").error("unexpected", exc_info=(kind, error, trace))
        if self._is_open or QApplication.instance() is None:
            return
        where = f" The details are in '{self._log_file}'." if self._log_file else ""
        text = (
            str(error)
            if isinstance(error, FeadError)
            else (
                f"Something unexpected happened ({kind.__name__}); what was saved before is kept."
            )
        )
        self._is_open = True
        try:
            QMessageBox.warning(QApplication.activeWindow(), APP_NAME, text + where)
        finally:
            self._is_open = False
