"""Families of models by name, for figures and tables that show many models side by side."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = (
    "incremental",
    "attention",
    "first",
    "last",
    "linear",
    "time",
    "position",
    "markov",
    "shapley",
)
"""First words of the names of models, each with its own style in figures."""

WELL_KNOWN: Final = ("last", "linear", "markov-1")
"""Models that most readers know; shown where there is no room for all of them."""

_SIMILAR: Final = {"first": "last", "time": "linear", "position": "linear"}


def family_of(model: str) -> str:
    """The family of a model: the first word of its name."""
    return model.partition("-")[0]


def group_of(model: str) -> str:
    """The family of a model, or the similar family that it is shown with."""
    family = family_of(model)
    return _SIMILAR.get(family, family)
