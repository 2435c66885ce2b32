"""ELAN's annotation format 3.0 (``.eaf``): one tier for each tier of the timeline.

Written with the standard library: pympi writes format 2.8 and the time of writing, so that no two exports are
the same. The schema is https://www.mpi.nl/tools/elan/EAFv3.0.xsd.
"""

from __future__ import annotations

import mimetypes
import ntpath
import xml.etree.ElementTree as ET
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from fead_desktop.report.interchange.plain import one_line
from fead_desktop.report.interchange.timeline import Timeline

_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_TYPE = "default-lt"


def eaf(timeline: Timeline, *, author: str, date: str) -> bytes:
    """Return the file; ``date`` as ISO 8601."""
    ET.register_namespace("xsi", _XSI)
    root = ET.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": author,
            "DATE": date,
            "FORMAT": "3.0",
            "VERSION": "3.0",
            f"{{{_XSI}}}noNamespaceSchemaLocation": _SCHEMA,
        },
    )
    header = ET.SubElement(root, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
    if timeline.recording:
        ET.SubElement(header, "MEDIA_DESCRIPTOR", _media(timeline.recording))
    slots = ET.SubElement(root, "TIME_ORDER")
    times = sorted(
        {time for tier in timeline.tiers for each in tier.stretches for time in each.milliseconds}
    )
    slot = {time: f"ts{number}" for number, time in enumerate(times, start=1)}
    for time, name in slot.items():
        ET.SubElement(slots, "TIME_SLOT", TIME_SLOT_ID=name, TIME_VALUE=str(time))
    count = 0
    for tier in timeline.tiers:
        names = {"LINGUISTIC_TYPE_REF": _TYPE, "TIER_ID": tier.name}
        if tier.participant:
            names["PARTICIPANT"] = tier.participant
        element = ET.SubElement(root, "TIER", names)
        for count, stretch in enumerate(tier.stretches, start=count + 1):  # noqa: B020
            start, end = stretch.milliseconds
            annotation = ET.SubElement(
                ET.SubElement(element, "ANNOTATION"),
                "ALIGNABLE_ANNOTATION",
                ANNOTATION_ID=f"a{count}",
                TIME_SLOT_REF1=slot[start],
                TIME_SLOT_REF2=slot[end],
            )
            ET.SubElement(annotation, "ANNOTATION_VALUE").text = stretch.text
    ET.SubElement(
        root,
        "LINGUISTIC_TYPE",
        GRAPHIC_REFERENCES="false",
        LINGUISTIC_TYPE_ID=_TYPE,
        TIME_ALIGNABLE="true",
    )
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="UTF-8", xml_declaration=True))


def _media(recording: str) -> dict[str, str]:
    kind = mimetypes.guess_type(recording)[0] or "video/*"
    path: PurePath = (
        PureWindowsPath(recording) if ntpath.splitdrive(recording)[0] else PurePosixPath(recording)
    )
    url = path.as_uri() if path.is_absolute() else one_line(recording)
    return {
        "MEDIA_URL": url,
        "RELATIVE_MEDIA_URL": f"./{one_line(path.name)}",
        "MIME_TYPE": kind,
    }
