"""The exceptions a caller of attrigraph may see; the command line prints each as one sentence."""


class AttrigraphError(Exception):
    """Base of every error that attrigraph raises on purpose."""

    exit_code = 1
    """What the command line exits with."""


class InputError(AttrigraphError):
    """An argument, option, file or mapping is not what was expected."""

    exit_code = 2


class StagingError(AttrigraphError):
    """Files cannot be staged because the folder for it is read-only, full or too small."""


class MissingExtraError(AttrigraphError):
    """A feature needs an optional package that is not installed; the message names the extra."""

    exit_code = 3


class StoreError(AttrigraphError):
    """Neo4j or Postgres cannot be reached, rejects the login, or fails during the work."""

    exit_code = 4


class SchemaError(StoreError):
    """The schema of a store is older or newer than this version of attrigraph expects."""


class LocalStoreError(AttrigraphError):
    """A local store cannot be started or stopped: no port, folder, disk, memory or Java for it."""

    exit_code = 5


class NeedsTimesError(InputError):
    """A model or option needs the times of touches and the data hold only their order."""


class ConservationError(AttrigraphError):
    """Credits and the baseline do not add up to what was observed; nothing is written."""

    exit_code = 6


class ConvergenceError(AttrigraphError):
    """An iterative fit does not converge; there is no result."""

    exit_code = 7
