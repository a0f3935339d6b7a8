"""Tests of many cases: every run takes some of them, ``make test-long`` takes all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONG = "long"
"""Profile of Hypothesis of runs that take all cases."""


def examples(short: int, *, long: int) -> int:
    """Number of examples of a property test, in every run and in one of all cases."""
    return long if settings.get_current_profile_name() == LONG else short


def cases(
    names: str | tuple[str, ...],
    values: Iterable[Any],
    *,
    short: int,
    ids: Sequence[str] | None = None,
) -> pytest.MarkDecorator:
    """``pytest.mark.parametrize``, of which only the first ``short`` values are in every run."""
    one_name = isinstance(names, str)
    params = [
        pytest.param(*((value,) if one_name else value), marks=marks)
        for number, value in enumerate(values)
        for marks in [() if number < short else pytest.mark.long]
    ]
    return pytest.mark.parametrize(names, params, ids=ids)
