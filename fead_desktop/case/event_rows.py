"""Events as rows of the case's table, and back."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

from fead_desktop.anomalies.events import AnomalyEvent, Artefact, Reason

#: What reviewers say of an event is kept apart from it.
_REVIEWED = {"original", "added_by", "known_by"}
#: The columns of an event are its fields; some are kept as JSON.
EVENT_FIELDS = tuple(field.name for field in fields(AnomalyEvent) if field.name not in _REVIEWED)
_JSON_FIELDS = ("reasons", "artefact")


def event_row(event: AnomalyEvent, thumbnail: bytes) -> dict[str, Any]:
    """Return the columns of an event by name; ``thumbnail`` is a JPEG."""
    values = asdict(event)
    as_json = {n: None if values[n] is None else json.dumps(values[n]) for n in _JSON_FIELDS}
    row = {**values, **as_json, "thumbnail": thumbnail}
    return {name: value for name, value in row.items() if name not in _REVIEWED}


def event_of(row: tuple[Any, ...]) -> AnomalyEvent:
    """Return the event of a row with the columns :data:`EVENT_FIELDS`."""
    values = dict(zip(EVENT_FIELDS, row, strict=True))
    values |= {n: None if values[n] is None else json.loads(values[n]) for n in _JSON_FIELDS}
    values["reasons"] = tuple(Reason(**reason) for reason in values["reasons"])
    if values["artefact"] is not None:
        values["artefact"] = Artefact(**values["artefact"])
    values |= {name: bool(values[name]) for name in ("flagged", "extrapolated")}
    return AnomalyEvent(**values)
