"""Whatever is changed in an evidence package is found and named; a package made to do harm does none."""

from __future__ import annotations

import hashlib
import io
import json
import re
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fead_desktop.case.audit import NO_HASH, LogEntry
from fead_desktop.case.store import Case
from fead_desktop.errors import CancelledError, UsageError
from fead_desktop.progress import NoProgress
from fead_desktop.report import packages
from fead_desktop.report.evidence import write_evidence
from fead_desktop.report.log_check import entry_of
from fead_desktop.report.options import ReportOptions
from fead_desktop.report.packages import PackageError
from fead_desktop.report.picture_files import png_bytes
from fead_desktop.report.verification import (
    Verification,
    manifest_hash,
    verify_case_log,
    verify_package,
)
from tests.helpers.cases import make_case
from tests.helpers.recordings import block_picture, make_block_recording

Files = dict[str, bytes]
CASE, CLIP = "case/made.fead", "made.fead-clips/event_01_person_1.mp4"
STILL, OTHER = (f"made.fead-stills/event_0{n}_peak_frame_{n * 14 - 7}.png" for n in (1, 2))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tampering")


@pytest.fixture(scope="module")
def package(folder: Path) -> Path:
    recording = make_block_recording(folder / "made.mp4", 30)
    path = make_case(folder / "made.fead", recording, names=("Person 1",), events=2)
    with Case.open(path) as case:
        for number in range(6):
            case.log("note", number=number)
        options = ReportOptions(clip_margin_s=0.0)
        (written,) = write_evidence(case, folder / "out", options, NoProgress())
    return written


@pytest.fixture(scope="module")
def files(package: Path) -> Files:
    with zipfile.ZipFile(package) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Files, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def checked(files: Files, folder: Path, **more) -> Verification:
    return verify_package(packed(files, folder / "made.evidence.zip"), **more)


def subjects(result: Verification) -> set[str]:
    return {finding.subject for finding in result.findings}


# One byte, in each kind of file -------------------------------------------------------------------------


def kinds(files: Files) -> list[str]:
    """Return one file of each kind."""
    return list({Path(name).suffix or name: name for name in files}.values())


