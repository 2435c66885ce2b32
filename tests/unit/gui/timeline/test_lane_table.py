from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fead_desktop.gui.timeline.lane_table import LANES, LaneLayout, fitted_heights


def ids(layout: LaneLayout) -> list[str]:
    return [lane.id for lane in layout.shown]


def test_lanes_are_shown_hidden_and_moved() -> None:
    layout = LaneLayout()
    assert "pose" not in ids(layout)
    layout = layout.with_shown("pose", shown=True)
    assert "pose" in ids(layout)
    assert ids(layout.moved("pose", "events"))[0] == "pose"
    assert ids(layout.moved("events", None))[-1] == "events"
    assert layout.moved("pose", "pose") == layout


def test_a_step_jumps_over_hidden_lanes_and_stops_at_the_ends() -> None:
    layout = LaneLayout().with_shown("emotions", shown=False)
    before = ids(layout)
    down = layout.stepped("score", 1)
    assert ids(down) == [before[0], before[2], before[1], *before[3:]]
    assert ids(down.stepped("score", -1)) == before
    assert layout.stepped(before[0], -1) == layout
    assert layout.stepped(before[-1], 1) == layout
    assert layout.stepped("emotions", 1) == layout


def test_a_height_stays_within_reason_and_ends_fitting() -> None:
    layout = LaneLayout().with_heights({"score": 0.1, "pose": 1000})
    heights = {lane.id: lane.height for lane in layout.lanes}
    least = next(kind.least for kind in LANES if kind.id == "score")
    assert heights["score"] == least
    assert heights["pose"] == 40
    assert not layout.fits


def test_a_layout_survives_as_text() -> None:
    layout = LaneLayout().with_shown("pose", shown=True).moved("pose", "events")
    layout = replace(layout.with_heights({"score": 7.5}), stacked=True, measures=("jaw_drop",))
    assert LaneLayout.from_text(layout.to_text()) == layout
    assert LaneLayout().to_text() == ""


@pytest.mark.parametrize("text", ["", "{", "[]", '{"lanes": 3}', '{"lanes": [["score"]]}', "null"])
def test_damaged_text_gives_the_usual_lanes(text: str) -> None:
    assert LaneLayout.from_text(text) == LaneLayout()


def test_unknown_lanes_are_left_out_and_new_ones_come_hidden() -> None:
    values = json.loads(LaneLayout().with_shown("pose", shown=True).to_text())
    values["lanes"] = [
        ["voice", True, 3.0],
        *[each for each in values["lanes"] if each[0] != "score"],
    ]
    layout = LaneLayout.from_text(json.dumps(values))
    assert {lane.id for lane in layout.lanes} == {kind.id for kind in LANES}
    assert "score" not in ids(layout)


def test_lanes_shrink_to_their_least_and_fill_what_is_left() -> None:
    wanted, least = {0: 20.0, 1: 60.0, 2: 60.0}, {0: 18.0, 1: 25.0, 2: 25.0}
    assert fitted_heights(wanted, least, 30) == least
    assert sum(fitted_heights(wanted, least, 100).values()) == pytest.approx(100)
    wide = fitted_heights(wanted, least, 300)
    assert sum(wide.values()) == pytest.approx(300)
    assert wide[0] == 20, "a single line needs no more"
