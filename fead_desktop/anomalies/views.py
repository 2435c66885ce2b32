"""Feature views: which columns are looked at together, scaled against the person's own baseline.

Velocities are no columns: beside the expression measures (differences over 0.2 s, smoothed, in robust σ) they bring
the average precision over events of the planted suite's 169 moments from 0.757 to 0.755 (robust), from 0.815 to 0.803
(mahalanobis) and of the ranking from 0.925 to 0.920, and cost a recording up to 46, 20 and 20 % of it. Over frames it
rises (0.56 to 0.62, 0.68 to 0.78, 0.83 to 0.88), but events are what is listed, and the course in time has a detector
of its own in the windowed autoencoder.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.windows import sampling_interval
from fead_desktop.features import expression
from fead_desktop.features.measures import EMOTIONS, MEASURE_NAMES
from fead_desktop.features.table import FeatureTable, FloatArray

Matrix = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

EXPRESSION = "expression"
EMOTION_VIEW = "emotions"

#: The views that exist only with components of the embeddings.
COMPONENT_VIEWS = (_COMPONENTS, ALL) = ("components", "all")

#: Outer eye distance below which the mesh's noise is larger than most expressions.
LEAST_SIZE_PX = 16.0
#: More of the face than this covered: a hand pushes the mesh about long before it hides much of it.
MOST_OCCLUSION = 0.04
#: Head turned or nodded so far that half of the mesh is a guess, in degrees.
MOST_YAW_DEG = 45.0
MOST_PITCH_DEG = 40.0
#: A hand is on its way before it covers enough of the face to be noticed.
OCCLUSION_MARGIN_S = 0.4
#: A column measured in fewer of the usable rows than this is left out of a view.
LEAST_COLUMN_SHARE = 0.5

#: Added to an emotion score before the logarithm: FER's scores below it say nothing.
EMOTION_EPSILON = 0.02
#: Least spread of a log-ratio that is believed: FER's own jitter from frame to frame.
EMOTION_FLOOR = 0.4
#: Least spread of a component or embedding column as a share of the view's typical spread.
RELATIVE_FLOOR = 0.25


@dataclass(frozen=True)
class View:
    """Columns that a detector sees together.

    matrix : (n, d) float64, in robust σ from the person's own baseline; NaN in rows that are not usable.
    mask : (n,) bool, True where the row is usable. Nothing is imputed.
    ordinary : (n,) bool, the rows that count as this person's usual behaviour; None = all.
    """

    name: str
    columns: tuple[str, ...]
    matrix: Matrix
    mask: Mask
    ordinary: Mask | None = None

    @property
    def usable(self) -> Matrix:
        """The usable rows, (mask.sum(), d)."""
        return self.matrix[self.mask]

    @property
    def learned(self) -> Mask:
        """The usable rows that may be learned from, (n,)."""
        return self.mask if self.ordinary is None else self.mask & self.ordinary


def build_views(
    table: FeatureTable, components: FloatArray | None, ordinary: Mask | None = None
) -> dict[str, View]:
    """Build all feature views of one person.

    Parameters
    ----------
    table : FeatureTable
        One person's rows, sorted by time.
    components : array (n, k) or None
        UMAP or PCA components of the embeddings, one row per row of the table.
    ordinary : (n,) bool
        The rows that the baseline is read off and that detectors may learn from; None = all. The part of the
        head pose in the measures is geometry, not behaviour, and is read off all rows.

    Returns
    -------
    dict of view by name: "expression", "emotions", "emotion <name>" for each of the seven, "all",
    "components", "embedding". A view whose columns were never measured is absent.
    """
    seen = quality_mask(table)
    usual = seen if ordinary is None else seen & ordinary
    emotions = emotion_log_ratios(table)
    names = tuple(
        f"component {k + 1}" for k in range(0 if components is None else components.shape[1])
    )
    reduced = np.empty((len(table), 0)) if components is None else components.astype(np.float64)
    embedded = table.embedding.astype(np.float64)
    dimensions = tuple(f"embedding {k + 1}" for k in range(embedded.shape[1]))
    scaled_emotions = scaled(emotions, usual, EMOTION_FLOOR)
    views = [
        as_view(EXPRESSION, MEASURE_NAMES, expression_sigma(table, seen, usual), seen),
        as_view(EMOTION_VIEW, EMOTIONS, scaled_emotions, seen),
        *(
            as_view(f"emotion {name}", (name,), scaled_emotions[:, [k]], seen)
            for k, name in enumerate(EMOTIONS)
        ),
        as_view(_COMPONENTS, names, scaled(reduced, usual, None), seen),
        as_view("embedding", dimensions, scaled(embedded, usual, None), seen),
    ]
    if names:
        together = np.concatenate([scaled(reduced, usual, None), scaled_emotions], axis=1)
        views.append(as_view(ALL, (*names, *EMOTIONS), together, seen))
    return {view.name: replace(view, ordinary=ordinary) for view in views if view is not None}


def one_face_a_frame(table: FeatureTable) -> FeatureTable:
    """Return a person's rows with only the best face of each frame: with a mesh, then the largest.

    Two boxes of one face, or a poster of the person in the picture, give a frame two rows; a course in time has
    one value at a time.
    """
    if np.all(np.diff(table.frame_number) > 0):
        return table
    measured = np.isfinite(table.expression).any(axis=1)
    size = np.nan_to_num(table["size_px"].astype(np.float64), nan=-1.0)
    confidence = np.nan_to_num(table["confidence"].astype(np.float64), nan=-1.0)
    best_first = np.lexsort((-confidence, -size, ~measured, table.frame_number))
    frames = table.frame_number[best_first]
    return table.select(best_first[np.append(True, np.diff(frames) > 0)])


def quality_mask(table: FeatureTable) -> Mask:
    """Return the rows whose face could be seen well enough to be compared, (n,) bool.

    Rows without a mesh, too small, turned too far, or covered (with a margin in time) are False. A quality
    that was not measured does not count against a row.
    """
    time_s = table.time_s
    covered = np.nan_to_num(table["occlusion"].astype(np.float64), nan=0.0) > MOST_OCCLUSION
    seen: Mask = np.isfinite(table.expression).any(axis=1)
    seen &= ~(table["size_px"].astype(np.float64) < LEAST_SIZE_PX)
    seen &= ~(np.abs(table["yaw_deg"].astype(np.float64)) > MOST_YAW_DEG)
    seen &= ~(np.abs(table["pitch_deg"].astype(np.float64)) > MOST_PITCH_DEG)
    if covered.any():
        when = time_s[covered]
        after = np.searchsorted(when, time_s)
        nearest = np.minimum(
            np.abs(time_s - when[np.clip(after, 0, len(when) - 1)]),
            np.abs(time_s - when[np.clip(after - 1, 0, len(when) - 1)]),
        )
        seen &= nearest > OCCLUSION_MARGIN_S
    return seen


def expression_sigma(table: FeatureTable, seen: Mask, usual: Mask | None = None) -> Matrix:
    """Return the expression measures in robust σ from the person's baseline, (n, m).

    Blinks are closed and, where the recording allows it, what follows from the head pose is taken out. The
    baseline is that of the ``usual`` rows (n,), None = of those ``seen``.
    """
    values = table.expression.astype(np.float64)
    values[~seen] = np.nan
    values = np.asarray(expression.close_blinks(table.time_s, values), np.float64)
    values = np.asarray(
        expression.remove_pose(
            table.time_s, values, table["yaw_deg"], table["pitch_deg"], table["roll_deg"]
        ),
        np.float64,
    )
    baseline = expression.baseline(values if usual is None else values[usual])
    return np.asarray(expression.deviations(values, baseline), np.float64)


def emotion_log_ratios(table: FeatureTable) -> Matrix:
    """Return the centred log-ratios of the seven scores, (n, 7); smoothed over three neighbouring rows.

    Scores add up to one, so their plain differences mislead (Aitchison 1986, "The Statistical Analysis of
    Compositional Data").
    """
    scores = _median_of_three(table.time_s, table.emotions.astype(np.float64))
    logs = np.log(scores + EMOTION_EPSILON)
    ratios: Matrix = logs - logs.mean(axis=1, keepdims=True)
    return ratios


def _median_of_three(time_s: npt.NDArray[np.float64], values: Matrix) -> Matrix:
    if len(values) < 3:
        return values
    smooth = values.copy()
    near = 2.6 * sampling_interval(time_s)
    middle = np.median(np.stack([values[:-2], values[1:-1], values[2:]]), axis=0)
    joined = (time_s[2:] - time_s[:-2] <= 2 * near)[:, None] & np.isfinite(middle)
    smooth[1:-1] = np.where(joined, middle, values[1:-1])
    return smooth


def scaled(values: Matrix, usual: Mask, floor: float | Matrix | None) -> Matrix:
    """Scale columns (n, d) by median and MAD over the usual rows (n,), to robust σ.

    ``floor`` is the least spread that is believed, one for all columns or (d,); None = a share of the typical one.
    """
    if not values.shape[1] or not usual.any():
        return np.full(values.shape, np.nan)
    measured = np.isfinite(values[usual]).any(axis=0)
    center, spread = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    for k in np.flatnonzero(measured):  # an hour of embeddings would be held three more times
        known = values[usual, k]
        center[k] = np.nanmedian(known)
        spread[k] = 1.4826 * np.nanmedian(np.abs(known - center[k]))
    least = floor if floor is not None else RELATIVE_FLOOR * float(np.median(spread))
    sigma: Matrix = values - center
    sigma /= np.maximum(np.maximum(spread, least), 1e-9)
    sigma[:, ~measured] = np.nan
    return sigma


def as_view(name: str, columns: tuple[str, ...], matrix: Matrix, seen: Mask) -> View | None:
    """Return a view of the columns that were measured often enough, in the rows in which all of them were."""
    if not columns or not seen.any():
        return None
    share = np.isfinite(matrix[seen]).mean(axis=0)
    kept = share >= LEAST_COLUMN_SHARE
    if not kept.any():
        return None
    matrix = matrix[:, kept]
    mask = seen & np.isfinite(matrix).all(axis=1)
    matrix[~mask] = np.nan
    return View(name, tuple(np.asarray(columns)[kept].tolist()), matrix, mask)
