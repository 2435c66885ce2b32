"""The doctor measures the real models on this machine and says in sentences what would help."""

from __future__ import annotations

import os
import platform

import pytest

from fead_desktop.errors import CancelledError
from fead_desktop.pipeline import doctor
from fead_desktop.pipeline.doctor import advice, check_up, memory_free_gb, seconds_a_minute
from fead_desktop.progress import NoProgress


def test_a_check_up_measures_every_step_of_the_faces_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_MEASURED_S", 0.05)
    found = check_up(NoProgress())
    assert found.facts["Python"] == platform.python_version()
    assert "missing" not in found.facts.values()
    rates = {rate.step: rate.per_second for rate in found.rates}
    assert list(rates) == ["decoding", "face search", "mesh", "embedding", "emotions"]
    assert all(1 < rate < 100_000 for rate in rates.values())
    assert found.seconds_a_minute == pytest.approx(seconds_a_minute(rates))
    assert any(status.state == "ready" for status in found.models)


def test_a_minute_is_the_sum_of_its_steps() -> None:
    rates = {
        "decoding": 300.0, "face search": 100.0, "mesh": 500.0, "embedding": 250.0, "emotions": 1000.0,
    }  # fmt: skip
    # 1800 frames decoded; of 600 analysed ones every fifth is searched.
    assert seconds_a_minute(rates) == pytest.approx(6 + 600 * (0.002 + 0.002 + 0.004 + 0.001))
    assert seconds_a_minute(rates, rate_fps=20) > 1.4 * seconds_a_minute(rates)


def test_advice_is_given_where_something_is_wrong_and_only_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (0.1, 0.1, 0.1))
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.delenv("FEAD_THREADS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: len(os.sched_getaffinity(0)))
    assert advice(30.0, 8.0) == []
    assert "close other programs" in advice(30.0, 0.5)[0]
    assert "--fps" in advice(90.0, 8.0)[0]
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert "FEAD_THREADS" in advice(30.0, None)[0]
    monkeypatch.setattr(os, "getloadavg", lambda: (70.0, 70.0, 70.0))
    assert "busy" in advice(30.0, None)[1]


def test_memory_is_positive_where_the_system_tells() -> None:
    free = memory_free_gb()
    assert free is None or free > 0


def test_a_check_up_can_be_cancelled() -> None:
    class Cancelled(NoProgress):
        def raise_if_cancelled(self) -> None:
            raise CancelledError("cancelled")

    with pytest.raises(CancelledError):
        check_up(Cancelled())