def test_a_changed_byte_is_found_in_each_kind_of_file(package, files, tmp_path) -> None:
    found = kinds(files)
    assert len(found) >= 14
    for name in found:
        data = bytearray(files[name])
        data[len(data) // 2] ^= 1
        result = checked({**files, name: bytes(data)}, tmp_path)
        assert not result.ok
        if name == packages.SUMS:
            assert any(packages.SUMS in str(finding) for finding in result.findings)
        else:
            assert name in subjects(result), name


def test_a_byte_changed_in_the_zip_file_itself_is_found(package, files, tmp_path) -> None:
    raw = package.read_bytes()
    with zipfile.ZipFile(package) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
    for name in kinds(files):
        entry = entries[name]
        at = entry.header_offset + 30 + len(name) + entry.compress_size // 2
        changed = bytearray(raw)
        changed[at] ^= 0x10
        path = tmp_path / "made.evidence.zip"
        path.write_bytes(changed)
        assert name in subjects(verify_package(path)), name


# Files --------------------------------------------------------------------------------------------------


def line_of(files: Files, name: str, data: bytes | None) -> Files:
    """Change a file (None = remove it) and its line in the list."""
    changed = {n: d for n, d in files.items() if n != name} | ({} if data is None else {name: data})
    hashes, _ = packages.read_sums(files[packages.SUMS].decode())
    hashes.pop(name, None)
    if data is not None:
        hashes[name] = hashlib.sha256(data).hexdigest()
    return {**changed, packages.SUMS: packages.sums_text(hashes).encode()}


def relisted(files: Files, **manifest_changes) -> Files:
    """Make list and manifest anew, as somebody would who rebuilds a package."""
    manifest = {**json.loads(files[packages.MANIFEST]), **manifest_changes}
    others = {n: d for n, d in files.items() if n not in {packages.SUMS, packages.MANIFEST}}
    manifest["files"] = {n: hashlib.sha256(d).hexdigest() for n, d in others.items()}
    others[packages.MANIFEST] = json.dumps(manifest).encode()
    hashes = {n: hashlib.sha256(d).hexdigest() for n, d in others.items()}
    return {**others, packages.SUMS: packages.sums_text(hashes).encode()}


def without(files: Files, *names: str) -> Files:
    return {name: data for name, data in files.items() if name not in names}


def renamed(files: Files, old: str, new: str) -> Files:
    return {new if name == old else name: data for name, data in files.items()}


@pytest.mark.parametrize(
    ("change", "subject", "said"),
    [
        (lambda f: {**f, "exports/more.csv": b"1"}, "exports/more.csv", "was added"),
        (lambda f: without(f, CLIP), CLIP, "was removed"),
        (lambda f: renamed(f, CLIP, "clip.mp4"), CLIP, "was renamed to 'clip.mp4'"),
        (lambda f: {**f, STILL: b""}, STILL, "was changed"),
        (lambda f: {**f, STILL: f[OTHER]}, STILL, "other pixels"),
        (lambda f: without(f, packages.SUMS), packages.SUMS, "was removed"),
        (lambda f: without(f, packages.MANIFEST), packages.MANIFEST, "was removed"),
        (lambda f: without(f, packages.LOG), packages.LOG, "was removed"),
        (lambda f: {**f, packages.SUMS: f[packages.SUMS] + b"nonsense\n"}, packages.SUMS, "none of a list"),
        (lambda f: {**f, packages.MANIFEST: b"[" * 9999}, packages.MANIFEST, "can't be read"),
        (lambda f: line_of(f, CLIP, b"other"), CLIP, "together with its line"),
        (lambda f: line_of(f, CLIP, None), CLIP, "removed together with its line"),
        (lambda f: line_of(f, "more.csv", b"1"), "more.csv", "added together with a line"),
        (lambda f: {**f, packages.SUMS: line_of(f, CLIP, None)[packages.SUMS]}, packages.SUMS, "is missing"),
        (lambda f: {**f, packages.SUMS: line_of(f, CLIP, b"x")[packages.SUMS]}, packages.SUMS, "another SHA-256"),
        (lambda f: relisted({**f, STILL: png_bytes(block_picture(99), {})}), STILL, "other pixels"),
        (lambda f: relisted({**f, CASE: b"nothing"}), CASE, "can't be opened"),
    ],
)  # fmt: skip
def test_files_that_were_changed_added_removed_or_renamed_are_named(
    files: Files, tmp_path: Path, change: Callable[[Files], Files], subject: str, said: str
) -> None:
    result = checked(change(files), tmp_path)
    assert any(f.subject == subject and said in f.sentence for f in result.findings), result.lines()


# Log ----------------------------------------------------------------------------------------------------


def log_lines(files: Files) -> list[str]:
    return files[packages.LOG].decode().splitlines()


def with_log(files: Files, lines: list[str], *, relist: bool = False) -> Files:
    changed = {**files, packages.LOG: "".join(f"{line}\n" for line in lines).encode()}
    return relisted(changed) if relist else changed


def rechained(lines: list[str]) -> list[str]:
    """Number and chain entries anew, as somebody would who hides what was done to them."""
    previous, made = NO_HASH, []
    for number, line in enumerate(lines, 1):
        entry = entry_of(line)
        assert entry is not None
        new = LogEntry(number, entry.time_utc, entry.who, entry.action, entry.detail)
        previous = new.hash_after(previous)
        made.append(f"{previous}  {new.canonical()}")
    return made


def forged(line: str) -> str:
    """Change an entry and leave its hash."""
    assert '"note"' in line
    return line.replace('"note"', '"nope"')


@pytest.mark.parametrize("relist", [False, True], ids=["alone", "relisted"])
@pytest.mark.parametrize(
    ("change", "subject"),
    [
        (lambda log: [*log[:3], forged(log[3]), *log[4:]], "log entry 4"),
        (lambda log: [*log[:3], *log[4:]], "log entry 5"),
        (lambda log: [*log[:2], log[3], log[2], *log[4:]], "log entry 3"),
        (lambda log: [*log[:4], log[3], *log[4:]], "log entry 4"),
        (lambda log: [*log[:4], "nonsense", *log[4:]], "log entry 5"),
        (lambda log: log[:-2], "log.txt"),
    ],
    ids=["changed", "removed", "reordered", "inserted", "garbled", "cut off"],
)
def test_a_change_of_the_log_is_named_by_its_entry(
    files: Files, tmp_path: Path, change: Callable, subject: str, relist
) -> None:
    result = checked(with_log(files, change(log_lines(files)), relist=relist), tmp_path)
    assert subject in subjects(result), result.lines()
    if subject == packages.LOG:
        assert "cut off: entries 6 to 7" in " ".join(result.lines())


def ends_as_told(files: Files) -> Files:
    last = entry_of(log_lines(files)[-1])
    assert last is not None
    return relisted(files, log={"entries": last.entry, "head": last.hash})


@pytest.mark.parametrize(
    ("change", "subject", "said"),
    [
        (lambda log: [*log[:3], forged(log[3]), *log[4:]], "log entry 4", "what"),
        (lambda log: log[:-1], "log entry 7", "removed from the log"),
        (lambda log: [*log, log[-1]], "log entry 8", "is not in the case"),
    ],
    ids=["changed", "cut off", "inserted"],
)
def test_a_log_with_a_new_chain_differs_from_the_case(
    files: Files, tmp_path: Path, change: Callable, subject: str, said: str
) -> None:
    lines = rechained(change(log_lines(files)))
    result = checked(ends_as_told(with_log(files, lines)), tmp_path)
    assert any(f.subject == subject and said in f.sentence for f in result.findings), result.lines()


def test_a_log_changed_inside_the_case_is_named(files: Files, tmp_path: Path) -> None:
    case = edited_case(files, tmp_path, "UPDATE log SET action = 'other' WHERE entry = 3")
    result = checked(relisted({**files, CASE: case.read_bytes()}), tmp_path)
    assert subjects(result) == {f"{CASE}, log entry 3", "log entry 3"}
    alone = verify_case_log(case)
    assert subjects(alone) == {"log entry 3"}
    assert "can't be excluded" in " ".join(alone.lines())


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE log SET detail = 'no json' WHERE entry = 2",
        "UPDATE log SET hash = x'ff', who = 7 WHERE entry = 2",
        "UPDATE fact SET value = '{}' WHERE name = 'recording'",
        "DROP TABLE log",
        "PRAGMA user_version = 99",
    ],
)
def test_a_case_that_no_program_wrote_is_said(files: Files, tmp_path: Path, sql: str) -> None:
    case = edited_case(files, tmp_path, sql)
    result = checked(relisted({**files, CASE: case.read_bytes()}), tmp_path)
    assert any(each.startswith(CASE) for each in subjects(result)), result.lines()


