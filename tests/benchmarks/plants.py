"""Moments planted into the suite's series, most by what an expression does to this face, a sample in the pictures.

The change of the identity embedding is planted too: the ancestor looks at little else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.views import build_views
from fead_desktop.faces.face import BoundingBox, Picture
from fead_desktop.features.embedding import EMBEDDERS
from fead_desktop.features.table import FeatureTable
from fead_desktop.models.device import shared_thread_count
from fead_desktop.pipeline.picture_plants import RESPONSE_FACES, PicturePlanter, Rows
from fead_desktop.pipeline.selftest import Amounts, ordinary_rows, usual_spread
from fead_desktop.planting.expressions import PLANTED_EXPRESSIONS
from fead_desktop.planting.plants import Floats, Placed, Plant, Response, place
from fead_desktop.progress import NoProgress
from fead_desktop.video.frame_index import build_frame_index
from tests.benchmarks.recordings import Series, digest, numbers_of, sources, with_change

MAGNITUDES = (3.0, 5.0, 6.0, 8.0)
DURATIONS_S = (0.3, 0.5, 1.0, 2.0)
#: So many a series, 4 % of its time.
EACH = 12
#: So many of them are warped into the pictures.
IN_PICTURES = 3

_VARIANTS = tuple(variant for kind in PLANTED_EXPRESSIONS for variant in kind)
_CELLS = [(magnitude, length) for magnitude in MAGNITUDES for length in DURATIONS_S]


@dataclass(frozen=True)
class Truth:
    """A planted moment: from onset to offset its driving measure moves up to ``magnitude`` robust σ."""

    kind: str
    magnitude: float
    duration_s: float
    start_s: float
    end_s: float
    in_pictures: bool

    def __str__(self) -> str:
        where = ", in pictures" if self.in_pictures else ""
        return (
            f"{self.kind} {self.magnitude:g} σ {self.duration_s:g} s at {self.start_s:.1f} s{where}"
        )


class EmbeddingPlanter(PicturePlanter):
    """Measures identity embeddings too: what a warp changes is (m + 7 + d,)."""

    def __init__(self, recording: Path, width: int):
        super().__init__(recording, build_frame_index(recording), shared_thread_count())
        known = {embedder.dimension: embedder for embedder in EMBEDDERS.values()}
        self._embedder = known[width]()

    def measure(
        self, pictures: Sequence[Picture], box: BoundingBox, roll_deg: float
    ) -> Floats | None:
        """Return (n, m + 7 + d); None where one of the faces isn't found."""
        measured = super().measure(pictures, box, roll_deg)
        if measured is None:
            return None
        meshes = [self._mesh.landmarks_where(each, box, roll_deg) for each in pictures]
        crops = [
            self._embedder.crop(each, mesh) for each, mesh in zip(pictures, meshes, strict=True)
        ]
        return np.concatenate([measured, self._embedder.embed(crops)], axis=1)

    def changes(
        self, clip: FeatureTable, wanted: Sequence[tuple[int, int, float, Plant]]
    ) -> Iterator[tuple[int, Floats]]:
        """Warp pictures: of each (row of the series, row of the clip, amount, plant) yield the row and its change."""
        rows: Rows = np.unique([row for _, row, _, _ in wanted])
        for found, face in self._faces(clip, rows):
            for at, row, amount, plant in wanted:
                if row == found:
                    change = face.changed_by(plant.expression, amount)
                    if change is not None:
                        yield at, change


def with_moments(series: Series, number: int, cells: int) -> tuple[FeatureTable, list[Truth]]:
    """Plant :data:`EACH` moments into a series; kept, so that it costs its time once.

    number : of the draw, which decides places and expressions.
    cells : how many moments were planted before, so that all magnitudes and lengths come in turn.
    """
    state = digest(
        series.table.to_bytes(),
        *sources("planting", "features"),
        (Path(__file__)).read_bytes(),
        str((number, cells)).encode(),
    )
    kept = series.folder / f"planted_{series.person}_{number}_{state}.npz"
    if not kept.exists():
        change, truths = _planted(series, number, cells)
        told = json.dumps([asdict(truth) for truth in truths])
        np.savez_compressed(kept, change=change.astype(np.float32), truths=np.array(told))
    with np.load(kept) as found:
        truths = [Truth(**values) for values in json.loads(str(found["truths"]))]
        return with_change(series.table, found["change"].astype(np.float64)), truths


