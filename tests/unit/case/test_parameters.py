"""Parameters come back from their values, and what can't be analysed is refused in one sentence."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fead_desktop.case.parameters import (
    DETECTORS,
    EMBEDDERS,
    AnalysisParameters,
    parse_region,
)
from fead_desktop.errors import UsageError

parameters = st.builds(
    AnalysisParameters,
    rate_fps=st.floats(0, 1000),
    start_s=st.none() | st.floats(0, 1000),
    end_s=st.none() | st.floats(1001, 9000),
    detector=st.sampled_from(DETECTORS),
    embedder=st.sampled_from(EMBEDDERS),
    num_anomalies=st.integers(1, 1000),
    false_alarms_per_minute=st.floats(0.01, 60),
    num_components=st.integers(0, 100),
    batch_size=st.integers(1, 1024),
    seed=st.integers(0, 9),
    region=st.none() | st.tuples(*[st.integers(0, 5000)] * 2, *[st.integers(32, 5000)] * 2),
)


@given(parameters)
def test_parameters_come_back_from_json(given_parameters):
    text = json.dumps(given_parameters.to_dict(), allow_nan=False)
    assert AnalysisParameters.from_dict(json.loads(text)) == given_parameters


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate_fps": -0.1}, {"rate_fps": 1000.1}, {"rate_fps": float("nan")},
        {"start_s": -1.0}, {"start_s": float("nan")}, {"end_s": float("inf")}, {"end_s": 0.0},
        {"start_s": 5.0, "end_s": 5.0}, {"num_anomalies": 0}, {"num_components": -1},
        {"num_components": 101}, {"batch_size": 0}, {"batch_size": 1025}, {"detector": "best"},
        {"embedder": "best"}, {"false_alarms_per_minute": 0.0}, {"false_alarms_per_minute": 60.1},
        {"false_alarms_per_minute": float("nan")},
        {"region": (-1, 0, 40, 40)}, {"region": (0, 0, 31, 40)}, {"region": (0, 0, 40)}, {"region": 7},
        {"region": ("0", "0", "40", "40")},
    ],
    ids=str,
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_one_sentence(wrong):
    with pytest.raises(UsageError) as caught:
        AnalysisParameters(**wrong)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_unknown_names_are_refused():
    with pytest.raises(UsageError, match="colour"):
        AnalysisParameters.from_dict({"colour": "red"})


@pytest.mark.parametrize("text", ["10,20,300,200", " 10, 20 , 300 200 ", "10 20 300 200"])
def test_a_region_is_read_as_it_is_typed(text):
    assert parse_region(text) == (10, 20, 300, 200)


def test_no_region_is_the_whole_picture_and_nonsense_is_refused():
    assert parse_region("  ") is None
    for text in ("1,2,3", "1,2,300,-200", "a,b,c,d", "1.5,2,300,200", "0,0,300,²00", "0,0,8,8"):
        with pytest.raises(UsageError):
            parse_region(text)
