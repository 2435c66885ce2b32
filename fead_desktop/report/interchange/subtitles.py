"""SubRip (SRT) and WebVTT: one cue for each event and marker."""

from __future__ import annotations

import html

from fead_desktop.report.interchange.timeline import Stretch, Timeline
from fead_desktop.video.timebase import format_timecode

#: SubRip knows no way to write these signs other than as markup.
_SRT_SIGNS = str.maketrans({"<": "‹", ">": "›", "{": "(", "}": ")", "\\": "⧵"})


def srt(timeline: Timeline) -> bytes:
    """Return the cues as SubRip."""
    cues = (
        f"{number}\n{_span(cue).replace('.', ',')}\n{cue.text.translate(_SRT_SIGNS)}\n"
        for number, cue in enumerate(timeline.cues, start=1)
    )
    return "\n".join(cues).encode()


def webvtt(timeline: Timeline) -> bytes:
    """Return the cues as WebVTT; what would be markup is escaped."""
    cues = (
        f"{number}\n{_span(cue)}\n{html.escape(cue.text, quote=False)}\n"
        for number, cue in enumerate(timeline.cues, start=1)
    )
    return "\n".join(["WEBVTT\n", *cues]).encode()


def _span(cue: Stretch) -> str:
    start, end = (format_timecode(time / 1000) for time in cue.milliseconds)
    return f"{start} --> {end}"
