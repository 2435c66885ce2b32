"""Reads each format with its own library, back to (start, end, text) in seconds."""

from __future__ import annotations

from pathlib import Path

import av
import pympi
import webvtt
from praatio import textgrid

from fead_desktop.video.timebase import parse_timecode

Cues = list[tuple[float, float, str]]


def read_eaf(path: Path) -> dict[str, Cues]:
    eaf = pympi.Elan.Eaf(str(path))
    return {
        tier: [
            (start / 1000, end / 1000, text)
            for start, end, text, *_ in sorted(eaf.get_annotation_data_for_tier(tier))
        ]
        for tier in eaf.get_tier_names()
    }


def read_textgrid(path: Path) -> dict[str, Cues]:
    grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=False, reportingMode="error")
    return {
        tier.name: [(entry.start, entry.end, entry.label) for entry in tier.entries]
        for tier in grid.tiers
    }


def read_srt(path: Path) -> Cues:
    return _captions(webvtt.from_srt(str(path)))


def read_vtt(path: Path) -> Cues:
    return _captions(webvtt.read(str(path)))


def read_chapters(path: Path, kind: str | None = None) -> Cues:
    with av.open(str(path), format=kind) as container:
        return [
            (
                float(each["start"] * each["time_base"]),
                float(each["end"] * each["time_base"]),
                each["metadata"]["title"],
            )
            for each in container.chapters()
        ]


def _captions(captions: webvtt.WebVTT) -> Cues:
    return [(parse_timecode(each.start), parse_timecode(each.end), each.text) for each in captions]
