"""Artefact triage: each cause is told by the quantity that it changes, and an expression by none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fead_desktop.anomalies.artefacts import (
    KINDS,
    LIKELY,
    Looks,
    Sound,
    Surroundings,
    artefact_of,
    labelled,
)
from fead_desktop.anomalies.events import AnomalyEvent, Reason
from fead_desktop.features.measures import MEASURE_NAMES
from fead_desktop.features.table import FeatureTable
from tests.helpers.series import bump, table_of, talking

TIME_S, VALUES = talking(seed=4)
MOVED = bump(TIME_S, 30.0, 31.0)
EVENT = AnomalyEvent(
    1, 0, "expression", "fusion", 30.0, 30.5, 31.0, 900, 915, 930, 5.0,
    reasons=(Reason("lip_corner_pull_l", "", 6.0, 0.5), Reason("jaw_drop", "", 3.0, 0.1)),
)  # fmt: skip


def person(**columns: np.ndarray) -> FeatureTable:
    """Return a minute of somebody who is well seen, with some columns replaced."""
    rng = np.random.default_rng(5)
    n = len(TIME_S)
    usual = {
        "sharpness": 150 * 2 ** rng.normal(0, 0.2, n),
        "brightness": rng.normal(120, 1, n),
        "yaw_deg": rng.normal(0, 1.5, n),
        "pitch_deg": rng.normal(-4, 1.0, n),
        "box_x": 100 + rng.normal(0, 1, n),
        "box_y": 80 + rng.normal(0, 1, n),
        "box_width": np.full(n, 120.0),
        "box_height": np.full(n, 150.0),
    }
    return table_of(TIME_S, VALUES, **(usual | columns))


def around(table: FeatureTable, sound: Sound | None = None) -> Surroundings:
    near = table.select(np.abs(table.time_s - EVENT.peak_s) <= 2)
    looks = Looks(np.zeros(len(near)), np.full(len(near), 0.01), np.zeros((len(near), 2)))
    usual = Looks(np.zeros(20), np.full(20, 0.01), np.zeros((20, 2)))
    return Surroundings(near, looks, usual, np.empty(0), sound)


def looks_with(surroundings: Surroundings, **changed: np.ndarray) -> Surroundings:
    return replace(surroundings, near_looks=replace(surroundings.near_looks, **changed))


def moved(surroundings: Surroundings) -> np.ndarray:
    return bump(surroundings.near.time_s, 30.0, 31.0)


def test_an_expression_alone_has_no_artefact_and_says_what_is_not_known() -> None:
    table = person()
    artefact = artefact_of(EVENT, table, around(table))
    assert artefact.label is None
    assert artefact.likelihood < 0.2
    assert list(artefact.likelihoods) == list(KINDS)
    assert artefact.likelihoods["speech"] is None
    assert str(artefact) == ""


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("blur", {"sharpness": 150 / 2 ** (3 * MOVED)}),
        ("head turn", {"yaw_deg": 14 * MOVED}),
        ("head turn", {"pitch_deg": -4 - 12 * MOVED}),
        ("small face", {"size_px": np.full(len(TIME_S), 18.0)}),
        ("occlusion", {"occlusion": 0.2 * MOVED}),
        ("detector switch", {"box_x": 100 + 80.0 * (TIME_S > 30.4)}),
        ("detector switch", {"box_width": np.where(TIME_S > 30.4, 200.0, 120.0)}),
    ],
)
def test_a_column_that_moves_with_the_event_is_named(
    kind: str, columns: dict[str, np.ndarray]
) -> None:
    table = person(**columns)
    artefact = artefact_of(EVENT, table, around(table))
    assert artefact.label == kind
    assert artefact.likelihood >= 0.9
    assert kind in str(artefact)


@pytest.mark.parametrize("kind", ["blur", "head turn"])
def test_what_happens_at_another_time_is_not_this_events_artefact(kind: str) -> None:
    later = bump(TIME_S, 33.0, 34.0)
    table = person(sharpness=150 / 2 ** (3 * later), yaw_deg=14 * later)
    assert artefact_of(EVENT, table, around(table)).likelihoods[kind] == pytest.approx(0, abs=0.1)


def test_more_light_is_no_blur() -> None:
    # Half the light: a quarter of the Laplacian's variance.
    table = person(brightness=120 / 2**MOVED, sharpness=150 / 4**MOVED)
    surroundings = around(table)
    surroundings = looks_with(surroundings, light=-moved(surroundings))
    artefact = artefact_of(EVENT, table, surroundings)
    assert artefact.label == "light change"
    assert artefact.likelihoods["blur"] == pytest.approx(0, abs=0.1)


def test_a_light_that_stays_on_is_a_change_of_light() -> None:
    table = person()
    surroundings = around(table)
    step = 0.6 * (surroundings.near.time_s > 30.5)
    artefact = artefact_of(EVENT, table, looks_with(surroundings, light=step))
    assert artefact.label == "light change"


def test_something_before_the_face_is_an_occlusion_and_outweighs_the_pose_it_feigns() -> None:
    table = person(yaw_deg=20 * MOVED)
    surroundings = around(table)
    covered = looks_with(surroundings, changed=0.01 + 0.2 * moved(surroundings))
    artefact = artefact_of(EVENT, table, covered)
    assert artefact.label == "occlusion"
    assert artefact.likelihoods["head turn"] == 0


def test_a_far_look_explains_the_eyes_and_not_the_mouth() -> None:
    table = person()
    surroundings = around(table)
    gaze = np.zeros((len(surroundings.near), 2))
    gaze[:, 0] = 0.25 * moved(surroundings)
    surroundings = looks_with(surroundings, gaze=gaze)
    assert artefact_of(EVENT, table, surroundings).likelihoods["extreme gaze"] == 0
    eyes = replace(EVENT, reasons=(Reason("lid_open_l", "", -4.0, 0.6),))
    assert artefact_of(eyes, table, surroundings).label == "extreme gaze"


@pytest.mark.parametrize(("apart_s", "likely"), [(-0.3, True), (0.3, True), (1.5, False)])
def test_a_cut_beside_the_event_is_named(apart_s: float, *, likely: bool) -> None:
    table = person()
    surroundings = replace(around(table), cuts_s=np.array([2.0, EVENT.offset_s + apart_s]))
    artefact = artefact_of(EVENT, table, surroundings)
    assert (artefact.label == "shot cut") is likely


def test_a_face_that_was_lost_for_a_moment_is_named() -> None:
    table = person()
    table = table.select((table.time_s < 30.2) | (table.time_s > 30.9))
    assert artefact_of(EVENT, table, around(table)).label == "detector switch"


def speaking(lag_s: float = 0.1, loud_db: float = -20.0) -> tuple[FeatureTable, Sound]:
    """Return a mouth that opens with syllables of a sound, and that sound."""
    fine = np.arange(27.0, 34.0, 0.05)
    syllables = np.sin(2 * np.pi * 2.1 * fine) + 0.7 * np.sin(2 * np.pi * 1.3 * fine + 1)
    phrase = bump(fine, 28.5, 32.5)
    level = -70 + (loud_db + 70) * phrase * (0.75 + 0.12 * syllables)
    values = VALUES.copy()
    opening = MEASURE_NAMES.index("mouth_open")
    values[:, opening] = 0.4 + 0.03 * np.interp(TIME_S + lag_s, fine, phrase * syllables)
    table = person(mouth_open=values[:, opening])
    return table, Sound(fine, level)


def test_a_mouth_that_moves_with_the_sound_speaks() -> None:
    table, sound = speaking()
    artefact = artefact_of(EVENT, table, around(table, sound))
    assert artefact.label == "speech"
    brows = replace(EVENT, reasons=(Reason("brow_inner_raise_l", "", 4.0, 0.6),))
    assert artefact_of(brows, table, around(table, sound)).likelihoods["speech"] == 0


def test_sound_of_somebody_else_and_silence_are_no_speech() -> None:
    table, sound = speaking()
    rng = np.random.default_rng(0)
    other = replace(sound, level_db=-30 + 8 * rng.standard_normal(len(sound.time_s)))
    for heard in (other, replace(sound, level_db=np.full(len(sound.time_s), -90.0))):
        likelihood = artefact_of(EVENT, table, around(table, heard)).likelihoods["speech"]
        assert likelihood is not None
        assert likelihood < LIKELY


def test_an_event_without_pictures_says_that_light_and_gaze_are_not_known() -> None:
    table = person()
    near = around(table).near
    bare = Surroundings(near, Looks.unknown(len(near)), Looks.unknown(0))
    found = artefact_of(EVENT, table, bare).likelihoods
    assert {kind for kind, value in found.items() if value is None} == {
        "light change",
        "extreme gaze",
        "speech",
    }


def test_of_equally_likely_causes_the_one_that_spoils_the_mesh_wins() -> None:
    everything = dict.fromkeys(KINDS, 0.9)
    assert labelled(everything).label == KINDS[0]
    assert labelled(everything | {"shot cut": None}).label == KINDS[1]
    assert labelled(dict.fromkeys(KINDS, 0.49)).label is None
