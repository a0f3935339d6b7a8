"""Retired words do not come back: in names, in messages and help, in docstrings and docs."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from prose import MAX_PER_10_000, RETIRED, count_all, count_words, docstrings, per_10_000

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "platform"
RETIRED_WORDS = {form for forms in RETIRED.values() for form in forms}
# names that said nothing, or something else than in the field
RETIRED_NAMES = {
    *("Inquiry", "Story", "Coded", "Facts", "CustomerFacts", "Refusal", "Denied", "By", "Moments"),
    *("Reach", "Walks", "Walked", "walks_of", "Turn", "take_turn", "LocalStackError", "key_check"),
    *("workplace", "portion", "Intake", "taker", "spare_inputs", "exposure_and_bends", "fading"),
    *("NOWHERE", "PAYS", "FEWEST", "LONGEST", "LARGEST_EXACT", "MOST_CHANNELS", "LUMPED_KEYS"),
    *("unheard", "mute", "hear", "whim", "lacking", "fitting_models", "answers_incremental"),
}
RETIRED_PARTS = RETIRED_WORDS | {"redraw", "redraws", "redrawn", "organic"}


def test_no_name_in_the_code_is_a_retired_one() -> None:
    retired = {
        (str(path.relative_to(SOURCE)), name)
        for path in sorted(SOURCE.rglob("*.py"))
        for name in _names(ast.parse(path.read_text(encoding="utf-8")))
        if name.strip("_") in RETIRED_NAMES or RETIRED_PARTS & set(_parts(name))
    }
    assert retired == set()


def test_no_message_or_help_has_a_retired_word() -> None:
    retired = {
        (str(path.relative_to(SOURCE)), text)
        for path in sorted(SOURCE.rglob("*.py"))
        for text in _messages(path.read_text(encoding="utf-8"))
        if count_words("", text.replace("Connection refused", "")).n_retired  # what Postgres prints
    }
    assert retired == set()


def test_docstrings_and_docs_hardly_use_retired_words() -> None:
    counts = count_all()
    assert per_10_000(counts) <= MAX_PER_10_000, counts[:10]


def test_whole_words_count_and_code_does_not() -> None:
    count = count_words("page.md", "The standard says `ask` and ``told``; a stand-in stood up.")
    assert (count.n_retired, dict(count.retired)) == (2, {"say": 1, "stand": 1})


def _names(tree: ast.Module) -> Iterator[str]:
    """Names that a module gives to functions, classes, arguments, variables and fields."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def _parts(name: str) -> list[str]:
    """The words of a name, whether they are joined by underscores or by capitals."""
    return [part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]


def _messages(source: str) -> Iterator[str]:
    """Strings of several words that are no docstrings: messages, help, notes."""
    documentation = docstrings(source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if " " in text.strip() and text not in documentation:
                yield text
