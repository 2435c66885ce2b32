"""Opens recordings and says in one sentence why one can't be opened."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fead_desktop.errors import RecordingError, UsageError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream


@dataclass(frozen=True)
class Streams:
    """What a recording holds, in words, by the numbers that :func:`video_stream` and the sound's reader take.

    ``best`` is the video stream that is used where none is chosen.
    """

    video: tuple[str, ...] = ()
    audio: tuple[str, ...] = ()
    best: int = 0


#: What recordings are called, where a folder or a file dialog is searched for them.
RECORDING_SUFFIXES = (
    ".mp4", ".mov", ".mkv", ".avi", ".webm", ".m4v", ".mts", ".m2ts", ".ts", ".wmv", ".mpg", ".mpeg", ".gif",
    ".3gp", ".flv", ".vob",
)  # fmt: skip

#: Demuxers that make "video" out of text.
_TEXT_FORMATS = {"tty", "ansi", "bin", "xbin", "adf", "idf"}

#: Formats that store when a packet is decoded but not when its picture is shown. FFmpeg guesses presentation times
#: for them, and guesses wrong where pictures are stored in another order than they are shown.
_DECODING_TIMES_ONLY = {"avi"}


def check_file(path: Path) -> None:
    """Raise RecordingError unless ``path`` is a readable file with something in it."""
    try:
        if path.is_dir():
            raise RecordingError(f"'{path}' is a folder; choose a recording inside it.")
        if not path.exists():
            raise RecordingError(f"There is no recording at '{path}'.")
        with path.open("rb") as file:
            if not file.read(1):
                raise RecordingError(f"The file '{path}' is empty.")
    except PermissionError as error:
        raise RecordingError(
            f"You have no right to read '{path}'; ask its owner for access."
        ) from error
    except OSError as error:
        raise RecordingError(f"'{path}' can't be read: {error.strerror or error}.") from error


def open_recording(path: Path) -> InputContainer:
    """Open a recording for reading.

    Raises
    ------
    RecordingError
        If the file is missing, a folder, empty, unreadable or not a recording.
    """
    import av

    check_file(path)
    try:
        # Containers such as AVI store decoding times only; genpts derives presentation times from them.
        container = av.open(str(path), options={"fflags": "+genpts"})
    except EOFError as error:
        raise RecordingError(f"'{path}' holds no frames.") from error
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise RecordingError(_why_not_opened(path)) from error
    if set(container.format.name.split(",")) & _TEXT_FORMATS:
        container.close()
        raise RecordingError(f"'{path}' is a text file, not a recording.")
    return container


def video_streams(container: InputContainer) -> list[VideoStream]:
    """Return the recording's moving-picture streams; cover pictures of sound files don't count."""
    from av.stream import Disposition

    return [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]


def video_stream(container: InputContainer, path: Path, number: int | None = None) -> VideoStream:
    """Return a moving-picture stream of the recording.

    Parameters
    ----------
    number : int or None
        Its place among these streams, from 0; None = the best one (:func:`best_stream`).

    Raises
    ------
    UsageError
        If there is no stream of this number.
    RecordingError
        If there is no such stream at all, or its coding is unknown.
    """
    streams = video_streams(container)
    if not streams:
        if container.streams.audio:
            raise RecordingError(f"'{path}' holds sound but no video.")
        raise RecordingError(f"'{path}' holds no video.")
    if number is None:
        number = best_stream(container)
    elif not 0 <= number < len(streams):
        raise UsageError(
            f"'{path.name}' has no video stream {number}; choose one from 0 to {len(streams) - 1}."
        )
    stream = streams[number]
    if not _is_known(stream):
        raise RecordingError(
            f"The video of '{path}' is coded in a way that this program can't decode."
        )
    return stream


def best_stream(container: InputContainer) -> int:
    """Return the number of the stream to use: of those marked as default, else of all, the largest picture.

    Streams that can't be decoded come last; of equal ones the first is taken.
    """
    from av.stream import Disposition

    def rank(stream: VideoStream) -> tuple[bool, bool, int]:
        known = _is_known(stream)
        size = stream.width * stream.height if known else 0
        return known, bool(stream.disposition & Disposition.default), size

    ranks = [rank(stream) for stream in video_streams(container)]
    return ranks.index(max(ranks))


def audio_streams(container: InputContainer) -> list[AudioStream]:
    """Return the recording's sound streams that can be decoded."""
    return [stream for stream in container.streams.audio if _is_known(stream)]


def describe_streams(path: Path) -> Streams:
    """Say what streams a recording holds.

    Raises
    ------
    RecordingError
        If it can't be opened.
    """
    with open_recording(path) as container:
        video = tuple(_video_words(stream) for stream in video_streams(container))
        audio = tuple(_audio_words(stream) for stream in audio_streams(container))
        return Streams(video, audio, best_stream(container) if video else 0)


def _video_words(stream: VideoStream) -> str:
    if not _is_known(stream):
        return "can't be decoded"
    rate = stream.average_rate or stream.guessed_rate
    paced = f"{float(rate):.5g} frames/s" if rate else ""
    return _joined(stream, stream.codec_context.name, f"{stream.width} × {stream.height}", paced)


def _audio_words(stream: AudioStream) -> str:
    channels = f"{stream.channels} channel{'s' * (stream.channels != 1)}"
    return _joined(stream, stream.codec_context.name, channels, f"{stream.rate} Hz")


def _joined(stream: VideoStream | AudioStream, *words: str) -> str:
    title, language = (stream.metadata.get(key, "") for key in ("title", "language"))
    named = [title, "" if language == "und" else language, *words]
    return " · ".join(word for word in named if word)


def _is_known(stream: VideoStream | AudioStream) -> bool:
    # WORKAROUND: typed as always there, but None where FFmpeg has no decoder for the stream.
    return getattr(stream, "codec_context", None) is not None


def packets(
    container: InputContainer,
    stream: VideoStream | AudioStream | None = None,
    on_break: Callable[[], None] | None = None,
) -> Generator[Packet[Any], None, None]:
    """Yield the packets of one stream, or of all, as far as the file can be read.

    Where it can't be read any further the packets end; ``on_break`` is called then.
    """
    import av

    while True:
        try:
            yield from container.demux(stream) if stream is not None else container.demux()
        except IndexError:
            # WORKAROUND: PyAV stumbles over a stream that appears in mid-file (damaged transport streams); the
            # packets behind it are fine. Remove when av.container.InputContainer.demux passes over such packets.
            continue
        except (av.error.FFmpegError, OSError):
            if on_break is not None:
                on_break()
        return


def has_decoding_times_only(container: InputContainer) -> bool:
    """Tell whether packets carry decoding times only; pictures shown in order then take these times in order."""
    return bool(set(container.format.name.split(",")) & _DECODING_TIMES_ONLY)


def is_hole(packet: Packet[VideoStream]) -> bool:
    """Tell whether a packet has a time and no picture: the recorder dropped a frame there."""
    return packet.size == 0 and (packet.dts is not None or packet.pts is not None)


def _why_not_opened(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4096)
    if head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free"}:
        return (
            f"'{path}' is cut off or was never finished: "
            "the table of contents that says where its frames are is missing or damaged."
        )
    if b"\0" not in head:
        return f"'{path}' is a text file, not a recording."
    return f"'{path}' is not a recording, or is too damaged to be read."
