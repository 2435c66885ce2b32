"""The supervisor ends every worker it started, and says what happened. The workers here are fakes."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.errors import CancelledError, RecordingError, WorkerDiedError
from fead_desktop.pipeline import supervisor
from fead_desktop.pipeline.protocol import AnalysisProgress, AnalysisRequest

REQUEST = AnalysisRequest(Path("a.mp4"), Path("a.fead"), AnalysisParameters())
HEAD = "import sys, os, json, time; first = json.loads(sys.stdin.readline())\n"


def worker(monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    monkeypatch.setattr(supervisor, "worker_command", lambda: [sys.executable, "-c", HEAD + body])


def run(is_cancelled=lambda: False) -> tuple[list[AnalysisProgress], object]:
    seen: list[AnalysisProgress] = []
    return seen, supervisor.supervise(REQUEST, seen.append, is_cancelled)


def test_progress_and_outcome_are_relayed(monkeypatch: pytest.MonkeyPatch) -> None:
    worker(
        monkeypatch,
        """
print(json.dumps({"v": 1, "type": "progress", "stage": "faces", "done": 1, "total": 2, "overall": .5,
                  "remaining_s": None, "message": ""}), flush=True)
print(json.dumps({"v": 1, "type": "outcome", "case": first["case"], "output": None, "events": 3, "persons": 1,
                  "remarks": []}), flush=True)
""",
    )
    seen, outcome = run()
    assert [report.overall for report in seen] == [0.5]
    assert outcome.events == 3
    assert outcome.case == REQUEST.case


def test_the_workers_error_is_raised_here(monkeypatch: pytest.MonkeyPatch) -> None:
    line = {"v": 1, "type": "error", "error": "RecordingError", "message": "Empty.", "exit_code": 3}
    worker(monkeypatch, f"print({str(line)!r}.replace(chr(39), chr(34)), flush=True)")
    with pytest.raises(RecordingError, match=r"Empty\."):
        run()


def test_a_worker_that_dies_silently_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    worker(monkeypatch, "os.kill(os.getpid(), 9)")
    with pytest.raises(WorkerDiedError, match="signal 9"):
        run()


def test_a_worker_that_ctrl_c_ended_before_it_could_listen_was_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker(monkeypatch, "os.kill(os.getpid(), 2)")
    with pytest.raises(CancelledError):
        run(is_cancelled=lambda: True)


def test_nonsense_from_the_worker_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    worker(monkeypatch, "print('Segmentation fault', flush=True); time.sleep(60)")
    with pytest.raises(WorkerDiedError):
        run()


def test_the_grace_may_shrink_while_a_deaf_worker_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker(monkeypatch, "time.sleep(60)")
    graces = iter([60.0, 60.0])
    began = time.monotonic()
    with pytest.raises(CancelledError):
        supervisor.supervise(REQUEST, print, lambda: True, lambda: next(graces, 0.2))
    assert time.monotonic() - began < 50


def test_a_deaf_worker_is_killed_after_the_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "CANCEL_GRACE_S", 0.3)
    worker(monkeypatch, "time.sleep(60)")
    began = time.monotonic()
    with pytest.raises(CancelledError):
        run(is_cancelled=lambda: True)
    assert time.monotonic() - began < 30


def test_the_worker_has_its_environment_from_its_first_import_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    worker(
        monkeypatch,
        """
seen = os.environ["OPENBLAS_NUM_THREADS"] + os.environ["OMP_WAIT_POLICY"]
print(json.dumps({"v": 1, "type": "error", "error": "RecordingError", "message": seen, "exit_code": 3}), flush=True)
""",
    )
    with pytest.raises(RecordingError, match="1ACTIVE"):  # what the user has set stays
        run()


def test_python_files_beside_a_recording_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "av.py").write_text("raise SystemExit('imported from the folder of the recording')")
    (tmp_path / "json.py").write_text(
        "raise SystemExit('imported from the folder of the recording')"
    )
    (tmp_path / "a.mp4").write_text("no recording")
    monkeypatch.chdir(tmp_path)
    request = AnalysisRequest(Path("a.mp4"), Path("a.fead"), AnalysisParameters())
    with pytest.raises(RecordingError, match="is a text file"):
        supervisor.supervise(request, lambda _: None, lambda: False)


#: Says which process it is and what it was told before the request.
STANDS_READY = """
told = first["type"]
first = json.loads(sys.stdin.readline()) if told == "prepare" else first
print(json.dumps({"v": 1, "type": "outcome", "case": first["case"], "output": None, "events": os.getpid(),
                  "persons": 1, "remarks": [told]}), flush=True)
"""


def ready_run(ready: supervisor.ReadyWorker) -> object:
    return ready.supervise(REQUEST, lambda _progress: None, lambda: False)


def test_a_worker_that_stands_ready_takes_the_next_request_and_only_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker(monkeypatch, STANDS_READY)
    ready = supervisor.ReadyWorker()
    ready.prepare()
    first = ready._process
    ready.prepare()
    assert ready._process is first, "one is enough"
    outcome = ready_run(ready)
    assert (outcome.events, outcome.remarks) == (first.pid, ("prepare",))
    assert first.poll() is not None
    assert ready_run(ready).remarks == ("analyze",), "nobody stands ready any more"


def test_a_ready_worker_that_was_ended_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    worker(monkeypatch, STANDS_READY)
    ready = supervisor.ReadyWorker()
    for end in (lambda: ready._process.kill() or ready._process.wait(), ready.close):
        ready.prepare()
        before = ready._process
        end()
        assert before.poll() is not None
        assert ready_run(ready).remarks == ("analyze",)
    ready.close()


def test_the_real_worker_stands_ready_answers_and_ends_when_nobody_asks(tmp_path: Path) -> None:
    ready = supervisor.ReadyWorker()
    ready.prepare()
    with pytest.raises(RecordingError, match="nowhere"):
        ready.supervise(
            AnalysisRequest(tmp_path / "nowhere.mp4", tmp_path / "a.fead", AnalysisParameters()),
            lambda _progress: None,
            lambda: False,
        )
    ready.prepare()
    process = ready._process
    process.stdin.close()  # as when the window is killed
    assert process.wait(60) == 0
    ready.close()
