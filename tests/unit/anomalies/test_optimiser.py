"""The own Adam steps as torch's does, without its compiler."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from fead_desktop.anomalies.optimiser import OneCycleAdam

STEPS = 60


def network() -> torch.nn.Module:
    torch.manual_seed(3)
    return torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.Tanh(), torch.nn.Linear(5, 6))


def loss_of(model: torch.nn.Module, step: int) -> torch.Tensor:
    rows = torch.randn(16, 6, generator=torch.Generator().manual_seed(step)) * 5
    return (model(rows) - rows).square().mean()


def test_steps_are_those_of_torchs_adam_under_its_one_cycle_schedule() -> None:
    ours, theirs = network(), network()
    own = OneCycleAdam(ours.parameters(), 0.02, STEPS)
    adam = torch.optim.Adam(theirs.parameters(), 0.02, fused=True)
    cycle = torch.optim.lr_scheduler.OneCycleLR(adam, 0.02, total_steps=STEPS, pct_start=0.1)
    for step in range(STEPS):
        loss_of(ours, step).backward()
        own.step()
        adam.zero_grad()
        loss_of(theirs, step).backward()
        torch.nn.utils.clip_grad_norm_(theirs.parameters(), 1.0)
        adam.step()
        cycle.step()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, other)


@pytest.mark.parametrize("steps", [1, 5, 10, 80])
def test_the_rate_rises_falls_and_stays_within_its_bounds(steps: int) -> None:
    own = OneCycleAdam(network().parameters(), 0.02, steps)
    rates = [own.schedule(step)[0] for step in range(steps)]
    assert 0 < min(rates) <= max(rates) <= 0.02
    if steps == 80:
        assert max(rates) > 0.019
        assert rates[-1] < 0.0001 < rates[0] < 0.001


def test_its_counts_lie_where_the_parameters_do_as_fused_steps_on_a_gpu_want_them() -> None:
    own = OneCycleAdam([torch.zeros(3, device="meta")], 0.02, STEPS)
    assert [count.device.type for count in own._counts] == ["meta"]


def test_training_does_not_import_torchs_compiler() -> None:
    code = (
        "import sys, numpy as np; from fead_desktop.anomalies.autoencoder import SequenceAutoencoder;"
        "SequenceAutoencoder(steps=5).fit(np.random.default_rng(0).normal(size=(40, 8, 4)));"
        "print('torch._dynamo' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
