"""The process is prepared before heavy imports, and devices are chosen or refused in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fead_desktop.errors import ModelError, UsageError
from fead_desktop.models.device import (
    UNUSED_PACKAGES,
    choose_device,
    configure_torch,
    mediapipe_file,
    shared_thread_count,
    thread_count,
    torch_threads,
    unused_packages_blocked,
)


def run_python(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.strip()


def test_a_prepared_process_keeps_the_users_settings_and_blocks_nothing_for_good() -> None:
    code = (
        "import os, sys\n"
        "from fead_desktop.models.device import prepare_process\n"
        "prepare_process()\n"
        "print([n for n in ('tensorflow', 'jax') if n in sys.modules])\n"
        "print(os.environ['GLOG_minloglevel'], os.environ['OMP_NUM_THREADS'])\n"
    )
    out = run_python(code, GLOG_minloglevel="0", FEAD_THREADS="3", OMP_NUM_THREADS="1")
    assert out.splitlines() == ["[]", "0 1"]


def test_mediapipe_is_imported_without_tensorflow_and_leaves_it_importable() -> None:
    code = (
        "import sys\n"
        "from fead_desktop.models.device import import_mediapipe\n"
        "assert import_mediapipe().solutions.face_mesh\n"
        "print([n for n in ('tensorflow', 'jax') if n in sys.modules])\n"
    )
    assert run_python(code).splitlines()[-1] == "[]"


def test_the_block_ends_with_its_context() -> None:
    before = {name: sys.modules.get(name) for name in UNUSED_PACKAGES}
    with unused_packages_blocked():
        assert all(name in sys.modules for name in UNUSED_PACKAGES)
    assert {name: sys.modules.get(name) for name in UNUSED_PACKAGES} == before


def test_threads_are_the_users_or_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FEAD_THREADS", raising=False)
    assert 1 <= thread_count() <= (os.cpu_count() or 1)
    monkeypatch.setenv("FEAD_THREADS", "7")
    assert thread_count() == 7
    monkeypatch.setenv("FEAD_THREADS", "none")
    with pytest.raises(UsageError, match="FEAD_THREADS"):
        thread_count()


def test_the_device_is_the_users_or_one_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.delenv("FEAD_DEVICE", raising=False)
    torch.zeros(1, device=choose_device())
    monkeypatch.setenv("FEAD_DEVICE", "cpu")
    assert choose_device() == "cpu"
    monkeypatch.setenv("FEAD_DEVICE", "abacus")
    with pytest.raises(UsageError, match="abacus"):
        choose_device()
    for name, present in (
        ("cuda", torch.cuda.is_available()),
        ("mps", torch.backends.mps.is_available()),
    ):
        if not present:
            monkeypatch.setenv("FEAD_DEVICE", name)
            with pytest.raises(UsageError, match="can't use"):
                choose_device()


def test_torch_takes_the_thread_count(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    before = torch.get_num_threads()
    monkeypatch.setenv("FEAD_DEVICE", "cpu")
    monkeypatch.setenv("FEAD_THREADS", "1")
    try:
        assert configure_torch() == "cpu"
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_a_network_that_mediapipe_does_not_carry_is_told_in_a_sentence() -> None:
    assert mediapipe_file("face_detection/face_detection_short_range.tflite").is_file()
    with pytest.raises(ModelError, match=r"0\.10\.21"):
        mediapipe_file("face_detection/nobody.tflite")


def test_networks_side_by_side_share_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    for threads, share in (("1", 1), ("2", 1), ("16", 8)):
        monkeypatch.setenv("FEAD_THREADS", threads)
        assert shared_thread_count() == share


def test_torch_gets_its_threads_back_behind_the_block() -> None:
    import torch

    before = torch.get_num_threads()
    with torch_threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before
