"""Verification: what of an evidence package, or of a case's log, is no longer as it was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fead_desktop.case.store import Case
from fead_desktop.errors import UsageError
from fead_desktop.progress import NoProgress, Progress
from fead_desktop.report import packages
from fead_desktop.report.log_check import chain_findings
from fead_desktop.report.package_check import Finding, PackageCheck, counted
from fead_desktop.report.packages import PackageError

_DIGITS = set("0123456789abcdef")


@dataclass(frozen=True)
class Verification:
    """What was found. ``confirmed`` and ``open_questions`` are sentences for the analyst."""

    path: Path
    findings: tuple[Finding, ...]
    confirmed: tuple[str, ...] = ()
    open_questions: tuple[str, ...] = ()
    manifest_hash: str = ""

    @property
    def ok(self) -> bool:
        """True where nothing was altered, as far as that can be told."""
        return not self.findings

    def lines(self) -> list[str]:
        """Return all of it as sentences."""
        verdict = (
            "nothing was altered" if self.ok else f"{len(self.findings)} alterations were found"
        )
        if len(self.findings) == 1:
            verdict = "one alteration was found"
        known = [f"Manifest hash: {self.manifest_hash}"] if self.manifest_hash else []
        return [
            f"'{self.path.name}': {verdict}.",
            *(f"Altered: {finding}." for finding in self.findings),
            *self.confirmed,
            *known,
            *self.open_questions,
        ]


def manifest_hash(path: Path) -> str:
    """Return the manifest hash of a package, to be noted elsewhere.

    Raises
    ------
    PackageError
        When it is no evidence package.
    """
    with packages.opened(path) as package:
        if packages.SUMS not in package:
            raise PackageError(f"'{path.name}' is no evidence package: it has no {packages.SUMS}.")
        return package.hash_of(packages.SUMS, NoProgress())


def noted(files: Sequence[Path]) -> str:
    """Return what to note of the evidence packages among files that were written; empty where there is none."""
    found = [path for path in files if path.name.endswith(packages.SUFFIX)]
    return " ".join(
        f"Manifest hash of '{path.name}': {manifest_hash(path)}; note it outside the package."
        for path in found
    )


def verify_package(
    path: Path,
    noted_hash: str = "",
    recording: Path | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Check an evidence package, file by file and log entry by log entry.

    Parameters
    ----------
    path : the package.
    noted_hash : the manifest hash as it was noted elsewhere; empty = none was.
    recording : the recording, to be checked too; None = it is not at hand.

    Raises
    ------
    PackageError
        When the file is no evidence package, or so damaged that its list of files can't be read.
    UsageError
        When the noted hash is no SHA-256.
    RecordingError
        When the recording can't be read.
    CancelledError
        When the analyst cancelled.
    """
    noted = "".join(noted_hash.split()).lower()
    if noted and (len(noted) != 64 or set(noted) - _DIGITS):
        raise UsageError("A manifest hash has 64 hexadecimal digits; look at how it was noted.")
    with packages.opened(path) as package:
        if packages.SUMS not in package and packages.MANIFEST not in package:
            raise PackageError(
                f"'{path.name}' is no evidence package: it has neither {packages.SUMS} nor {packages.MANIFEST}."
            )
        check = PackageCheck(package, progress or NoProgress())
        check.files()
        check.manifest_hash_is(noted)
        check.log()
        check.stills()
        check.clips()
        check.recording(recording)
        return Verification(
            path, tuple(check.found), tuple(check.confirmed), tuple(check.open), check.whole_hash
        )


def verify_case_log(path: Path) -> Verification:
    """Check the log of a case: whether its entries still fit each other.

    Raises
    ------
    CaseError
        When the case can't be read.
    """
    with Case.open(path) as case:
        entries = case.audit_log()
    findings = tuple(Finding(*each) for each in chain_findings(entries))
    confirmed = f"{counted(len(entries), 'log entry', 'log entries')} checked."
    doubt = (
        "That the end of the log was cut off, or all of it written anew, can't be excluded by the case alone; an "
        "evidence package whose manifest hash was noted elsewhere can."
    )
    return Verification(path, findings, (confirmed,), (doubt,))
