"""Errors that speak to an analyst: one sentence, and the exit code of the command line."""

from __future__ import annotations


class FeadError(Exception):
    """Something the analyst can understand and act on; ``str()`` is one plain sentence."""

    exit_code = 1


class UsageError(FeadError):
    """The command or a parameter is wrong."""

    exit_code = 2


class RecordingError(FeadError):
    """The recording can't be read."""

    exit_code = 3


class NoFaceError(FeadError):
    """No face was found; the case is written with its coverage."""

    exit_code = 4


class ModelError(FeadError):
    """A model file is missing or its hash is wrong."""

    exit_code = 5


class CaseError(FeadError):
    """The case can't be used: damaged, of a newer schema, or of another recording."""

    exit_code = 6


class CaseBusyError(CaseError):
    """Another analysis is running on the case."""


class OutputError(FeadError):
    """Output can't be written: folder, rights or space."""

    exit_code = 7


class WorkerDiedError(FeadError):
    """The analysis process ended without saying why."""

    exit_code = 8


class CancelledError(FeadError):
    """The analyst cancelled; what was done is kept."""

    exit_code = 130


#: Error class by name, for the worker protocol.
ERRORS_BY_NAME: dict[str, type[FeadError]] = {
    error.__name__: error
    for error in (
        FeadError, UsageError, RecordingError, NoFaceError, ModelError, CaseError, CaseBusyError,
        OutputError, WorkerDiedError, CancelledError,
    )
}  # fmt: skip
