"""fead verify and fead reproduce: what they say, and with which exit code they end."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from fead_desktop import cli
from fead_desktop.case.store import Case
from fead_desktop.errors import CancelledError
from fead_desktop.pipeline import reproduce as reproduction
from fead_desktop.pipeline.protocol import AnalysisProgress
from fead_desktop.pipeline.reproduce import Reproduction
from fead_desktop.report import packages


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run a command as the shell would; returns (exit code, standard output, standard error)."""
    monkeypatch.setattr("fead_desktop.logs.start_logging", lambda _name: None)

    def run_command(*arguments: str | Path) -> tuple[int, str, str]:
        code = cli.main([str(each) for each in arguments], open_window=lambda path: 77)
        written = capsys.readouterr()
        return code, written.out, written.err

    return run_command


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return packed(tmp_path / "a.evidence.zip", b"a table")


def packed(path: Path, table: bytes) -> Path:
    files = {"a.csv": b"a table", packages.HOW_TO: b"how"}
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    manifest = {"kind": packages.KIND, "files": hashes, "recording": {"sha256": "0"}}
    files[packages.MANIFEST] = json.dumps(manifest).encode()
    hashes[packages.MANIFEST] = hashlib.sha256(files[packages.MANIFEST]).hexdigest()
    files |= {packages.SUMS: packages.sums_text(hashes).encode(), "a.csv": table}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def test_an_untouched_package_ends_well(run, package) -> None:
    code, out, err = run("verify", package)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "'a.evidence.zip': nothing was altered."
    noted = next(line for line in out.splitlines() if line.startswith("Manifest hash: "))[15:]
    assert "can't be excluded" in out
    code, out, _ = run("verify", package, "--manifest-hash", noted)
    assert code == 0
    assert "is the one that was noted" in out


def test_an_altered_package_is_named_and_ends_with_6(run, tmp_path) -> None:
    code, out, _ = run("verify", packed(tmp_path / "b.evidence.zip", b"another"))
    assert code == 6
    assert "Altered: a.csv: was changed" in out


def test_what_is_no_package_is_one_sentence(run, tmp_path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(b"nothing")
    assert run("verify", path)[0] == 6
    code, out, err = run("verify", tmp_path / "none.zip")
    assert (code, out) == (6, "")
    assert err == f"There is no evidence package '{tmp_path / 'none.zip'}'.\n"
    assert run("verify", path, "--manifest-hash", "1")[0] == 2


def test_the_log_of_a_case_is_checked(run, tmp_path) -> None:
    with Case.create(tmp_path / "a.fead") as case:
        case.log("one")
        case.log("two")
    assert run("verify", tmp_path / "a.fead")[0] == 0
    with Case.open(tmp_path / "a.fead") as case:
        case._db.execute("DELETE FROM log WHERE entry = 1")
    code, out, _ = run("verify", tmp_path / "a.fead")
    assert code == 6
    assert "log entry 2" in out


@pytest.mark.parametrize(("shared", "code"), [(4, 0), (3, 6)])
def test_a_reproduction_is_told_and_ends_by_its_tolerance(
    run, package, monkeypatch, shared, code
) -> None:
    def again(path, recording, on_progress, is_cancelled):
        on_progress(AnalysisProgress("faces", 1, 2, 0.5))
        assert not is_cancelled()
        return Reproduction(path, (), 4, 4, shared, same_events=False, same_persons=True)

    monkeypatch.setattr(reproduction, "reproduce", again)
    ended, out, err = run("reproduce", package, "--recording", package, "--progress", "json")
    assert ended == code
    assert f"{shared} events are the same" in out
    assert '"overall": 0.5' in err


def test_a_cancelled_reproduction_keeps_nothing(run, package, monkeypatch) -> None:
    def again(*_):
        raise CancelledError("what was done is kept")

    monkeypatch.setattr(reproduction, "reproduce", again)
    code, _, err = run("reproduce", package, "--recording", package)
    assert (code, err) == (130, "Cancelled; nothing was kept.\n")
