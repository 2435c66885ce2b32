"""FFmetadata: chapters for each event and marker, which FFmpeg writes into Matroska and MP4.

``ffmpeg -i RECORDING -i FILE -map_metadata 1 -map_chapters 1 -c copy OUT.mkv`` puts them into a copy.
"""

from __future__ import annotations

import re

from fead_desktop.report.interchange.timeline import Timeline

_SPECIAL = re.compile(r"([=;#\\])")


def ffmetadata(timeline: Timeline) -> bytes:
    """Return the chapters; times are milliseconds."""
    lines = [";FFMETADATA1"]
    for cue in timeline.cues:
        start, end = cue.milliseconds
        lines += [
            "",
            "[CHAPTER]",
            "TIMEBASE=1/1000",
            f"START={start}",
            f"END={end}",
            "title=" + _SPECIAL.sub(r"\\\1", cue.text),
        ]
    return ("\n".join(lines) + "\n").encode()
