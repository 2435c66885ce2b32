from __future__ import annotations

import gc
import itertools
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent, QPixmap
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.errors import FeadError
from fead_desktop.gui import theme
from fead_desktop.gui.app import make_application, save_window_picture
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.session import Session
from fead_desktop.gui.status_bar import StatusBar
from fead_desktop.settings import Settings, load_settings, save_settings
from tests.helpers import recordings
from tests.helpers.cases import make_case
from tests.helpers.supervise import FakeSupervise, finds_events, finds_no_face


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    made = MainWindow()
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


def open_case(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    session = window.session
    with qtbot.waitSignals([session.results_changed, session.frame_shown], timeout=15_000):
        session.open_path(path)


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key) -> None:
    window.activateWindow()
    qtbot.keyClick(window, key)


def test_a_click_on_an_event_shows_its_peak_frame(
    qtbot: QtBot, window: MainWindow, finished_case: Path
) -> None:
    open_case(qtbot, window, finished_case)
    window.session.choose_event(None)
    event = window.session.events[4]
    spot = window.events.table.visualRect(window.events.model.index(4, 2)).center()
    with qtbot.waitSignal(
        window.session.frame_shown,
        timeout=15_000,
        check_params_cb=lambda frame: frame == event.peak_frame,
    ):
        qtbot.mouseClick(window.events.table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert window.statusBar().frame.text() == f"frame {event.peak_frame}"  # type: ignore[attr-defined]


def test_n_and_p_walk_through_the_events(
    qtbot: QtBot, window: MainWindow, finished_case: Path
) -> None:
    open_case(qtbot, window, finished_case)
    for key, rank in ((Qt.Key.Key_N, 1), (Qt.Key.Key_N, 2), (Qt.Key.Key_P, 1)):
        peak = window.session.events[rank - 1].peak_frame
        with qtbot.waitSignal(
            window.session.frame_shown,
            timeout=15_000,
            check_params_cb=lambda frame, peak=peak: frame == peak,
        ):
            press(qtbot, window, key)
        assert window.session.chosen_event == rank


def test_the_person_box_and_the_gallery_agree(
    qtbot: QtBot, window: MainWindow, finished_case: Path
) -> None:
    open_case(qtbot, window, finished_case)
    window.session.choose_person(2)
    assert window.person_box.currentText() == "Person 2"
    window.person_box.setCurrentIndex(0)
    window.person_box.activated.emit(0)
    assert window.session.person is None
    assert window.gallery.list.currentIndex().row() == 0


def test_a_dropped_recording_opens(qtbot: QtBot, window: MainWindow, recording: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(recording))])
    drop = QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with qtbot.waitSignal(window.session.frame_shown, timeout=15_000):
        window.dropEvent(drop)
    assert window.windowTitle().startswith("blocks.mp4")
    # The next thing to do is to analyse.
    qtbot.waitUntil(lambda: window.docks.is_in_front("analysis"))


def test_a_refused_file_is_said_in_the_window(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    with qtbot.waitSignal(window.session.refused, timeout=15_000):
        window.session.open_path(recordings.make_empty(tmp_path / "empty.mp4"))
    assert window.notice.isVisible()
    assert "is empty" in window.notice.text


def test_the_window_offers_to_locate_a_moved_recording(
    qtbot: QtBot,
    window: MainWindow,
    recording: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = Path(shutil.copy(recording, tmp_path / "talk.mp4"))
    case = make_case(tmp_path / "case.fead", here)
    there = here.rename(tmp_path / "moved.mp4")
    with qtbot.waitSignal(window.session.recording_opened, timeout=15_000):
        window.session.open_path(case)
    assert window.notice.isVisible()
    assert "no longer" in window.notice.text
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(there), ""))
    with qtbot.waitSignal(window.session.frame_shown, timeout=15_000):
        window.notice.button.click()
    assert window.session.recording == there
    assert not window.notice.isVisible()


