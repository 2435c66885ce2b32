"""Does the grid search, which knows no truth, pick parameters that find the planted moments nearly as well as any?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.crossfit import score_frames, score_sequences
from fead_desktop.anomalies.tuning import Parameters, make_detector, tune
from fead_desktop.anomalies.views import View
from fead_desktop.progress import NoProgress
from tests.benchmarks.judging import frame_precision
from tests.benchmarks.plants import Truth

Array = npt.NDArray[np.float64]

#: Of the best in the grid.
ENOUGH = 0.9


def searched(
    view: View, time_s: Array, truths: Sequence[Truth], *, seed: int = 1
) -> dict[str, dict[str, Any]]:
    """Search on rows that hold moments, as a recording does, and compare with the moments.

    Returns
    -------
    for each detector the average precision over frames of every point of its grid, and the number of the picked one.
    """
    found = {}
    for each in tune(view, time_s, seed=seed, progress=NoProgress()):
        points = [tried.parameters for tried in each.tried]
        precisions = [
            frame_precision(time_s, _scored(each.detector, point, view, time_s, seed), truths)
            for point in points
        ]
        found[each.detector] = {
            "points": [dict(point) for point in points],
            "precisions": precisions,
            "picked": points.index(each.chosen),
        }
    return found


def is_near_best(found: dict[str, Any]) -> bool:
    """Tell whether the picked point is within a tenth of the best."""
    return bool(found["precisions"][found["picked"]] >= ENOUGH * max(found["precisions"]))


def _scored(detector: str, parameters: Parameters, view: View, time_s: Array, seed: int) -> Array:
    """Score every row by models that did not see its block, as the analysis does."""
    if detector == "autoencoder":

        def sequence(fold: int) -> Any:
            return make_detector(detector, seed * 100 + fold, parameters)

        return score_sequences(sequence, view, time_s)[0]
    return score_frames(partial(make_detector, detector, seed, parameters), view, time_s)
