"""Another tool's measures scored like our own views: how far a frame is from the person's own baseline."""

from __future__ import annotations

import numpy as np

from fead_desktop.anomalies.classical import RobustZ, Scores
from fead_desktop.anomalies.views import Matrix, View, as_view, scaled
from fead_desktop.features.imported import ImportedTable


def imported_sigma(table: ImportedTable) -> tuple[tuple[str, ...], Matrix]:
    """Return the columns that can be scored, and their values in robust σ from the person's median, (n, d).

    Columns that were hardly measured, and what only says yes or no, are left out.
    """
    view = imported_view(table)
    return ((), np.empty((len(table.time_s), 0))) if view is None else (view.columns, view.matrix)


def imported_view(table: ImportedTable) -> View | None:
    """Return the table as a feature view; None where nothing of it can be scored."""
    floors = table.floors()
    if not floors:
        return None
    values = np.stack([table.columns[name].astype(np.float64) for name in floors], axis=1)
    seen = np.isfinite(values).any(axis=1)
    sigma = scaled(values, seen, np.array(list(floors.values())))
    return as_view(table.tool_title, tuple(floors), sigma, seen)


def imported_scores(table: ImportedTable) -> Scores:
    """Return the robust score of each row, (n,): the mean of the four largest deviations; NaN where not measured.

    The score of our view "expression/robust" (:class:`RobustZ`), so both are on one scale of robust σ.
    """
    scores = np.full(len(table.time_s), np.nan)
    view = imported_view(table)
    if view is not None and view.mask.any():
        scores[view.mask] = RobustZ().fit(view.usable).score_samples(view.usable)
    return scores
