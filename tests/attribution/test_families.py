"""Families of models: every registered model has one, with a style in figures."""

from __future__ import annotations

import pytest

from attrigraph.attribution.families import FAMILIES, WELL_KNOWN, family_of, group_of
from attrigraph.attribution.models import MODELS


@pytest.mark.parametrize("name", MODELS)
def test_every_model_has_a_family(name: str) -> None:
    assert family_of(name) in FAMILIES
    assert group_of(name) in FAMILIES


def test_well_known_models_are_registered_and_not_incremental() -> None:
    assert [name for name in WELL_KNOWN if MODELS[name].incremental] == []


def test_similar_families_are_shown_together() -> None:
    assert group_of("first") == group_of("last") == group_of("last-non-direct")
    assert group_of("time-decay") == group_of("linear") == group_of("position-u")
    assert group_of("markov-2") != group_of("shapley-ordered")