@pytest.mark.parametrize(
    "manifest",
    [
        {"log": 5, "stills": [], "files": 3, "recording": "x", "parameters": []},
        {
            "log": {"entries": "x", "head": 1},
            "stills": {"a": 1},
            "files": {"a": 2},
            "recording": {},
        },
        {"stills": {STILL: {"pixels_sha256": 1, "frame_number": 10**30}}, "redacted": 1},
        {"parameters": {"video_stream": 99}},
    ],
)
def test_a_manifest_of_nonsense_is_no_accident(files, folder, tmp_path, manifest) -> None:
    told = {**json.loads(files[packages.MANIFEST]), **manifest}
    changed = {**files, packages.MANIFEST: json.dumps(told).encode()}
    result = checked(changed, tmp_path, recording=folder / "made.mp4")
    assert packages.MANIFEST in subjects(result)


def edited_case(files: Files, folder: Path, sql: str) -> Path:
    path = folder / "edited.fead"
    path.write_bytes(files[CASE])
    with sqlite3.connect(path) as db:
        db.execute(sql)
    db.close()
    return path


# Whole package and recording ----------------------------------------------------------------------------


def test_a_rebuilt_package_is_found_by_the_noted_hash_only(package, files, tmp_path) -> None:
    case = edited_case(files, tmp_path, "UPDATE event SET peak_frame = 1 WHERE event = 1")
    rebuilt = relisted({**files, CASE: case.read_bytes()})
    alone = checked(rebuilt, tmp_path)
    assert alone.ok
    assert "rebuilt the whole package" in " ".join(alone.lines())
    noted = checked(rebuilt, tmp_path, noted_hash=manifest_hash(package))
    assert subjects(noted) == {"made.evidence.zip"}
    with pytest.raises(UsageError, match="64 hexadecimal digits"):
        verify_package(package, "abc")


