"""The page on filters: ten examples, each of which is one."""

from __future__ import annotations

import re
from pathlib import Path

from attrigraph.similarity.filters import parse_filter

PAGE = Path(__file__).parents[3] / "docs" / "similarity.md"


def test_the_examples_of_filters_are_filters() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## Filters")[2]
    examples = re.findall(r"^\| (`+) ?(.+?) ?\1 \|", section, re.MULTILINE)
    assert len(examples) == 10
    for _, example in examples:
        parse_filter(example)
