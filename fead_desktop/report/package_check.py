"""PackageCheck: an evidence package compared with its lists, its log with its case, its stills with the recording."""

from __future__ import annotations

import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fead_desktop.case.audit import LogEntry
from fead_desktop.case.store import Case
from fead_desktop.errors import CaseError, RecordingError, UsageError
from fead_desktop.progress import Progress
from fead_desktop.report import packages
from fead_desktop.report.clip_hashes import clip_hashes
from fead_desktop.report.log_check import chain_findings, differences, end_findings, entry_of
from fead_desktop.report.packages import Package
from fead_desktop.report.picture_files import pixel_hash, read_still
from fead_desktop.video.decoder import Decoder, Picture
from fead_desktop.video.fingerprint import recording_hash
from fead_desktop.video.frame_index import build_frame_index

#: Another decoder or processor may round a colour by this much (of 255).
_ROUNDING = 3
_LONGEST_SHOWN = 300
#: What reading a case may end with that was not written by this program.
_ODD_CASE = (
    CaseError, zipfile.BadZipFile, sqlite3.Error, ValueError, TypeError, KeyError, RecursionError,
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was written: ``subject`` is a file, a log entry, the recording or the package."""

    subject: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.sentence}"


@dataclass
class PackageCheck:
    """One check of a package under way: what was ``found``, what is ``confirmed``, and what stays ``open``."""

    package: Package
    progress: Progress
    found: list[Finding] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)
    whole_hash: str = ""

    def add(self, subject: str, sentence: str) -> None:
        """Note what is not as it was written, once; names in a package may be anything."""
        subject, sentence = _shown(subject), _shown(sentence)
        if not any(each.subject == subject and each.sentence == sentence for each in self.found):
            self.found.append(Finding(subject, sentence))

    def _add_all(self, found: Iterable[tuple[str, str]]) -> None:
        for subject, sentence in found:
            self.add(subject, sentence)

    # Files ------------------------------------------------------------------------------------------------

    def files(self) -> None:
        """Compare every file with the list and with the manifest."""
        for name, trick in self.package.tricks:
            self.add(name, trick)
        self._hash_all()
        listed = self._sums()
        self._manifest()
        here = {n: h for n, h in self.hashes.items() if n != packages.SUMS}
        missing = [name for name in listed if name not in here and name not in self._unreadable]
        added = [name for name in here if name not in listed]
        for name in list(missing):
            other = next((a for a in added if here[a] == listed[name]), None)
            if other is not None:
                self.add(name, f"was renamed to '{other}'")
                missing.remove(name)
                added.remove(other)
        for name in missing:
            self.add(name, "was removed")
        known = _strings(self.manifest.get("files"))
        for name in added:
            if known.get(name) == here[name]:
                self.add(packages.SUMS, f"was changed: the line of '{name}' is missing")
            else:
                self.add(name, "was added: it is not in the list")
        for name, value in here.items():
            if name in listed and listed[name] != value:
                if known.get(name) == value:
                    self.add(packages.SUMS, f"was changed: it tells another SHA-256 of '{name}'")
                else:
                    self.add(name, "was changed: its SHA-256 is not the one in the list")
        self._compare_with_manifest(known, here, listed)
        told = counted(len(listed), "file", "files")
        self.confirmed.append(f"{told} compared with the list of SHA-256.")

    def _hash_all(self) -> None:
        self._unreadable: set[str] = set()
        names = self.package.names
        for number, name in enumerate(names):
            self.progress.report("verify", number, len(names), name)
            try:
                self.hashes[name] = self.package.hash_of(name, self.progress)
            except (OSError, zipfile.BadZipFile):
                self._unreadable.add(name)
                self.add(name, "was changed: its content can't be unpacked any more")

    def _sums(self) -> dict[str, str]:
        text = self._text(packages.SUMS)
        if text is None:
            return {name: value for name, value in self.hashes.items() if name != packages.SUMS}
        self.whole_hash = self.hashes[packages.SUMS]
        listed, odd = packages.read_sums(text)
        for line in odd:
            self.add(packages.SUMS, f"was changed: a line of it is none of a list ('{line[:60]}')")
        return listed

    def _manifest(self) -> None:
        text = self._text(packages.MANIFEST)
        try:
            values = json.loads(text) if text is not None else {}
        except (ValueError, RecursionError):
            values = None
        if isinstance(values, dict):
            self.manifest = values
        else:
            self.add(packages.MANIFEST, "was changed: it can't be read any more")

    def _text(self, name: str) -> str | None:
        """Return a text of the package; None where it is missing or unreadable, which is noted."""
        if name not in self.package:
            self.add(name, "was removed")
            return None
        if name not in self.hashes:
            return None
        try:
            return self.package.read(name, self.progress).decode()
        except (OSError, zipfile.BadZipFile, UnicodeDecodeError):
            self.add(name, "was changed: it can't be read any more")
            return None

    def _compare_with_manifest(
        self, known: dict[str, str], here: dict[str, str], listed: dict[str, str]
    ) -> None:
        """Find what was changed together with its line in the list."""
        if not known:
            return
        for name, value in here.items():
            if name in known and known[name] != value and listed.get(name) == value:
                self.add(
                    name,
                    f"was changed together with its line in {packages.SUMS}: {packages.MANIFEST} tells",
                )
            if name not in known and name in listed and name != packages.MANIFEST:
                self.add(
                    name,
                    f"was added together with a line in {packages.SUMS}: {packages.MANIFEST} tells",
                )
        for name in known:
            if name not in here and name not in listed and name not in self._unreadable:
                self.add(
                    name,
                    f"was removed together with its line in {packages.SUMS}: {packages.MANIFEST} tells",
                )

    def manifest_hash_is(self, noted: str) -> None:
        """Compare the manifest hash with the one that was noted."""
        if not noted:
            self.open.append(
                "No manifest hash noted elsewhere was given: that somebody rebuilt the whole package, its list and "
                "its log included, can't be excluded. With the hash that was noted when the package was written "
                "(--manifest-hash) it can."
            )
        elif noted == self.whole_hash:
            self.confirmed.append("The manifest hash is the one that was noted.")
        else:
            self.add(
                self.package.path.name,
                "is not the package whose manifest hash was noted, or its list was changed",
            )

    # Log --------------------------------------------------------------------------------------------------

    def log(self) -> None:
        """Check the chain, its end, and that the case tells the same."""
        told = self.manifest.get("log")
        if packages.LOG not in self.package and not isinstance(told, dict):
            if self.manifest.get("redacted") is True:
                self.open.append("A redacted package holds neither the case nor its log.")
            return
        text = self._text(packages.LOG)
        if text is None:
            return
        entries = self._entries(text)
        self._add_all(chain_findings(entries))
        if isinstance(told, dict):
            self._add_all((packages.LOG, said) for said in end_findings(entries, told))
        self._compare_with_case(entries)
        checked = counted(len(entries), "log entry", "log entries")
        self.confirmed.append(f"{checked} checked, each against the one before.")

    def _entries(self, text: str) -> list[LogEntry]:
        read = [entry_of(line) for line in text.splitlines()]
        for number, entry in enumerate(read, 1):
            if entry is None:
                self.add(f"log entry {number}", "was changed: its line can't be read any more")
        return [entry for entry in read if entry is not None]

    def _compare_with_case(self, entries: Sequence[LogEntry]) -> None:
        name = self.package.case_name()
        if name is None or name in self._unreadable:
            return
        try:
            with tempfile.TemporaryDirectory(prefix="fead-verify-") as room:
                place = Path(room) / "case.fead"
                self.package.copy_out(name, place, self.progress)
                with Case.open(place) as case:
                    theirs, facts = case.audit_log(), case.recording
        except _ODD_CASE:
            self.add(name, "can't be opened as a case any more")
            return
        self._add_all((f"{name}, {each}", said) for each, said in chain_findings(theirs))
        self._add_all(differences(entries, theirs))
        told = self.manifest.get("recording")
        if facts is not None and isinstance(told, dict) and told.get("sha256") != facts.sha256:
            self.add(packages.MANIFEST, "names another recording than the case")

    # Pictures ---------------------------------------------------------------------------------------------

    def stills(self) -> None:
        """Compare the pixels of the stills with the manifest."""
        told = self._stills_told()
        for name, facts in told.items():
            self.progress.raise_if_cancelled()
            picture = self._still(name)
            if picture is not None and pixel_hash(picture) != facts.get("pixels_sha256"):
                self.add(name, "shows other pixels than the manifest tells")
        if told:
            self.confirmed.append(
                f"{counted(len(told), 'still', 'stills')} compared pixel by pixel."
            )

    def clips(self) -> None:
        """Compare every picture of the clips with the manifest."""
        told = self.manifest.get("clips")
        clips = told if isinstance(told, dict) else {}
        for name, hashes in clips.items():
            if name not in self.hashes:
                continue
            with tempfile.TemporaryDirectory(prefix="fead-verify-") as room:
                place = Path(room) / "clip.mp4"
                try:
                    self.package.copy_out(name, place, self.progress)
                    found = clip_hashes(place, self.progress)
                except (RecordingError, OSError, zipfile.BadZipFile):
                    self.add(name, "can't be played any more")
                    continue
            if found != hashes:
                same = [a == b for a, b in zip(found, hashes, strict=False)]
                first = same.index(False) if False in same else len(same)
                self.add(
                    name, f"shows other pixels than the manifest tells, from picture {first} on"
                )
        if clips:
            self.confirmed.append(
                f"{counted(len(clips), 'clip', 'clips')} compared picture by picture."
            )

    def _stills_told(self) -> dict[str, dict[str, Any]]:
        stills = self.manifest.get("stills")
        if not isinstance(stills, dict):
            return {}
        return {name: facts for name, facts in stills.items() if isinstance(facts, dict)}

    def _still(self, name: str) -> Picture | None:
        if name not in self.hashes:
            return None
        try:
            return read_still(self.package.read(name, self.progress))[0]
        except (ValueError, OSError, zipfile.BadZipFile):
            self.add(name, "can't be read as a picture any more")
            return None

    def recording(self, path: Path | None) -> None:
        """Check the recording itself, and that the stills are its frames."""
        told = self.manifest.get("recording")
        known = told.get("sha256") if isinstance(told, dict) else None
        if path is None:
            self.open.append(
                "The recording is not in the package and was not checked (--recording FILE)."
            )
            return
        if recording_hash(path, self.progress) != known:
            self.add(
                f"recording '{path.name}'",
                "is not the recording of this package: it was replaced or changed",
            )
            return
        self.confirmed.append("The recording is the one that was analysed.")
        self._compare_frames(path)

    def _compare_frames(self, path: Path) -> None:
        parameters = self.manifest.get("parameters")
        stream = parameters.get("video_stream") if isinstance(parameters, dict) else None
        try:
            number = stream if isinstance(stream, int) else None
            index = build_frame_index(path, self.progress, number)
        except UsageError:
            self.add(packages.MANIFEST, "names a video stream that the recording does not have")
            return
        same = 0
        with Decoder(path, index) as decoder:
            for name, facts in self._stills_told().items():
                self.progress.raise_if_cancelled()
                picture, n = self._still(name), facts.get("frame_number")
                if picture is None or not isinstance(n, int) or not 0 <= n < len(index):
                    continue
                frame = decoder.read(n)
                if frame is not None and _look_the_same(frame, picture):
                    same += 1
                else:
                    self.add(name, f"is not frame {n} of the recording")
        if same:
            self.confirmed.append(
                f"{counted(same, 'still shows', 'stills show')} the named frame of the recording."
            )


def _look_the_same(one: Picture, other: Picture) -> bool:
    if one.shape != other.shape:
        return False
    return int(np.abs(one.astype(np.int16) - other).max()) <= _ROUNDING


def _strings(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {str(name): each for name, each in value.items() if isinstance(each, str)}


def _shown(text: str) -> str:
    # A terminal obeys what is not printable.
    plain = "".join(c if c.isprintable() else "?" for c in text)
    return plain if len(plain) <= _LONGEST_SHOWN else plain[:_LONGEST_SHOWN] + "…"


def counted(number: int, one: str, many: str) -> str:
    """Return a number with the word that goes with it."""
    return f"{number} {one if number == 1 else many}"