def _planted(series: Series, number: int, cells: int) -> tuple[Floats, list[Truth]]:
    rng = np.random.default_rng([number, cells, series.person])
    table = series.table
    change = np.zeros(numbers_of(table).shape)
    with EmbeddingPlanter(series.file, table.embedding.shape[1]) as planter:
        amounts = _amounts(series, planter)
        plants = _drawn(rng, amounts, cells)
        moments = place(rng, plants, table.time_s, _free(table))
        placed = [
            Placed(plant, moment, amounts.of(plant))
            for plant, moment in zip(plants, moments, strict=False)
        ]
        possible = [k for k, each in enumerate(placed) if each.amount <= each.plant.expression.most]
        in_pictures = set(rng.permutation(possible)[:IN_PICTURES].tolist())
        wanted = []
        for k, each in enumerate(placed):
            course = each.amount * each.moment.envelope(table.time_s)
            rows = np.flatnonzero(course > 0)
            if k in in_pictures:
                wanted += [
                    (int(row), int(series.row_of[row]), float(course[row]), each.plant)
                    for row in rows
                ]
            else:
                change[rows] += amounts.responses[each.plant.expression].at(course[rows])
        for row, moved in planter.changes(series.clip, wanted):
            change[row] += moved
    truths = [
        Truth(
            each.plant.expression.kind,
            each.plant.magnitude,
            each.plant.duration_s,
            each.moment.start_s,
            each.moment.end_s,
            k in in_pictures,
        )
        for k, each in enumerate(placed)
    ]
    return np.nan_to_num(change), truths


def _amounts(series: Series, planter: EmbeddingPlanter) -> Amounts:
    """Measure what each expression does to this face, or read what was measured before."""
    clip = series.clip
    state = digest(clip.to_bytes(), *sources("planting", "features"))
    kept = series.folder / f"responses_{series.person}_{state}.npz"
    if not kept.exists():
        ordinary = np.flatnonzero(build_views(clip, None)["expression"].mask)
        rng = np.random.default_rng(series.person)
        faces = np.sort(rng.choice(ordinary, min(RESPONSE_FACES, len(ordinary)), replace=False))
        found = planter.responses(clip, faces, _VARIANTS, NoProgress())
        arrays = {f"amount{k}": each.amount for k, each in enumerate(found)}
        np.savez_compressed(
            kept, **arrays, **{f"change{k}": each.change for k, each in enumerate(found)}
        )
    with np.load(kept) as arrays:
        responses = {
            variant: Response(arrays[f"amount{k}"], arrays[f"change{k}"])
            for k, variant in enumerate(_VARIANTS)
        }
    return Amounts(responses, usual_spread(series.table))


def _drawn(rng: np.random.Generator, amounts: Amounts, cells: int) -> list[Plant]:
    """Return moments of the next cells in turn, the longest last: where they don't fit the others do."""
    plants = []
    for number in range(cells, cells + EACH):
        magnitude, length = _CELLS[(number * 7) % len(_CELLS)]
        drawn = [Plant(_VARIANTS[k], magnitude, length) for k in rng.permutation(len(_VARIANTS))]
        plants += [plant for plant in drawn if np.isfinite(amounts.of(plant))][:1]
    return sorted(plants, key=lambda plant: plant.duration_s)


def _free(table: FeatureTable) -> npt.NDArray[np.bool_]:
    """Return the rows at which a moment may stand: wherever the face is seen well, whatever it does there."""
    return ordinary_rows(table, build_views(table, None), ())
