"""The faces stage gives the same rows however its work is cut into batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fead_desktop.arrays import arrays_from_bytes
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import CROPS_STAGE, FACES_STAGE, FRAMES_STAGE, Case
from fead_desktop.features.table import FeatureTable
from fead_desktop.pipeline import face_stage
from fead_desktop.pipeline.face_stage import FaceStage
from fead_desktop.pipeline.protocol import AnalysisRequest
from fead_desktop.pipeline.run import Run
from fead_desktop.progress import NoProgress
from fead_desktop.video.frame_index import build_frame_index
from tests.helpers.data import data_file, needs_data


def made(folder: Path, name: str, batch_size: int, end_s: float, **more: Any) -> dict[str, bytes]:
    """Make the first chunk of a shared recording."""
    recording = data_file(name)
    parameters = AnalysisParameters(batch_size=batch_size, end_s=end_s, **more)
    with Case.create(folder / f"{batch_size}.fead") as case:
        request = AnalysisRequest(recording, case.path, parameters)
        run = Run(request, case, build_frame_index(recording), "", NoProgress())
        try:
            return FaceStage().make(run, 0)
        finally:
            run.close()


@needs_data
def test_any_batch_size_gives_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "video/synth_split2.mp4"
    large = made(tmp_path, name, 32, 3.2)
    monkeypatch.setattr(face_stage, "_MOST_AHEAD", 1)
    small = made(tmp_path, name, 3, 3.2)
    assert large[FRAMES_STAGE] == small[FRAMES_STAGE]
    assert large[CROPS_STAGE] == small[CROPS_STAGE]
    a, b = (FeatureTable.from_bytes(products[FACES_STAGE]) for products in (large, small))
    assert len(a) == len(b) > 30
    for column in a.columns:
        np.testing.assert_allclose(a[column], b[column], atol=1e-4, equal_nan=True, err_msg=column)
    assert np.nanmax(np.abs(a.embedding - b.embedding)) < 0.01


@needs_data
def test_a_chunk_holds_every_frame_and_a_crop_for_every_row(tmp_path: Path) -> None:
    products = made(tmp_path, "video/WolfgangLanger_Pexels.mp4", 32, 4.0)
    table = FeatureTable.from_bytes(products[FACES_STAGE])
    frames = arrays_from_bytes(products[FRAMES_STAGE])
    crops = arrays_from_bytes(products[CROPS_STAGE])
    assert len(frames["frame_number"]) == 40
    assert frames["decoded"].all()
    assert set(table.frame_number) <= set(frames["frame_number"])
    assert len(crops["end"]) == len(table)
    # Bare skin at first, then a hand before the face, also on the rows between two looks for it.
    time_s, occlusion = table.time_s, table["occlusion"]
    assert not np.isnan(occlusion).any()
    assert (occlusion[time_s < 1.8] < 0.02).all()
    assert np.median(occlusion[time_s > 2.6]) > 0.05


@needs_data
def test_in_a_region_only_its_own_faces_are_found(tmp_path: Path) -> None:
    name = "video/synth_split2.mp4"
    index = build_frame_index(data_file(name))
    half = index.width // 2
    everybody = faces_in(made(tmp_path, name, 32, 2.6, start_s=2.0))
    region = (half, 0, half, index.height)
    right = faces_in(made(tmp_path, name, 31, 2.6, start_s=2.0, region=region))
    middle = right["box_x"] + right["box_width"] / 2
    assert len(right) > 0
    assert (middle > half).all()
    expected = everybody["box_x"] + everybody["box_width"] / 2 > half
    assert len(right) == int(expected.sum()) < len(everybody)


def faces_in(products: dict[str, bytes]) -> FeatureTable:
    return FeatureTable.from_bytes(products[FACES_STAGE])
