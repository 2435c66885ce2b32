"""The LSTM autoencoder sees time: order matters to it, and to nothing that repeats one vector."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from fead_desktop.anomalies import networks
from fead_desktop.anomalies.autoencoder import SequenceAutoencoder
from fead_desktop.anomalies.classical import RobustMahalanobis
from fead_desktop.anomalies.crossfit import score_frames, score_sequences
from fead_desktop.anomalies.training import LARGEST_Z
from fead_desktop.anomalies.views import EXPRESSION, View, build_views
from fead_desktop.anomalies.windows import WINDOW_S, window_length, window_rows
from tests.helpers.data import data_file, needs_data
from tests.helpers.series import table_of, talking

Array = npt.NDArray[np.float64]


class OneVector(nn.Module):
    """The ancestor's network: whatever goes in, one vector is written for every frame."""

    def __init__(self, features: int, length: int, hidden: int, code: int) -> None:
        super().__init__()
        self.encoder = nn.LSTM(features, hidden, batch_first=True)
        self.to_features = nn.Linear(hidden, features)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        _, (state, _) = self.encoder(windows)
        return self.to_features(state[-1])[:, None, :].expand(-1, windows.shape[1], -1)


@pytest.fixture(scope="module")
def talker() -> tuple[Array, View]:
    time_s, values = talking(seed=0, seconds=60)
    return time_s, build_views(table_of(time_s, values), None)[EXPRESSION]


def error_ratio_after_shuffling(view: View, time_s: Array) -> float:
    """Train on the first 70 %; return error of shuffled over error of true windows of the rest."""
    rng = np.random.default_rng(0)
    rows = window_rows(time_s, view.mask, window_length(time_s))
    until = 0.7 * time_s[-1]
    train = rows[time_s[rows[:, -1]] < until]
    held_out = view.matrix[rows[time_s[rows[:, 0]] > until + WINDOW_S]]
    shuffled = np.stack([window[rng.permutation(len(window))] for window in held_out])
    model = SequenceAutoencoder(seed=1).fit(view.matrix[train])
    return float(model.score_samples(shuffled).mean() / model.score_samples(held_out).mean())


def reordered(view: View, time_s: Array, stretches: int = 6) -> tuple[View, npt.NDArray[np.bool_]]:
    """Shuffle the frames inside some stretches; each keeps exactly its values."""
    rng = np.random.default_rng(0)
    length = window_length(time_s)
    matrix, planted = view.matrix.copy(), np.zeros(len(time_s), bool)
    for start in np.linspace(5, len(time_s) - length - 5, stretches).astype(int):
        matrix[start : start + length] = matrix[start + rng.permutation(length)]
        planted[start : start + length] = True
    return View(view.name, view.columns, matrix, view.mask), planted


def area_under_curve(score: Array, planted: npt.NDArray[np.bool_]) -> float:
    from sklearn.metrics import roc_auc_score

    known = np.isfinite(score)
    return float(roc_auc_score(planted[known], score[known]))


def sequence_score(view: View, time_s: Array) -> Array:
    error, _ = score_sequences(lambda fold: SequenceAutoencoder(seed=fold), view, time_s)
    return error


def test_shuffled_windows_are_harder_to_write_again(talker: tuple[Array, View]) -> None:
    time_s, view = talker
    assert error_ratio_after_shuffling(view, time_s) >= 1.3


def test_finds_reordered_stretches_that_no_per_frame_detector_can_see(
    talker: tuple[Array, View],
) -> None:
    time_s, view = talker
    changed, planted = reordered(view, time_s)
    per_frame = score_frames(RobustMahalanobis, changed, time_s)

    assert area_under_curve(sequence_score(changed, time_s), planted) >= 0.8
    assert abs(area_under_curve(per_frame, planted) - 0.5) <= 0.1


def test_a_decoder_of_one_vector_fails_both(
    talker: tuple[Array, View], monkeypatch: pytest.MonkeyPatch
) -> None:
    time_s, view = talker
    changed, planted = reordered(view, time_s)
    monkeypatch.setattr(networks, "SequenceNetwork", OneVector)

    assert error_ratio_after_shuffling(view, time_s) < 1.3
    assert area_under_curve(sequence_score(changed, time_s), planted) < 0.8


