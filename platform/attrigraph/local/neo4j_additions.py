"""Settings of Neo4j that a user adds to those of ``attrigraph up``: ``neo4j.conf`` in the home."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrigraph.errors import LocalStoreError

if TYPE_CHECKING:
    from pathlib import Path

ADDITIONS: Final = "neo4j.conf"
"""Name of the file in the home."""
FIXED: Final = {
    r"server\.(bolt|http|https)\..*address|server\.default_(listen|advertised)_address": (
        "the stores listen on this computer alone, on ports that `attrigraph up` chooses"
    ),
    r"server\.directories\..*": "all data lie in the home",
    r"server\.memory\.heap\..*": "set ATTRIGRAPH_NEO4J_HEAP for that",
    r"server\.jvm\.additional": "Java is started by `attrigraph up` with options of its own",
    r"dbms\.security\.auth_enabled": "the stores require a password",
}
"""Settings that cannot be added, as patterns, and why."""


def read_additions(file: Path) -> dict[str, str]:
    """The settings in a file of lines ``KEY=VALUE``; none if there is no file.

    Blank lines and lines that begin with ``#`` are comments. Neo4j checks the settings when it
    starts.

    Raises:
        LocalStoreError: a line is no setting, or one that cannot be added.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise LocalStoreError(f"cannot read {file}: {error}") from error
    found: dict[str, str] = {}
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith("#"):
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not key:
            raise LocalStoreError(f"{file}, line {number}: expected KEY=VALUE, got {line!r}")
        if key in found:
            raise LocalStoreError(f"{file}, line {number}: {key} is set twice; set it once")
        for pattern, why in FIXED.items():
            if re.fullmatch(pattern, key):
                raise LocalStoreError(f"{file}, line {number}: {key} cannot be set; {why}")
        found[key] = value
    return found
