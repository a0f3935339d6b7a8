"""Names that platforms and links write in different ways are one; others are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.domain.plain_names import plain_name


@pytest.mark.parametrize(
    "other",
    ["spring sale", "SPRING-SALE", " Spring__Sale ", "Spring+Sale", "spring|sale", "[Spring] Sale",
     "\uff33pring\u3000Sale", "spring\u00a0sale", "spr\u200bing: sale!"],
)  # fmt: skip
def test_writings_of_one_name_are_equal(other: str) -> None:
    assert plain_name(other) == plain_name("Spring Sale")


@pytest.mark.parametrize(
    ("one", "other"), [("Springsale", "Spring Sale"), ("a1", "a2"), ("🔥", "🎁"), ("--", "||")]
)
def test_other_names_stay_different(one: str, other: str) -> None:
    assert plain_name(one) != plain_name(other)


def test_forms_of_unicode_and_capitals_are_one() -> None:
    assert plain_name("STRASSE \u00c9t\u00e9") == plain_name("straße e\u0301te\u0301".title())


@given(st.text(min_size=1))
def test_a_plain_name_is_its_own_plain_name(name: str) -> None:
    plain = plain_name(name)
    assert plain
    assert plain_name(plain) == plain
