"""Opens made recordings in a real player panel and reads frame numbers back from its pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from fead_desktop.gui.player.player_panel import PlayerPanel
from fead_desktop.gui.session import Session
from tests.helpers.recordings import read_block_code

WAIT_MS = 10_000


class Bench:
    """A session, its player panel, and eyes."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.session = Session()
        self.panel = PlayerPanel(self.session)
        self.panel.resize(480, 420)
        self.panel.show()
        self.shown: list[int] = []
        self.session.frame_shown.connect(self.shown.append)

    def open(self, path: Path) -> None:
        """Open a recording and wait for its first frame."""
        self.shown.clear()
        self.session.open_path(path)
        self.qtbot.waitUntil(lambda: self.shown == [0], timeout=WAIT_MS)

    def go_to(self, frame: int) -> None:
        """Ask for a frame and wait until it is shown exactly."""
        self.session.request_frame(frame)
        self.wait_for(frame)

    def wait_for(self, frame: int) -> None:
        """Wait until a frame is on the screen and everybody was told."""
        self.qtbot.waitUntil(lambda: self.session.frame == frame, timeout=WAIT_MS)

    def picture(self) -> npt.NDArray[np.uint8]:
        """Return what the view shows where its picture lies, (height, width, 3)."""
        view = self.panel.view
        image = (
            view.grab(view.picture_rect()).toImage().convertToFormat(QImage.Format.Format_RGB888)
        )
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
        return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()

    def number(self) -> int | None:
        """Read the frame number from the pixels of the view."""
        return read_block_code(self.picture())


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("FEAD_DATA_DIR", str(tmp_path / "data"))
    made = Bench(qtbot)
    qtbot.addWidget(made.panel)
    yield made
    made.panel.shutdown()
    made.session.shutdown()


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a maker of block recordings that makes each kind once."""
    from tests.helpers.recordings import make_block_recording

    folder = tmp_path_factory.mktemp("recordings")
    made: dict[str, Path] = {}

    def make(name: str, **how: object) -> Path:
        if name not in made:
            made[name] = make_block_recording(folder / name, **how)  # type: ignore[arg-type]
        return made[name]

    return make
