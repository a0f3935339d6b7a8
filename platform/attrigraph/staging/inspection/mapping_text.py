"""Mappings as text of TOML files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tomli_w

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attrigraph.staging.mapping import Source


def mapping_text(source: Source, comments: Iterable[str] = ()) -> str:
    """The file that ``read_mapping`` reads as this source.

    Args:
        source: what to write.
        comments: lines before it; characters that TOML forbids in comments are escaped.
    """
    lines = [f"# {_escaped(comment)}" for comment in comments]
    settings = source.model_dump(mode="json", exclude_defaults=True)
    return "\n".join([*lines, *([""] if lines else []), tomli_w.dumps(settings)])


def _escaped(text: str) -> str:
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)
