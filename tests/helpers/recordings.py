"""Makes small recordings whose pictures carry their frame number as a block code, and damaged ones."""

from __future__ import annotations

import shutil
import subprocess
import zlib
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
import pytest

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

Picture = npt.NDArray[np.uint8]

_COLUMNS, _ROWS = 6, 4
_NUMBER_BITS, _CHECK_BITS = 18, 6


def block_picture(number: int, size: tuple[int, int] = (160, 120)) -> Picture:
    """Return a (height, width, 3) RGB picture that carries ``number`` (below 2**18) in 6 x 4 grey blocks."""
    cells = np.array(_bits(number), np.uint8).reshape(_ROWS, _COLUMNS)
    width, height = size
    rows = np.arange(height) * _ROWS // height
    columns = np.arange(width) * _COLUMNS // width
    grey = np.where(cells[rows][:, columns] > 0, 225, 30).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def read_block_code(picture: npt.NDArray[np.uint8]) -> int | None:
    """Return the number in a block picture of any size, None where there is no valid code.

    ``picture`` is (height, width, 3 or 4) and shows the whole block picture and nothing else: cut a screenshot
    accordingly.
    """
    height, width = picture.shape[:2]
    bits = []
    for row in range(_ROWS):
        top, bottom = height * (row + 0.3) / _ROWS, height * (row + 0.7) / _ROWS
        for column in range(_COLUMNS):
            left, right = width * (column + 0.3) / _COLUMNS, width * (column + 0.7) / _COLUMNS
            level = picture[int(top) : int(bottom) + 1, int(left) : int(right) + 1, :3].mean()
            if 95 < level < 160:
                return None
            bits.append(int(level > 128))
    number = int("".join(map(str, bits[:_NUMBER_BITS])), 2)
    return number if bits == _bits(number) else None


def make_block_recording(
    path: Path,
    frames: int = 300,
    rate: Fraction | int = 30,
    *,
    codec: str = "libx264",
    gop: int = 30,
    bframes: int = 2,
    vfr: bool = False,
    rotation: int = 0,
    edit_list: int = 0,
    size: tuple[int, int] = (160, 120),
    sample_aspect: Fraction | None = None,
    sound: bool = False,
    faststart: bool = False,
) -> Path:
    """Write a recording whose frame n shows the number n (without an edit list) and return its path.

    Parameters
    ----------
    codec : FFmpeg's name of the encoder; the container follows from the path's suffix.
    gop : most frames from one keyframe to the next.
    vfr : frame intervals vary between one and four steps of ``rate``, seeded.
    rotation : degrees counterclockwise by which a player has to turn the pictures; the pictures are stored turned
        the other way, so that upright pictures show their number.
    edit_list : frames at the beginning that an edit list hides (mp4, mov): the first shown frame carries the
        number ``edit_list``; the frames before it stay in the file, from the keyframe on.
    size : (width, height) of the upright picture, before ``sample_aspect`` widens it.
    sound : adds a tone with a click on each full second (48 kHz mono).
    """
    import av

    path = Path(path)
    target = path.with_name(f"{path.stem}.whole{path.suffix}") if edit_list else path
    step = 1 / Fraction(rate)
    ticks = np.arange(frames)
    if vfr:
        ticks = np.concatenate([[0], np.random.default_rng(7).integers(1, 5, frames - 1).cumsum()])
    with av.open(str(target), "w", options={"movflags": "faststart"} if faststart else {}) as out:
        stored = size[::-1] if rotation in {90, 270} else size
        stream = _add_video(out, codec, Fraction(rate), stored, gop, bframes)
        stream.codec_context.time_base = step
        if sample_aspect is not None:
            stream.codec_context.sample_aspect_ratio = sample_aspect
        if rotation:
            stream.set_display_rotation(rotation)
        audio = out.add_stream("aac", rate=48000, layout="mono") if sound else None
        for n, tick in enumerate(ticks):
            turned = np.rot90(block_picture(n, size), -(rotation // 90))
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(turned), format="rgb24")
            frame.pts, frame.time_base = int(tick), step
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if audio is not None:
            samples = tone_with_clicks(float((ticks[-1] + 1) * step))
            for start in range(0, len(samples), 1024):
                block = av.AudioFrame.from_ndarray(
                    samples[None, start : start + 1024], format="fltp", layout="mono"
                )
                block.sample_rate, block.pts = 48000, start
                block.time_base = Fraction(1, 48000)
                out.mux(audio.encode(block))
            out.mux(audio.encode(None))
    if edit_list:
        _cut_by_edit_list(target, path, edit_list * step)
        target.unlink()
    return path


def tone_with_clicks(seconds: float) -> npt.NDArray[np.float32]:
    """Return 48 kHz samples (n,): a soft 440 Hz tone and a loud 5 ms click on each full second."""
    t = np.arange(round(seconds * 48000)) / 48000
    tone = 0.05 * np.sin(2 * np.pi * 440 * t)
    return np.where(t % 1.0 < 0.005, 0.9, tone).astype(np.float32)


def make_empty(path: Path) -> Path:
    """Write an empty file."""
    path.write_bytes(b"")
    return path


def make_text(path: Path) -> Path:
    """Write a text whatever the file is called."""
    path.write_text("This is a shopping list: apples, bread, tea.\n" * 40, encoding="utf-8")
    return path


def make_audio_only(path: Path) -> Path:
    """Write a recording with sound and no video."""
    import av

    with av.open(str(path), "w") as out:
        audio = out.add_stream("aac", rate=48000, layout="mono")
        block = av.AudioFrame.from_ndarray(
            tone_with_clicks(1.0)[None], format="fltp", layout="mono"
        )
        block.sample_rate = 48000
        out.mux(audio.encode(block))
        out.mux(audio.encode(None))
    return path


def make_zero_frames(path: Path) -> Path:
    """Write a recording that announces a video and holds no frame of it."""
    import av

    with av.open(str(path), "w") as out:
        _add_video(out, "libx264", Fraction(30), (160, 120), 30, 0)
        out.start_encoding()
    return path


def make_one_frame(path: Path, size: tuple[int, int] = (160, 120)) -> Path:
    """Write a recording of a single frame with the number 0."""
    return make_block_recording(path, 1, size=size)


def make_truncated(path: Path, frames: int = 300, share: float = 0.4) -> Path:
    """Write a recording that announces all frames and is cut off after ``share`` of its bytes."""
    make_block_recording(path, frames, faststart=True)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def make_unfinished(path: Path) -> Path:
    """Write an mp4 whose recorder was switched off: its table of contents is missing."""
    make_block_recording(path, 60)
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"moov") - 4])
    return path


