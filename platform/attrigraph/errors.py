"""The exceptions a caller of attrigraph may see, and the exit codes of the command line."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar, Literal, Self


class ExitCode(IntEnum):
    """What the command line exits with; ``attrigraph --help`` lists each with its meaning."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        """Make a member that carries its meaning."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    DONE = 0, "done"
    FAILED = 1, "failed"
    INPUT = 2, "wrong input: an option, file or mapping"
    EXTRA = 3, "an optional package is missing"
    STORE = 4, "a store cannot be used"
    LOCAL_STORE = 5, "a local store cannot be started or stopped"
    CONSERVATION = 6, "credits do not add up to what was observed; nothing was written"
    STRICT = 7, "rows were rejected, or a fit has drifted, and --strict was given"
    CONVERGENCE = 8, "a model did not converge"
    INTERRUPTED = 130, "interrupted (Ctrl-C)"
    TERMINATED = 143, "terminated (SIGTERM)"


class AttrigraphError(Exception):
    """Base of every error that attrigraph raises on purpose."""

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED
    """What the command line exits with."""


class InputError(AttrigraphError):
    """An argument, option, file or mapping is not what was expected."""

    exit_code = ExitCode.INPUT


class RejectedRowsError(AttrigraphError):
    """Rows of files were rejected, and none may be."""

    exit_code = ExitCode.STRICT


class StagingError(AttrigraphError):
    """Files cannot be staged because the folder for it is read-only, full or too small."""


class OutputError(AttrigraphError):
    """Standard output cannot be written: its disk is full, or its reader is gone."""


class ExportError(AttrigraphError):
    """An export cannot be written: its disk is full, or its folder is not writable."""


class AlertError(AttrigraphError):
    """A receiver of alerts does not take one; the message holds no secret."""


class MissingExtraError(AttrigraphError):
    """A feature needs an optional package that is not installed; the message names the extra."""

    exit_code = ExitCode.EXTRA


class StoreError(AttrigraphError):
    """Neo4j or Postgres cannot be reached, rejects the login, or fails during the work."""

    exit_code = ExitCode.STORE


class StoreUnreachableError(StoreError):
    """Neo4j or Postgres does not answer, or has stopped answering.

    Attributes:
        store: ``neo4j`` or ``postgres``.
    """

    def __init__(self, message: str, store: Literal["neo4j", "postgres"]) -> None:
        super().__init__(message)
        self.store = store


class SchemaError(StoreError):
    """The schema of a store is older or newer than this version of attrigraph expects."""


class LocalStoreError(AttrigraphError):
    """A local store cannot be started or stopped: no port, folder, disk, memory or Java for it."""

    exit_code = ExitCode.LOCAL_STORE


class NeedsTimesError(InputError):
    """A model or option needs the times of touches, and the data hold only their order."""


class ConservationError(AttrigraphError):
    """Credits and the baseline do not add up to what was observed; nothing is written."""

    exit_code = ExitCode.CONSERVATION


class ConvergenceError(AttrigraphError):
    """An iterative fit does not converge; there is no result."""

    exit_code = ExitCode.CONVERGENCE