def test_another_recording_is_named(package, folder, tmp_path) -> None:
    changed = tmp_path / "made.mp4"
    data = bytearray((folder / "made.mp4").read_bytes())
    data[-1] ^= 1
    changed.write_bytes(data)
    assert subjects(verify_package(package, recording=changed)) == {"recording 'made.mp4'"}
    assert verify_package(package, recording=folder / "made.mp4").ok


def test_a_clip_with_other_pictures_is_found_though_its_line_was_made_anew(files, tmp_path) -> None:
    one, other = sorted(name for name in files if name.endswith(".mp4"))[:2]
    result = checked(line_of(files, one, files[other]), tmp_path)
    assert any(one in str(each) and "other pixels" in str(each) for each in result.findings)


def test_a_still_that_is_not_its_frame_is_found_in_the_recording(files, folder, tmp_path) -> None:
    picture = block_picture(99)
    manifest = json.loads(files[packages.MANIFEST])
    manifest["stills"][STILL]["pixels_sha256"] = hashlib.sha256(picture.tobytes()).hexdigest()
    rebuilt = relisted({**files, STILL: png_bytes(picture, {})}, stills=manifest["stills"])
    assert checked(rebuilt, tmp_path).ok
    result = checked(rebuilt, tmp_path, recording=folder / "made.mp4")
    assert [str(finding) for finding in result.findings] == [
        f"{STILL}: is not frame 7 of the recording"
    ]


