"""The recording that a case was made from, found again."""

from __future__ import annotations

from pathlib import Path

from fead_desktop.case.store import Case
from fead_desktop.errors import CaseError
from fead_desktop.progress import Progress
from fead_desktop.video.fingerprint import recording_hash


def recording_of(case: Case, wanted_for: str, progress: Progress) -> Path:
    """Return where the recording of a case is; ``wanted_for`` begins the sentence where it is not there.

    Raises
    ------
    CaseError
        When it is not where it was, or another one.
    """
    facts = case.recording
    path = None if facts is None else Path(facts.path)
    if facts is None or path is None or not path.is_file():
        where = "" if path is None else f" '{path.name}'"
        raise CaseError(
            f"{wanted_for} needs the recording{where}, which is not where it was; "
            "open the case in the window and locate it."
        )
    if recording_hash(path, progress) != facts.sha256:
        raise CaseError(
            f"'{path.name}' has changed since it was analysed (its SHA-256 differs); analyse it again first."
        )
    return path
