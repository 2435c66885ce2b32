"""Other tools' tables: every row finds its frame, whatever is no number counts as not measured, and nothing runs."""

from __future__ import annotations

import numpy as np
import pytest

from fead_desktop.errors import UsageError
from fead_desktop.features.foreign_tables import read_table
from fead_desktop.video.frame_index import FrameIndex, build_frame_index
from tests.helpers.foreign_tables import (
    intensities,
    write_libreface,
    write_openface,
    write_pyfeat,
)
from tests.helpers.recordings import make_block_recording

FRAMES = 60
NONE = (float("nan"),) * 4


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> FrameIndex:
    """Sixty frames whose distances vary."""
    folder = tmp_path_factory.mktemp("vfr")
    found = build_frame_index(make_block_recording(folder / "vfr.mp4", FRAMES, rate=24, vfr=True))
    assert found.variable_frame_rate
    return found


def test_openfaces_frames_count_from_one_and_get_the_recordings_times(index, tmp_path) -> None:
    units = intensities(FRAMES)
    rows = read_table(write_openface(tmp_path / "of.csv", range(FRAMES), units), index)
    assert rows.tool.title == "OpenFace"
    assert list(rows.frame_number) == list(range(FRAMES))
    np.testing.assert_array_equal(rows.time_s, index.times_s)
    np.testing.assert_allclose(rows.columns["AU12_r"], units[12].round(2), atol=1e-6)
    assert {"AU45_c", "pose_Rx"} < set(rows.columns)
    assert not {"gaze_0_x", "x_0", "confidence"} & set(rows.columns)
    assert "differ from those of the recording's frames" in " ".join(rows.remarks)


def test_librefaces_columns_are_known(index, tmp_path) -> None:
    units = {unit: values for unit, values in intensities(FRAMES).items() if unit in (4, 12, 25)}
    rows = read_table(write_libreface(tmp_path / "l.csv", index.times_s * 1000, units), index)
    table = rows.of_person(1, np.arange(FRAMES))
    assert table.tool_title == "LibreFace"
    assert list(table.frame_number) == list(range(FRAMES))
    assert {name: table.title(name) for name in ("au_12_intensity", "au_12")} == {
        "au_12_intensity": "AU12", "au_12": "AU12 present",
    }  # fmt: skip
    assert set(table.floors()) == {"au_4_intensity", "au_12_intensity", "au_25_intensity"}
    assert rows.remarks == ()


def test_pyfeats_skipped_frames_and_frames_without_a_face(index, tmp_path) -> None:
    faces = [(0, (10, 10, 50, 50), 0.2), (10, NONE, 0.9), (20, (10, 10, 50, 50), 0.4)]
    rows = read_table(write_pyfeat(tmp_path / "p.csv", faces), index)
    assert list(rows.frame_number) == [0, 10, 20]
    np.testing.assert_allclose(rows.columns["AU12"], [0.2, np.nan, 0.4], atol=1e-6)
    np.testing.assert_array_equal(rows.box[0], [10, 10, 60, 60])


def test_without_frame_numbers_rows_are_matched_by_time(index, tmp_path) -> None:
    shown = [3, 17, 42]
    text = "timestamp,success,AU12_r\n" + "".join(
        f"{index.times_s[n] + 0.0004:.4f},1,{n / 10}\n" for n in shown
    )
    (tmp_path / "t.csv").write_text(text)
    rows = read_table(tmp_path / "t.csv", index)
    assert list(rows.frame_number) == shown
    np.testing.assert_allclose(rows.columns["AU12_r"], [0.3, 1.7, 4.2], atol=1e-6)


def test_a_spreadsheets_semicolons_and_byte_order_mark_do_no_harm(index, tmp_path) -> None:
    (tmp_path / "s.csv").write_bytes(b'\xef\xbb\xbf"frame";"AU12_r"\r\n1;0.5\r\n2;1.5\r\n')
    rows = read_table(tmp_path / "s.csv", index)
    assert list(rows.columns["AU12_r"]) == [0.5, 1.5]


def test_cells_that_are_no_numbers_are_not_measured_and_are_counted(index, tmp_path) -> None:
    cells = [
        "=cmd|'/C calc'!A0", "<script>alert(1)</script>", "@SUM(1+1)", "1e999", "-inf", "x" * 100_000,
        '"0,5"', "\x00", "0x10", "NaN", "", "2.5",
    ]  # fmt: skip
    lines = ["frame,success,AU12_r,AU01_r"]
    lines += [f"{row + 1},1,{cell},1.0" for row, cell in enumerate(cells)]
    (tmp_path / "=cmd '<b>.csv").write_text("\n".join(lines))
    rows = read_table(tmp_path / "=cmd '<b>.csv", index)
    np.testing.assert_array_equal(rows.columns["AU12_r"], [*[np.nan] * (len(cells) - 1), 2.5])
    assert rows.columns["AU12_r"].dtype == np.float32
    assert rows.remarks == ("Not measured counts for 8 cells that are no numbers.",)


def test_rows_whose_frame_is_no_number_are_left_out(index, tmp_path) -> None:
    lines = [f"{n + 1},{n / 10}" for n in range(FRAMES)] * 4
    lines[7] = "=1+1,9"
    (tmp_path / "f.csv").write_text("frame,AU12_r\n" + "\n".join(lines))
    rows = read_table(tmp_path / "f.csv", index)
    assert len(rows) == 4 * FRAMES - 1
    assert rows.remarks == ("1 rows outside of the recording were left out.",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "is not a table of OpenFace, LibreFace, py-feat"),
        (b"a,b\n1,2\n", "is not a table of OpenFace, LibreFace, py-feat"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is not a table of OpenFace, LibreFace, py-feat"),
        (b"AU12_r,confidence\n1,2\n", "neither the column 'frame' nor 'timestamp'"),
        (b"FaceRectX,frame\n1,2\n", "no action unit or emotion"),
        (b"frame,AU12_r\n", "holds no rows"),
        (b"frame,AU12_r\n1,2\n1,2,3,4\n", "its lines don't have the columns"),
        (b'frame,AU12_r\n1,"2\n', "no measured value|its lines"),
        (b"frame,AU12_r\n1,\n2,=A1\n", "no measured value"),
        (b"frame,success,AU12_r\n1,0,2\n", "no measured value"),
        (b"frame,AU12_r\n61,1\n", "does not belong to this recording: 1 of its 1 rows.* 60 frames"),
        (b"frame,AU12_r\n0,1\n", "does not belong to this recording"),
        (b"timestamp,AU12_r\n99.5,1\n", r"does not belong to this recording.*99.5 s"),
        (b"frame,AU12_r\n=cmd,1\n", "does not belong to this recording"),
    ],
)
def test_what_is_no_table_of_this_recording_is_one_sentence(index, tmp_path, text, said) -> None:
    (tmp_path / "wrong.csv").write_bytes(text)
    with pytest.raises(UsageError, match=said) as refused:
        read_table(tmp_path / "wrong.csv", index)
    assert "wrong.csv" in str(refused.value)
    assert str(refused.value).count("\n") == 0


def test_a_file_that_is_not_there_is_one_sentence(index, tmp_path) -> None:
    with pytest.raises(UsageError, match="can't be read: No such file"):
        read_table(tmp_path / "none.csv", index)
    with pytest.raises(UsageError, match="can't be read: Is a directory"):
        read_table(tmp_path, index)
