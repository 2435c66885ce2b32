"""Commands end with one clear sentence and the exit code of the contract."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fead_desktop import __main__ as program
from fead_desktop import cli, logs
from fead_desktop.anomalies.events import AnomalyEvent, Reason
from fead_desktop.case import edits
from fead_desktop.case.case import Coverage, Person, RecordingFacts
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.purpose import Purpose
from fead_desktop.case.selftest import Cell, PersonSelftest, Selftest
from fead_desktop.case.store import Case
from fead_desktop.errors import (
    CancelledError,
    CaseError,
    FeadError,
    ModelError,
    NoFaceError,
    OutputError,
    RecordingError,
    UsageError,
    WorkerDiedError,
)
from fead_desktop.pipeline import supervisor
from fead_desktop.pipeline.protocol import AnalysisOutcome, AnalysisProgress, AnalysisRequest
from fead_desktop.report.summary import summary
from fead_desktop.review.verdict import Verdict


@pytest.fixture(autouse=True)
def _log_file_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("FEAD_LOGS_DIR", str(tmp_path / "logs"))
    root = logs.logging.getLogger(logs.ROOT)
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "propagate", root.propagate)
    yield
    for handler in root.handlers:
        handler.close()


@pytest.fixture
def run(capsys):
    """Run a command as the shell would; returns (exit code, standard output, standard error)."""

    def run_command(*arguments: str | Path) -> tuple[int, str, str]:
        code = cli.main([str(each) for each in arguments], open_window=lambda path: 77)
        written = capsys.readouterr()
        return code, written.out, written.err

    return run_command


@pytest.fixture
def supervised(monkeypatch):
    """Take the place of the worker: keeps requests, answers with ``supervised.answer``."""

    class Supervised:
        def __init__(self) -> None:
            self.requests: list[AnalysisRequest] = []
            self.answer = CancelledError("not told what to answer")

        def __call__(self, request, on_progress, is_cancelled):
            self.requests.append(request)
            on_progress(AnalysisProgress("faces", 1, 2, 0.5, 3.0, "Finding faces"))
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

    stand_in = Supervised()
    monkeypatch.setattr(supervisor, "supervise", stand_in)
    return stand_in


def finished_case(path: Path) -> Path:
    reasons = tuple(Reason(f"measure_{k}", f"lid opening ({k})", 9.04 - k, 0.4) for k in range(4))
    with Case.create(path) as case:
        case.recording = RecordingFacts("a.mp4", "ab", 1, 640, 480, 100, 90.0, False)
        case.put_results(
            parameters=AnalysisParameters(),
            coverage=Coverage(10, 0, 0.0),
            persons=[Person(1, "Person 1", 0, 0.0, 1.0, 1.0)],
            events=[
                AnomalyEvent(
                    1,
                    1,
                    "expression",
                    "fusion",
                    83.0,
                    83.4,
                    84.0,
                    1,
                    2,
                    3,
                    5.0,
                    1e-4,
                    reasons,
                    flagged=True,
                )
            ],
            thumbnails={},
            models=(),
            versions={},
            timings={},
        )
    return path


def assert_one_sentence(err: str) -> None:
    assert len(err.strip().splitlines()) == 1, err
    assert err.endswith(".\n"), err
    assert "Traceback" not in err


WRONG = [
    ("no-such-command",),
    ("analyze",),
    ("analyze", "a.mp4", "--no-such-option"),
    ("analyze", "a.mp4", "--fps"),
    ("analyze", "a.mp4", "--fps", "fast"),
    ("analyze", "a.mp4", "--fps", "nan"),
    ("analyze", "a.mp4", "--fps", "-1"),
    ("analyze", "a.mp4", "--fps", "1001"),
    ("analyze", "a.mp4", "--start", "nan"),
    ("analyze", "a.mp4", "--end", "inf"),
    ("analyze", "a.mp4", "--start", "-1"),
    ("analyze", "a.mp4", "--start", "2", "--end", "2"),
    ("analyze", "a.mp4", "--region", "1,2,3"),
    ("analyze", "a.mp4", "--region", "0,0,8,8"),
    ("analyze", "a.mp4", "--detector", "best"),
    ("analyze", "a.mp4", "--embedder", "best"),
    ("analyze", "a.mp4", "--progress", "fancy"),
    ("analyze", "a.mp4", "--num-anomalies", "0"),
    ("analyze", "a.mp4", "--false-alarms", "0"),
    ("analyze", "a.mp4", "--num-components", "0"),
    ("analyze", "a.mp4", "--num-components", "101"),
    ("analyze", "a.mp4", "--num-components", "²"),
    ("analyze", "a.mp4", "--num-components", "many"),
    ("analyze", "a.mp4", "--batch-size", "0"),
    ("analyze", "a.mp4", "--batch-size", "1.5"),
    ("export",),
    ("export", "a.fead", "--to", ""),
    ("export", "a.fead", "--to", "csv,docx"),
    ("demo", "--seed", "-1"),
    ("demo", "-o", "."),
    ("models",),
    ("models", "import", "yunet"),
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_usage_is_code_2(run, supervised, arguments):
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert_one_sentence(err)
    assert supervised.requests == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError, 2), (RecordingError, 3), (NoFaceError, 4), (ModelError, 5), (CaseError, 6),
        (OutputError, 7), (WorkerDiedError, 8), (CancelledError, 130), (FeadError, 1),
    ],
)  # fmt: skip
def test_every_kind_of_error_has_its_exit_code(run, supervised, error, code):
    supervised.answer = error("What happened, and what to do.")
    assert run("analyze", "a.mp4", "--progress", "none") == (
        code, "", "What happened, and what to do.\n",
    )  # fmt: skip


def test_the_unexpected_is_one_sentence_and_its_traceback_is_in_the_log(run, supervised, tmp_path):
    supervised.answer = RuntimeError("inner detail")
    code, _, err = run("analyze", "a.mp4", "--progress", "none")
    assert code == 1
    assert "RuntimeError" in err
    assert "inner detail" not in err
    assert len(err.splitlines()) == 1
    assert "inner detail" in (tmp_path / "logs" / "fead.log").read_text()


def test_a_full_disk_behind_standard_output_is_code_7(run, supervised):
    supervised.answer = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    code, _, err = run("analyze", "a.mp4", "--progress", "none")
    assert code == 7
    assert_one_sentence(err)


def test_ctrl_c_is_code_130(run, monkeypatch):
    def interrupted() -> dict:
        raise KeyboardInterrupt

    monkeypatch.setattr("fead_desktop.models.registry.registry", interrupted)
    assert run("models", "list") == (130, "", "Cancelled.\n")


def test_the_result_is_listed_as_the_clients_document_shows(run, supervised, tmp_path):
    case = finished_case(tmp_path / "a.fead")
    supervised.answer = AnalysisOutcome(case, tmp_path, 1, 1, ("The recording breaks off.",))
    code, out, err = run("analyze", "a.mp4", "-o", tmp_path, "--progress", "none")
    assert code == 0
    assert err == "The recording breaks off.\n"
    assert out.splitlines() == [
        "Time of top 1 anomalies:",
        "- 00:01:23.400  person 1  lid opening (0) +9.0 σ; lid opening (1) +8.0 σ; lid opening (2) +7.0 σ  flagged",
        f"Details saved to '{tmp_path / 'anomaly_detection_results_person_1.csv'}'",
    ]


def test_the_defaults_are_those_of_the_contract(run, supervised):
    run("analyze", "films/Gespräch 1 😀.mp4", "--progress", "none")
    (request,) = supervised.requests
    assert request.parameters == AnalysisParameters(
        rate_fps=10.0, start_s=None, end_s=None, detector="auto", embedder="auto", num_anomalies=10,
        num_components=0, batch_size=32,
    )  # fmt: skip
    assert request.recording == Path("films/Gespräch 1 😀.mp4")
    assert request.output == Path("Gespräch 1 😀-fead")
    assert request.case == Path("Gespräch 1 😀-fead/Gespräch 1 😀.fead")
    assert request.restart is False


def test_every_option_reaches_the_analysis(run, supervised):
    run(
        "analyze", "a.mp4", "-o", "out", "--fps", "0", "--start", "1.5", "--end", "9", "--detector",
        "mtcnn", "--embedder", "dlib", "--num-anomalies", "3", "--num-components", "5", "--batch-size",
        "8", "--false-alarms", "0.5", "--restart", "--progress", "none",
        "--region", "10,20,300,200",
    )  # fmt: skip
    (request,) = supervised.requests
    assert request.parameters == AnalysisParameters(
        0.0, 1.5, 9.0, "mtcnn", "dlib", 3, 5, 8,
        false_alarms_per_minute=0.5, region=(10, 20, 300, 200),
    )  # fmt: skip
    assert not request.provisional
    assert (request.output, request.restart) == (Path("out"), True)


def test_purpose_and_legal_basis_are_kept_also_where_the_analysis_ends_early(
    run, supervised, tmp_path
):
    finished_case(tmp_path / "a.fead")
    run("analyze", "a.mp4", "-o", tmp_path, "--purpose", "training", "--legal-basis", "consent")
    run("analyze", "a.mp4", "-o", tmp_path, "--legal-basis", "court order")
    run("analyze", "a.mp4", "-o", tmp_path)
    with Case.open(tmp_path / "a.fead") as case:
        assert case.purpose == Purpose("training", "court order")
    code, _, err = run("analyze", "a.mp4", "-o", tmp_path, "--purpose", "x" * 1001)
    assert code == 2
    assert_one_sentence(err)
    assert len(supervised.requests) == 3


def test_progress_as_json_is_one_object_a_line(run, supervised):
    import json

    _, _, err = run("analyze", "a.mp4", "--progress", "json")
    first, sentence = err.splitlines()
    assert json.loads(first) == {
        "stage": "faces", "done": 1, "total": 2, "overall": 0.5, "remaining_s": 3.0,
        "message": "Finding faces",
    }  # fmt: skip
    assert sentence == "not told what to answer"


def test_a_bar_is_drawn_on_terminals_only(run, supervised):
    assert run("analyze", "a.mp4")[2] == "not told what to answer\n"


def test_exporting_names_the_files_it_wrote(run, tmp_path):
    finished_case(tmp_path / "a.fead")
    code, out, err = run("export", tmp_path / "a.fead", "--to", "json", "-o", tmp_path / "out ü")
    assert (code, err) == (0, "")
    assert out == f"{tmp_path / 'out ü' / 'summary.json'}\n"


@pytest.mark.parametrize("content", [None, b"", b"no database at all", b"SQLite format 3\x00junk"])
def test_what_is_no_case_is_code_6(run, tmp_path, content):
    path = tmp_path / "a.fead"
    if content is not None:
        path.write_bytes(content)
    code, out, err = run("export", path, "-o", tmp_path / "out")
    assert (code, out) == (6, "")
    assert_one_sentence(err)
    assert not (tmp_path / "out").exists()


def test_a_case_without_results_is_code_6(run, tmp_path):
    Case.create(tmp_path / "a.fead").close()
    code, _, err = run("export", tmp_path / "a.fead", "-o", tmp_path / "out")
    assert code == 6
    assert_one_sentence(err)


def test_models_are_listed_with_state_and_licence(run):
    code, out, _ = run("models", "list")
    assert code == 0
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert "CC0-1.0" in lines["dlib_face"]
    assert "missing" in lines["yunet"]


def test_importing_what_is_not_the_model_is_code_5(run, tmp_path):
    (tmp_path / "wrong.onnx").write_bytes(b"wrong")
    for arguments in (("yunet", tmp_path / "wrong.onnx"), ("yunet", "none"), ("no-model", "none")):
        code, _, err = run("models", "import", *arguments)
        assert code == 5
        assert_one_sentence(err)


def test_without_a_command_the_window_opens(run):
    assert run()[0] == 77
    assert run("open", "a.fead")[0] == 77


def test_the_version_is_told(run):
    code, out, _ = run("--version")
    assert (code, out.split()[:2]) == (0, ["FEAD", "Desktop"])


def test_without_a_display_the_window_says_so(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError, match="no display"):
        program._open_window(None)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert program.has_display()


def test_a_console_that_has_no_sigma_gets_an_escape_for_it(tmp_path):
    code = "from fead_desktop.__main__ import main; import sys; sys.argv[1:] = ['--help']; main(); print('\\u03c3')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == b"\\u03c3"


def test_a_self_test_prints_its_table_and_keeps_it(run, monkeypatch, tmp_path) -> None:
    cells = (Cell("wider smile", 5.0, 0.5, 100, 96), Cell("pucker", 8.0, 1.0, 72, 72))
    result = Selftest("by rank", 7, (PersonSelftest(1, "Anna", cells),))

    def fake(case, seed, on_progress, is_cancelled):
        with Case.open(case) as opened:
            opened.put_selftest(replace(result, seed=seed))

    monkeypatch.setattr(supervisor, "supervise_selftest", fake)
    path = tmp_path / "a.fead"
    Case.create(path).close()
    code, out, _ = run("selftest", path, "--seed", "7", "--progress", "none")
    assert code == 0
    assert "in 96 of 100 tries" in out
    assert "96 % (90–98)" in out
    with Case.open(path) as case:
        assert case.selftest == result
        assert summary(case)["selftest"]["persons"][0]["recall"][0]["recall"] == 0.96


def test_merge_joins_two_copies_and_says_what_they_disagree_on(run, tmp_path):
    first, second, output = (tmp_path / f"{name}.fead" for name in "abc")
    with Case.create(first) as case:
        case.recording = RecordingFacts("/a/b.mp4", "ab" * 32, 1, 640, 360, 300, 10.0, False)
        case.save_copy(second)
    for path, minute, answers in (
        (first, 1, ("confirmed", "rejected")),
        (second, 2, ("rejected", "rejected")),
    ):
        with Case.open(path) as case:
            for frame, answer in enumerate(answers):
                for reviewer in ("Anna", path.stem):
                    said = Verdict(
                        0, reviewer, 1, frame, answer, time_utc=f"2026-01-01T00:0{minute}"
                    )
                    case.do(edits.add_verdict(case.marks(), said))
    code, out, _ = run("merge", first, second, "-o", output)
    assert code == 0
    assert "4 verdicts, 0 markers, 0 ranges" in out
    assert "Conflict: Anna judged the event of person 1 at frame 0 confirmed" in out
    assert "Agreement of Anna, a, b: Fleiss' κ" in out
    assert "Agreement of Anna and a: Cohen's κ 1.00" in out
    assert run("merge", first, second, "-o", output)[0] == 7
    with Case.open(second) as case:
        case.recording = replace(case.recording, sha256="cd" * 32)
    code, _, err = run("merge", first, second, "-o", tmp_path / "d.fead")
    assert (code, err.count("\n")) == (6, 1)