def test_opened_files_are_remembered_with_the_shape_of_the_window(
    qtbot: QtBot, finished_case: Path
) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    window.resize(777, 666)
    window.show()
    open_case(qtbot, window, finished_case)
    window.player.set_overlay(False)
    window.docks.by_name["why"].close()
    window.resizeDocks([window.docks.by_name["timeline"]], [150], Qt.Orientation.Vertical)
    QApplication.processEvents()
    high = window.docks.by_name["timeline"].height()
    window.close()
    assert load_settings().recent_files == (str(finished_case),)

    again = MainWindow()
    qtbot.addWidget(again)
    # The width may be limited by the offscreen screen, the height is not.
    assert again.height() == 666
    again.show()
    QApplication.processEvents()
    assert again.docks.by_name["timeline"].height() == high
    assert not again.docks.is_open("why")
    assert [action.data() for action in again.menus.recent.actions()] == [str(finished_case)]
    assert not again.actions_by_id["overlay"].isChecked()
    assert not again.player.overlay_on
    again.close()


def test_results_appear_when_the_analysis_is_done(qtbot: QtBot, recording: Path) -> None:
    fake = FakeSupervise(finds_events)
    window = MainWindow(Session(supervise=fake))
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitSignal(window.session.frame_shown, timeout=15_000):
        window.session.open_path(recording)
    with qtbot.waitSignal(window.session.analysis_progressed, timeout=15_000):
        window.actions_by_id["analyse"].trigger()
    assert window.actions_by_id["cancel"].isEnabled()
    with qtbot.waitSignal(window.session.analysis_ended, timeout=15_000):
        fake.go_on.set()
    qtbot.waitUntil(lambda: window.docks.is_in_front("persons"))
    assert window.events.model.rowCount() == 3
    assert window.timeline.view.area.lanes
    window.close()


def test_an_error_brings_the_analysis_panel_forward(qtbot: QtBot, recording: Path) -> None:
    fake = FakeSupervise(finds_no_face)
    window = MainWindow(Session(supervise=fake))
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitSignal(window.session.frame_shown, timeout=15_000):
        window.session.open_path(recording)
    window.analyse()
    window.docks.bring_forward("persons")
    with qtbot.waitSignal(window.session.analysis_ended, timeout=15_000):
        fake.go_on.set()
    qtbot.waitUntil(lambda: window.docks.is_in_front("analysis"))
    assert window.analysis.text == "No face was found."
    window.close()


def test_the_window_closes_during_an_analysis(qtbot: QtBot, recording: Path) -> None:
    window = MainWindow(Session(supervise=FakeSupervise(finds_events)))
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitSignal(window.session.frame_shown, timeout=15_000):
        window.session.open_path(recording)
    with qtbot.waitSignal(window.session.analysis_progressed, timeout=15_000):
        window.analyse()
    window.close()
    assert not window.isVisible()


@pytest.mark.parametrize("of", [theme.DARK, theme.LIGHT, theme.HIGH_CONTRAST])
def test_everything_follows_the_theme(
    qtbot: QtBot, window: MainWindow, finished_case: Path, of: theme.Colours
) -> None:
    app = make_application()
    open_case(qtbot, window, finished_case)
    theme.apply(app, of)
    assert theme.colours() == of
    qtbot.waitUntil(lambda: corner_of(window.timeline.view) == of.base.lower())
    assert corner_of(window) == of.window.lower()


