from __future__ import annotations

import tomllib
from typing import Any

from attrigraph.staging.toml_lines import line_of, lines_of

TEXT = '''# a file
title = "x"
[one]
a.b = 1
"c d" = """
[two]
e = 1
"""
[[items]]
name = "first"
list = [
    "x",
]
[items.inner]
deep = 1
[[items]]
  name = "second"
[[items.parts]]
k = 1
[[items.parts]]
k = 2
'''


def test_settings_and_tables_have_their_lines() -> None:
    lines = lines_of(TEXT)
    assert lines == {
        ("title",): 2,
        ("one",): 3,
        ("one", "a", "b"): 4,
        ("one", "c d"): 5,
        ("items",): 9,
        ("items", 0): 9,
        ("items", 0, "name"): 10,
        ("items", 0, "list"): 11,
        ("items", 0, "inner"): 14,
        ("items", 0, "inner", "deep"): 15,
        ("items", 1): 16,
        ("items", 1, "name"): 17,
        ("items", 1, "parts"): 18,
        ("items", 1, "parts", 0): 18,
        ("items", 1, "parts", 0, "k"): 19,
        ("items", 1, "parts", 1): 20,
        ("items", 1, "parts", 1, "k"): 21,
    }
    declared = tomllib.loads(TEXT)
    for place in lines:
        value: Any = declared
        for part in place:
            value = value[part]  # raises unless the file has the place


def test_a_place_without_a_line_has_that_of_what_contains_it() -> None:
    lines = lines_of(TEXT)
    assert line_of(("items", 0, "list", 0), lines) == 11
    assert line_of(("items", 1, "colour"), lines) == 16
    assert line_of(("none",), lines) is None
    assert line_of((), lines) is None
