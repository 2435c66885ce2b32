"""The stills of an event with the words that belong to them, as every writer shows them."""

from __future__ import annotations

from fead_desktop.report.blocks import EventPictures, Picture
from fead_desktop.report.language import Words
from fead_desktop.report.stills import StillReader
from fead_desktop.video.timebase import format_timecode


def pictures_of(block: EventPictures, reader: StillReader, words: Words) -> list[Picture]:
    """Return the pictures of an event: those cut to the face first, the whole one last."""
    event = block.event
    found = []
    for still in reader.of(event):
        kind, timecode = words(f"event.{still.kind}"), format_timecode(still.time_s)
        own = still.kind in {"usual", "whole", "kept"}
        alt = words(
            f"event.{still.kind}_alt" if own else "event.still_alt",
            kind=kind,
            event=event.event,
            timecode=timecode,
            person=block.person,
        )
        caption = words("event.still", kind=kind, timecode=timecode, frame=still.frame_number)
        found.append(Picture(still.jpeg, caption, alt))
    return found
