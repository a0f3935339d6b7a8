"""Names take the place of ids, and stay distinguishable."""

from __future__ import annotations

from attrigraph.domain import UNKNOWN
from attrigraph.domain.key_labels import key_labels


def test_a_name_takes_the_place_of_its_id() -> None:
    assert key_labels(["1", "news", None], {"1": "Brand", "9": "Other"}) == {
        "1": "Brand",
        "news": "news",
        None: UNKNOWN,
    }


def test_equal_names_are_told_apart_by_their_ids() -> None:
    names = {"1": "Brand", "2": "Brand", "3": "news"}
    assert key_labels(["1", "2", "3", "news"], names) == {
        "1": "Brand (1)",
        "2": "Brand (2)",
        "3": "news (3)",
        "news": "news",
    }
    assert key_labels([], names) == {}