# Traps --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "a/../../evil.txt",
        "/evil.txt",
        "C:/evil.txt",
        "a\\..\\evil.txt",
        "a//b",
        "./evil.txt",
    ],
)
def test_names_that_lead_out_of_the_package_are_refused(package, tmp_path, name) -> None:
    path = tmp_path / "p" / "made.evidence.zip"
    path.parent.mkdir()
    path.write_bytes(package.read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("x" * len(name), b"evil")
    path.write_bytes(path.read_bytes().replace(b"x" * len(name), name.encode()))
    result = verify_package(path)
    assert any("leads out" in finding.sentence for finding in result.findings)
    assert sorted(tmp_path.rglob("*")) == [path.parent, path]


def appended(package: Path, folder: Path, entry: zipfile.ZipInfo, data: bytes) -> Path:
    path = folder / "made.evidence.zip"
    path.write_bytes(package.read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(entry, data)
    return path


def test_links_and_doubles_are_refused(package, tmp_path) -> None:
    link = zipfile.ZipInfo("exports/link.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    result = verify_package(appended(package, tmp_path, link, b"/etc/passwd"))
    assert ("exports/link.csv", "is a link or a device, not a file") in {
        (f.subject, f.sentence) for f in result.findings
    }
    double = zipfile.ZipInfo(CLIP.upper())
    result = verify_package(appended(package, tmp_path, double, b"other"))
    assert "a second time" in " ".join(result.lines())
    with pytest.warns(UserWarning, match="Duplicate"):
        path = appended(package, tmp_path, zipfile.ZipInfo(CLIP), b"other")
    assert CLIP in subjects(verify_package(path))


def test_a_bomb_is_not_unpacked(package, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(packages, "_ALWAYS_ALLOWED", 1 << 20)
    monkeypatch.setattr(packages, "_MOST_GROWTH", 20)
    bomb = zipfile.ZipInfo("exports/bomb.csv")
    bomb.compress_type = zipfile.ZIP_DEFLATED
    path = appended(package, tmp_path, bomb, bytes(64 << 20))
    result = verify_package(path)
    assert "exports/bomb.csv" in subjects(result)
    assert "far more than a package can hold" in " ".join(result.lines())


def test_a_file_longer_than_it_says_is_refused(package, tmp_path) -> None:
    entry = zipfile.ZipInfo("exports/long.csv")
    entry.compress_type = zipfile.ZIP_DEFLATED
    path = appended(package, tmp_path, entry, b"a" * 5000)
    raw = path.read_bytes().replace((5000).to_bytes(4, "little"), (50).to_bytes(4, "little"))
    path.write_bytes(raw)
    assert "exports/long.csv" in subjects(verify_package(path))


@pytest.mark.parametrize("place", ["before", "behind", "comment"])
def test_bytes_that_belong_to_no_file_are_found(package, tmp_path, place) -> None:
    path = tmp_path / "made.evidence.zip"
    raw = package.read_bytes()
    path.write_bytes({"before": b"more" + raw, "behind": raw + b"more"}.get(place, raw))
    if place == "comment":
        with zipfile.ZipFile(path, "a") as archive:
            archive.comment = b"a secret message"
    assert subjects(verify_package(path)) == {"made.evidence.zip"}


def test_the_unpacked_files_packed_again_by_another_program_pass(files, tmp_path) -> None:
    path = tmp_path / "made.evidence.zip"
    with (
        path.open("wb") as out,
        zipfile.ZipFile(_NoSeek(out), "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        archive.writestr("exports/", b"")
        for name, data in reversed(files.items()):
            archive.writestr(name, data)
    result = verify_package(path)
    assert result.ok, result.lines()


class _NoSeek(io.RawIOBase):
    """A pipe: zip files written to one have their sizes behind the content."""

    def __init__(self, file) -> None:
        self._file = file

    def write(self, data) -> int:
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def writable(self) -> bool:
        return True


@pytest.mark.parametrize("data", [b"", b"no zip at all", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_package_is_said(tmp_path, data) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    with pytest.raises(PackageError, match=r"no zip file|no evidence package"):
        verify_package(path)
    with pytest.raises(PackageError, match="There is no"):
        verify_package(tmp_path / "none.zip")


def test_names_from_a_package_never_steer_a_terminal(files, tmp_path) -> None:
    result = checked({**files, "a\x1b[2Jb\n<b>.csv": b"1"}, tmp_path)
    assert all(line.isprintable() for line in result.lines())


def test_checking_can_be_cancelled(package) -> None:
    class Stop(NoProgress):
        def raise_if_cancelled(self) -> None:
            raise CancelledError("cancelled")

    with pytest.raises(CancelledError):
        verify_package(package, progress=Stop())


def test_names_on_the_way_into_a_package_are_made_harmless() -> None:
    assert packages.safe_name('a/b:c*?"<>|\\d\n.mp4') == "a/b_c_______d_.mp4"
    assert packages.safe_name("Zoë/录像.mp4") == "Zoë/录像.mp4"
    hashes = {"b c.txt": "ab" * 32, "a.txt": "cd" * 32}
    assert packages.read_sums(packages.sums_text(hashes)) == (hashes, [])
    assert re.fullmatch(r"([0-9a-f]{64}  .+\n){2}", packages.sums_text(hashes))
