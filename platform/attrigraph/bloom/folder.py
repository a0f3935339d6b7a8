"""The folder of all files: their content, and how they are written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from attrigraph.bloom.dashboard import dashboard
from attrigraph.bloom.favourites import favourites
from attrigraph.bloom.grass import grass
from attrigraph.bloom.guide import guide
from attrigraph.bloom.perspective import perspective
from attrigraph.bloom.statements import scene_actions
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def bloom_files() -> dict[str, str]:
    """The text of each file by its path in the folder."""
    return {
        "perspective.json": _json(perspective()),
        "dashboard.json": _json(dashboard()),
        "style.grass": grass(),
        "guide.html": guide(),
        **{f"scene_actions/{name}.cypher": one.text for name, one in scene_actions().items()},
        **{f"favourites/{name}": text for name, text in favourites().items()},
    }


def write_bloom_files(folder: Path, *, replace: bool = False) -> list[Path]:
    """Write all files; files that are there with the same content are left alone.

    Args:
        folder: is made if it does not exist.
        replace: replace files with other content.

    Returns:
        The paths of all files.

    Raises:
        InputError: a file with other content is there, or the folder cannot be written.
    """
    files = {folder / path: text for path, text in bloom_files().items()}
    try:
        changed = {path: text for path, text in files.items() if _content(path) != text.encode()}
        others = [path for path in changed if path.exists()]
        if others and not replace:
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            raise InputError(
                f"{others[0]}{more} exist with other content; name another folder, or replace "
                "them with --replace"
            )
        for path, text in changed.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"cannot write {error.filename}: {error.strerror}") from error
    return list(files)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _json(content: dict[str, object]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
