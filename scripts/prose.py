"""Counts the retired words of docs/glossary.md's language in docstrings, comments of help and docs.

``python scripts/prose.py`` prints one row per file, the worst first, and exits with 1 when the
total is above ``MAX_PER_10_000`` in 10,000 words. Whole words count, with their inflections:
``standard`` and ``stand-in`` are other words than ``stand``. Code in Markdown does not count.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parents[1]
MAX_PER_10_000: Final = 10.0

RETIRED: Final[dict[str, tuple[str, ...]]] = {
    "tell": ("tell", "tells", "telling", "told"),
    "say": ("say", "says", "saying", "said"),
    "stand": ("stand", "stands", "standing", "stood"),
    "ask": ("ask", "asks", "asking", "asked"),
    "refuse": ("refuse", "refuses", "refusing", "refused", "refusal", "refusals"),
    "beside": ("beside",),
    "anew": ("anew",),
    "foretell": ("foretell", "foretells", "foretelling", "foretold"),
}
"""Each retired word with its inflections."""

_STEM: Final = {form: stem for stem, forms in RETIRED.items() for form in forms}
_WORD: Final = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_FENCE: Final = re.compile(r"^```(?!text)[^\n]*\n.*?^```", re.DOTALL | re.MULTILINE)
_CODE: Final = re.compile(r"``[^`]*``|`[^`\n]*`|\]\([^)]*\)")


@dataclass(frozen=True)
class Count:
    """The words of one file.

    Attributes:
        path: of the file, relative to the repository.
        n_words: all words.
        retired: how often each retired word occurs, by its stem.
    """

    path: str
    n_words: int
    retired: Counter[str]

    @property
    def n_retired(self) -> int:
        """How many words are retired ones."""
        return self.retired.total()


def count_words(path: str, text: str) -> Count:
    """Count the words of a text, without the code in it.

    >>> count_words("a.md", "The standard says `ask`, and a stand-in stood.").retired
    Counter({'say': 1, 'stand': 1})
    """
    words = _WORD.findall(_CODE.sub(" ", text).lower())
    return Count(path, len(words), Counter(_STEM[word] for word in words if word in _STEM))


def docstrings(source: str) -> str:
    """All docstrings of a module, concatenated; those of attributes among them."""
    constants = (
        node.value.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )
    return "\n".join(value for value in constants if isinstance(value, str))


def prose_of(path: Path) -> str:
    """What a reader reads in a file: its docstrings, or a page without its examples of code."""
    text = path.read_text(encoding="utf-8")
    return docstrings(text) if path.suffix == ".py" else _FENCE.sub(" ", text)


def read_pages(root: Path = ROOT) -> Iterator[Path]:
    """Every file that counts: the packages' modules and the pages of documentation."""
    yield from sorted((root / "platform").rglob("*.py"))
    yield from sorted([*root.glob("*.md"), *(root / "docs").glob("*.md")])


def count_all(root: Path = ROOT) -> list[Count]:
    """One count per file, those with the most retired words first."""
    counts = [count_words(str(path.relative_to(root)), prose_of(path)) for path in read_pages(root)]
    return sorted(counts, key=lambda count: (-count.n_retired, count.path))


def per_10_000(counts: list[Count]) -> float:
    """Retired words in 10,000 words of all files together."""
    n_words = sum(count.n_words for count in counts)
    return 10_000 * sum(count.n_retired for count in counts) / max(n_words, 1)


def main() -> int:
    """Print the table.

    Returns:
        1 when the retired words are too many.
    """
    counts = count_all()
    for count in counts:
        if count.n_retired:
            words = ", ".join(f"{word} {n}" for word, n in count.retired.most_common())
            print(f"{count.n_retired:5d} of {count.n_words:6d}  {count.path}: {words}")
    total, n_words = per_10_000(counts), sum(count.n_words for count in counts)
    print(f"{total:.1f} per 10,000 of {n_words} words; at most {MAX_PER_10_000:g}")
    return int(total > MAX_PER_10_000)


if __name__ == "__main__":
    sys.exit(main())
