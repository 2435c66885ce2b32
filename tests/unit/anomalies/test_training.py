"""Where the networks are trained and in which precision: mixed on a GPU, on the processor exactly as ever."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from fead_desktop.anomalies import training
from fead_desktop.anomalies.autoencoder import SequenceAutoencoder
from fead_desktop.anomalies.training import Autoencoder, training_device, training_precision
from fead_desktop.anomalies.variational import VariationalAutoencoder
from fead_desktop.anomalies.views import EXPRESSION, build_views
from fead_desktop.anomalies.windows import window_length, window_rows
from tests.helpers.series import table_of, talking

NETWORKS = (SequenceAutoencoder, VariationalAutoencoder)


@pytest.fixture(scope="module")
def values() -> dict[type[Autoencoder], np.ndarray]:
    """What each network learns from: windows and rows of somebody who talks for half a minute."""
    time_s, measures = talking(seed=0, seconds=30)
    view = build_views(table_of(time_s, measures), None)[EXPRESSION]
    rows = window_rows(time_s, view.mask, window_length(time_s))
    return {SequenceAutoencoder: view.matrix[rows], VariationalAutoencoder: view.usable}


@pytest.fixture
def mixed(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Autoencoder]], dict[str, set[bool]]]:
    """Return a function that notes whether a network's steps and checks run in mixed precision."""

    def watch(network: type[Autoencoder]) -> dict[str, set[bool]]:
        seen: dict[str, set[bool]] = {"_loss": set(), "_held_out": set()}
        for name, notes in seen.items():
            plain = getattr(network, name)

            def noting(self: Any, *given: Any, plain: Any = plain, notes: set[bool] = notes) -> Any:
                notes.add(any(torch.is_autocast_enabled(device) for device in ("cpu", "cuda")))
                return plain(self, *given)

            monkeypatch.setattr(network, name, noting)
        return seen

    return watch


def bfloat16_here(_device: str) -> AbstractContextManager[Any]:
    return torch.autocast("cpu", torch.bfloat16)


@pytest.mark.parametrize("network", NETWORKS)
def test_on_the_processor_nothing_runs_in_mixed_precision(
    network: type[Any],
    values: dict[type[Any], np.ndarray],
    mixed: Callable[[type[Any]], dict[str, set[bool]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FEAD_DEVICE", "cpu")
    seen = mixed(network)
    network(steps=20).fit(values[network])
    assert seen == {"_loss": {False}, "_held_out": {False}}


@pytest.mark.parametrize("network", NETWORKS)
def test_mixed_precision_trains_to_the_same_order_and_is_checked_in_full(
    network: type[Any],
    values: dict[type[Any], np.ndarray],
    mixed: Callable[[type[Any]], dict[str, set[bool]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FEAD_DEVICE", "cpu")
    plain = network(seed=1).fit(values[network]).score_samples(values[network]).ravel()
    monkeypatch.setattr(training, "training_precision", bfloat16_here)
    seen = mixed(network)
    half = network(seed=1).fit(values[network]).score_samples(values[network]).ravel()

    assert seen == {"_loss": {True}, "_held_out": {False}}
    assert not np.array_equal(plain, half)
    assert spearmanr(plain, half).statistic >= 0.99


@pytest.mark.parametrize("network", NETWORKS)
def test_a_step_leaves_no_tensor_on_the_processor(
    network: type[Any],
    values: dict[type[Any], np.ndarray],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """torch's meta device refuses tensors of another one as a GPU does; it has no numbers to check."""
    monkeypatch.setattr(training, "training_device", lambda: "meta")
    monkeypatch.setattr(network, "_held_out", lambda _self, held_out: float(held_out.is_meta))
    model = network(steps=3).fit(values[network])
    assert all(parameter.is_meta for parameter in model._network.parameters())


@pytest.mark.parametrize(("chosen", "expected"), [("cuda", "cuda"), ("mps", "cpu"), ("cpu", "cpu")])
def test_only_a_cuda_gpu_is_trained_on(
    chosen: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "choose_device", lambda: chosen)
    assert training_device() == expected


@pytest.mark.parametrize("native", [True, False])
def test_a_gpu_without_bfloat16_of_its_own_stays_at_full_precision(
    native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: native)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # autocast says that there is no such GPU here
        precision = training_precision("cuda")
    assert isinstance(precision, torch.autocast) == native
    if native:
        assert (precision.device, precision.fast_dtype) == ("cuda", torch.bfloat16)
