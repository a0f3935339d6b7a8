from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.escaping import escape_control

TEXT = st.text(st.characters())
HARMLESS = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]))


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("\x1b[2J\x1b[H", "\\x1b[2J\\x1b[H"),
        ("\x1b]0;title-pwned\x07", "\\x1b]0;title-pwned\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("a\u202eb", "a\\u202eb"),
        ("\u2066\u2067\u2068\u2069", "\\u2066\\u2067\\u2068\\u2069"),
        ("\u200e\u200f\u061c", "\\u200e\\u200f\\u061c"),
        ("a\r\nb\tc\x7f\x85", "a\\x0d\\x0ab\\x09c\\x7f\\x85"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\ud800", "\\ud800"),
        ("söcial > mail\\x1b 中", "söcial > mail\\x1b 中"),
        # joiners belong to emoji and to several scripts
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_each_kind_of_control_character_is_escaped(text: str, escaped: str) -> None:
    assert escape_control(text) == escaped


@given(TEXT)
def test_what_is_escaped_can_be_printed_on_one_line_and_is_escaped_once(text: str) -> None:
    escaped = escape_control(text)
    assert len(escaped.splitlines()) <= 1
    assert not any(unicodedata.category(character) == "Cc" for character in escaped)
    assert not any(
        unicodedata.bidirectional(character)
        in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
        for character in escaped
    )
    assert escaped.encode().decode() == escaped
    assert escape_control(escaped) == escaped


@given(HARMLESS)
def test_harmless_text_stays(text: str) -> None:
    assert escape_control(text) == text


@given(TEXT, TEXT)
def test_texts_are_escaped_character_by_character(left: str, right: str) -> None:
    assert escape_control(left + right) == escape_control(left) + escape_control(right)
