"""Praat's TextGrid, long text format: an interval tier for each tier of the timeline."""

from __future__ import annotations

from collections.abc import Iterator

from fead_desktop.report.interchange.timeline import Tier, Timeline


def textgrid(timeline: Timeline) -> bytes:
    """Return the file; intervals without text fill what lies between the stretches, as Praat wants it."""
    end = _seconds(round(timeline.duration_s * 1000))
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {end}",
        "tiers? <exists>",
        f"size = {len(timeline.tiers)}",
        "item []:",
    ]
    for number, tier in enumerate(timeline.tiers, start=1):
        intervals = list(_intervals(tier, round(timeline.duration_s * 1000)))
        lines += [
            f"    item [{number}]:",
            '        class = "IntervalTier"',
            f"        name = {_quoted(tier.name)}",
            "        xmin = 0",
            f"        xmax = {end}",
            f"        intervals: size = {len(intervals)}",
        ]
        for place, (start_ms, end_ms, text) in enumerate(intervals, start=1):
            lines += [
                f"        intervals [{place}]:",
                f"            xmin = {_seconds(start_ms)}",
                f"            xmax = {_seconds(end_ms)}",
                f"            text = {_quoted(text)}",
            ]
    return ("\n".join(lines) + "\n").encode()


def _intervals(tier: Tier, end_ms: int) -> Iterator[tuple[int, int, str]]:
    at = 0
    for stretch in tier.stretches:
        start, end = stretch.milliseconds
        if start > at:
            yield at, start, ""
        yield start, end, stretch.text
        at = end
    if at < end_ms or not tier.stretches:
        yield at, end_ms, ""


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