def test_the_lanes_of_the_timeline_are_remembered(qtbot: QtBot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    layout = window.timeline.lane_layout.with_shown("pose", shown=True).moved("pose", "events")
    window.timeline.set_lane_layout(layout.with_heights({"score": 7.5}))
    wanted = window.timeline.lane_layout
    window.close()
    again = MainWindow()
    qtbot.addWidget(again)
    assert again.timeline.lane_layout == wanted
    again.close()


def test_a_looped_selection_plays_from_its_beginning(
    qtbot: QtBot, window: MainWindow, finished_case: Path
) -> None:
    open_case(qtbot, window, finished_case)
    window.session.select(60, 90)
    shown: list[int] = []
    window.session.frame_shown.connect(shown.append)
    window.session.loop_selection()
    assert window.player.is_playing
    assert (window.player.play_range.in_frame, window.player.play_range.out_frame) == (60, 90)
    qtbot.waitUntil(lambda: 85 in shown and 60 in shown[shown.index(85) :], timeout=15_000)
    assert all(60 <= frame <= 90 for frame in shown[2:])


def corner_of(widget: QWidget) -> str:
    """The colour near the lower left corner."""
    image = widget.grab().toImage()
    return image.pixelColor(3, image.height() - 3).name().lower()


def test_a_picture_of_the_window_shows_the_first_event(
    qtbot: QtBot, finished_case: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "pictures" / "window.png"
    save_window_picture(finished_case, picture, size=(1200, 760))
    shown = QPixmap(str(picture))
    assert (shown.width(), shown.height()) == (1200, 760)


def test_no_picture_is_made_of_a_case_that_is_not_there(qtbot: QtBot, tmp_path: Path) -> None:
    with pytest.raises(FeadError, match="There is no case"):
        save_window_picture(tmp_path / "none.fead", tmp_path / "window.png")
    assert not (tmp_path / "window.png").exists()


@pytest.mark.endurance
@pytest.mark.real_time
def test_the_window_never_pauses_for_long_when_results_arrive(
    qtbot: QtBot, recording: Path
) -> None:
    """Time the window's thread computes between two beats of a timer; other processes don't count."""
    fake = FakeSupervise(finds_events)
    fake.go_on.set()
    window = MainWindow(Session(supervise=fake))
    qtbot.addWidget(window)
    window.resize(1366, 768)
    window.show()
    with qtbot.waitSignal(window.session.frame_shown, timeout=15_000):
        window.session.open_path(recording)
    beats: list[float] = []
    timer = QTimer(window, interval=10)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: beats.append(time.thread_time()))
    gc.freeze()  # as the program does at its start; the tests' own objects are many more
    timer.start()
    longest = []
    for _ in range(3):
        beats.clear()
        with qtbot.waitSignal(window.session.analysis_ended, timeout=15_000):
            window.session.start_analysis(AnalysisParameters())
        qtbot.wait(400)
        assert len(beats) > 10
        longest.append(max(after - before for before, after in itertools.pairwise(beats)))
    window.close()
    gc.unfreeze()
    assert sorted(longest)[1] < 0.050, longest


def test_each_layout_keeps_its_own_places(qtbot: QtBot, window: MainWindow) -> None:
    docks = window.docks
    docks.by_name["why"].close()
    docks.use("analysis")
    assert docks.is_in_front("analysis")
    docks.by_name["timeline"].close()
    docks.use("review")
    assert not docks.is_open("why")
    assert docks.is_in_front("timeline")
    docks.reset()
    assert docks.is_in_front("why")
    docks.use("analysis")
    assert not docks.is_open("timeline")


@pytest.mark.parametrize("layout", ["review", "analysis"])
def test_each_panel_has_a_place_in_each_layout_also_after_the_next_start(
    qtbot: QtBot, layout: str
) -> None:
    for _ in range(2):
        window = MainWindow()
        qtbot.addWidget(window)
        window.docks.use(layout)
        window.show()
        QApplication.processEvents()
        # What has no place lies in the corner over the menus as soon as it is shown.
        lost = {
            name
            for name, dock in window.docks.by_name.items()
            if window.dockWidgetArea(dock) == Qt.DockWidgetArea.NoDockWidgetArea
        }
        assert not lost
        assert not window.docks.is_open("map") or layout == "analysis"
        window.close()


def test_a_panel_that_a_layout_has_closed_opens_among_the_others(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.docks.bring_forward("map")
    QApplication.processEvents()
    assert window.docks.is_in_front("map")
    assert window.docks.by_name["map"].geometry().top() > window.menuBar().geometry().bottom()


def test_a_damaged_layout_falls_back_to_the_first_one(qtbot: QtBot) -> None:
    save_settings(Settings(layout="nonsense", layouts={"review": "AAAA"}))
    window = MainWindow()
    qtbot.addWidget(window)
    window.show()
    assert window.docks.layout == "review"
    opened = {name for name in window.docks.by_name if window.docks.is_open(name)}
    assert opened == set(window.docks.by_name) - {"map"}
    window.close()


def test_the_window_fits_a_small_screen_also_with_large_text(
    qtbot: QtBot, window: MainWindow, finished_case: Path
) -> None:
    open_case(qtbot, window, finished_case)
    assert window.minimumSizeHint().width() <= 1000
    assert window.minimumSizeHint().height() <= 700
    try:
        for _ in range(3):
            window.change_font_scale(1)
        QApplication.processEvents()
        assert window.minimumSizeHint().width() <= 1366
        assert window.minimumSizeHint().height() <= 768
    finally:
        window.change_font_scale(0)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve persons, one with a long name, 500 events, and a recording with a long name."""
    folder = tmp_path_factory.mktemp("crowded")
    long_name = (
        "the recording that the interviewer of room 12 named on camera B, part 2 of 5, copy.mp4"
    )
    recording = recordings.make_block_recording(folder / long_name, 120)
    names = [f"Person {k}" for k in range(1, 13)]
    names[2] = "Maximiliane Theodora von Hohenstein-Wartenberg zu Lauenstein"
    return make_case(folder / "crowded.fead", recording, names=names, events=500)


@pytest.mark.parametrize("stacked", [False, True])
def test_a_crowded_case_fits_a_small_screen_with_large_text(
    qtbot: QtBot, window: MainWindow, crowded: Path, stacked: bool
) -> None:
    window.resize(1366, 768)
    try:
        for _ in range(3):
            window.change_font_scale(1)
        open_case(qtbot, window, crowded)
        window.timeline.set_lane_layout(replace(window.timeline.lane_layout, stacked=stacked))
        window.session.choose_event(500)
        window.grab()
        QApplication.processEvents()
        assert window.minimumSizeHint().width() <= 1366
        assert window.minimumSizeHint().height() <= 768
        area = window.timeline.view.area
        persons = {lane.person for lane in area.lanes} - {None}
        assert len(persons) == (12 if stacked else 1)
        edges = [area.field_of(k) for k in range(len(area.lanes))]
        assert all(b.top() - a.bottom() == 1 for a, b in itertools.pairwise(edges))
        assert area.field_width > 0.5 * window.width()
    finally:
        window.change_font_scale(0)


def test_the_status_bar_tells_what_is_shown(
    qtbot: QtBot, window: MainWindow, finished_case: Path
) -> None:
    open_case(qtbot, window, finished_case)
    bar = window.statusBar()
    assert isinstance(bar, StatusBar)
    session = window.session
    with qtbot.waitSignal(session.frame_shown, check_params_cb=lambda frame: frame == 50):
        session.request_frame(50)
    assert session.index is not None
    qtbot.waitUntil(lambda: bar.shown.text() == "exact")
    assert bar.frame.text() == "frame 50"
    assert bar.time.text() == "00:00:01.667"
    assert bar.pts.text() == f"pts {session.index.pts[50]}"
    assert bar.rate.text() == "30 frames/s, constant"
    session.index = replace(
        session.index, start_timecode="00:59:59;28", clock_rate=Fraction(30000, 1001)
    )
    session.frame_was_shown(2)
    assert bar.time.text() == "00:00:00.067 · 01:00:00;00"
    window.player.zoom(2.0)
    assert bar.picture.text() != ""
    assert bar.currentMessage() != ""
    session.close()
    assert bar.frame.text() == bar.pts.text() == bar.shown.text() == bar.currentMessage() == ""


def test_the_main_reason_is_seen_without_scrolling(
    qtbot: QtBot, window: MainWindow, finished_case: Path
) -> None:
    open_case(qtbot, window, finished_case)
    window.resize(1440, 900)
    window.docks.reset()
    QApplication.processEvents()
    table = window.events.table
    header = table.horizontalHeader()
    titles = [
        str(window.events.model.headerData(k, Qt.Orientation.Horizontal))
        for k in range(header.count())
    ]
    for title in ("#", "Person", "Timecode", "Score", "Main reason"):
        column = titles.index(title)
        right = header.sectionViewportPosition(column) + header.sectionSize(column)
        assert right <= table.viewport().width(), title