def test_the_code_is_much_shorter_than_the_window(talker: tuple[Array, View]) -> None:
    time_s, view = talker
    model = SequenceAutoencoder()
    assert 10 * model.code <= window_length(time_s) * len(view.columns)


def test_writes_far_more_than_the_mean(talker: tuple[Array, View]) -> None:
    time_s, view = talker
    windows = view.matrix[window_rows(time_s, view.mask, window_length(time_s))]
    model = SequenceAutoencoder(seed=3).fit(windows[:350])
    rest = np.clip(windows[400:], -LARGEST_Z, LARGEST_Z)
    assert model.score_samples(rest).mean() < 0.5 * np.mean(rest**2)


def test_same_seed_same_numbers_whatever_torch_was_doing_before() -> None:
    windows = np.random.default_rng(0).normal(size=(60, 8, 5))
    torch.manual_seed(1)
    first = SequenceAutoencoder(seed=7).fit(windows).score_samples(windows)
    torch.manual_seed(2)
    threads = torch.get_num_threads()
    second = SequenceAutoencoder(seed=7).fit(windows).score_samples(windows)

    assert np.array_equal(first, second)
    assert torch.get_num_threads() == threads
    assert not np.array_equal(
        first, SequenceAutoencoder(seed=8).fit(windows).score_samples(windows)
    )


def test_training_stops_early_where_nothing_can_be_learned() -> None:
    noise = np.random.default_rng(0).normal(size=(200, 8, 5))
    steps: list[int] = []
    model = SequenceAutoencoder(seed=1, steps=150, code=2, check_every=10, patience=1)
    held_out = model._held_out
    model._held_out = lambda windows: steps.append(1) or held_out(windows)  # type: ignore[method-assign, func-returns-value]
    model.fit(noise)
    assert 1 < len(steps) < 15


def test_refuses_a_single_window() -> None:
    with pytest.raises(ValueError, match="at least two windows"):
        SequenceAutoencoder().fit(np.zeros((1, 8, 5)))


def test_a_constant_series_is_no_error() -> None:
    model = SequenceAutoencoder(steps=80).fit(np.zeros((30, 8, 5)))
    assert np.isfinite(model.score_samples(np.zeros((3, 8, 5)))).all()


def looped_clip(name: str, seconds: float = 60.0) -> tuple[Array, View]:
    """Measure a real face at 10 frames a second; play it forward, backward, ... for so long."""
    from fead_desktop.faces.detector import make_detector
    from fead_desktop.faces.landmarks import FaceMesh
    from fead_desktop.features.expression import measure_expression
    from fead_desktop.video.decoder import Decoder
    from fead_desktop.video.frame_index import build_frame_index, sample_frames

    path = data_file(f"video/{name}")
    index, detector, mesh = build_frame_index(path), make_detector("blazeface"), FaceMesh()
    meshes = []
    with Decoder(path, index) as decoder:
        for _, picture in decoder.stream(sample_frames(index, 10.0)):
            assert picture is not None
            meshes.append(mesh.landmarks(picture, detector.detect([picture])[0][0]))
    mesh.close()
    values = measure_expression(np.stack([found for found in meshes if found is not None]))
    there_and_back = np.concatenate([values, values[-2:0:-1]]).astype(np.float64)
    number = round(seconds * 10)
    looped = np.tile(there_and_back, (number // len(there_and_back) + 1, 1))[:number]
    time_s = np.arange(number) / 10
    return time_s, build_views(table_of(time_s, looped), None)[EXPRESSION]


@needs_data
@pytest.mark.journey
def test_sees_time_on_a_real_face_too() -> None:
    time_s, view = looped_clip("liveportrait_d19.mp4")
    changed, planted = reordered(view, time_s)
    per_frame = score_frames(RobustMahalanobis, changed, time_s)

    assert error_ratio_after_shuffling(view, time_s) >= 1.3
    assert area_under_curve(sequence_score(changed, time_s), planted) >= 0.8
    assert abs(area_under_curve(per_frame, planted) - 0.5) <= 0.1