def make_corrupt(path: Path, frames: int = 300, damaged: range = range(130, 140)) -> Path:
    """Write a recording in which the packets ``damaged`` (in file order) are overwritten with noise."""
    import av

    make_block_recording(path, frames)
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
        places = [(packets[n].pos, packets[n].size) for n in damaged]
    noise = np.random.default_rng(3)
    with path.open("r+b") as file:
        for place, length in places:
            assert place is not None
            file.seek(place)
            file.write(noise.integers(0, 256, length, np.uint8).tobytes())
    return path


def _bits(number: int) -> list[int]:
    check = zlib.crc32(number.to_bytes(4, "big")) & ((1 << _CHECK_BITS) - 1)
    return [int(bit) for bit in f"{number:0{_NUMBER_BITS}b}{check:0{_CHECK_BITS}b}"]


def _add_video(
    out: OutputContainer,
    codec: str,
    rate: Fraction,
    size: tuple[int, int],
    gop: int,
    bframes: int,
) -> VideoStream:
    options = {
        "libx264": {
            "preset": "ultrafast", "crf": "18", "sc_threshold": "0", "b_strategy": "0",
            "bf": str(bframes), "threads": "1",
        },
        "libx265": {
            "preset": "ultrafast",
            "x265-params": f"log-level=none:pools=1:frame-threads=1:scenecut=0:keyint={gop}:bframes={bframes}",
        },
        "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    }.get(codec, {})  # fmt: skip
    stream = cast("VideoStream", out.add_stream(codec, rate=rate, options=options))
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.codec_context.gop_size = gop
    return stream


def _cut_by_edit_list(source: Path, target: Path, start: Fraction) -> None:
    """Copy a recording without its beginning: the packets from the keyframe on stay, an edit list hides them."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("the ffmpeg command that writes edit lists is not here")
    cut = ["-ss", f"{float(start):.6f}", "-i", str(source), "-c", "copy", str(target)]
    subprocess.run([ffmpeg, "-v", "error", "-y", *cut], check=True, timeout=60)
