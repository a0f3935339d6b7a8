"""Removal effects and transitions as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.cli.tables.markov_chain import NONE, ONE_ONLY, show
from attrigraph.domain import (
    Amount,
    Attribution,
    Credit,
    MarkovChain,
    ModelCredits,
    Observed,
    RemovalEffect,
    Transitions,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Printed = Callable[..., list[str]]

EFFECTS = (RemovalEffect("mail", 0.75, 0.5), RemovalEffect(None, 0.25, None))
TRANSITIONS = Transitions(
    ("mail", None),
    ((0.0, 0.25, 0.75, 0.0), (0.0, 0.0, 0.0, 1.0), (1.0, 0.0, 0.0, 0.0)),
    ((0.0, 1.0, 3.0, 0.0), (0.0, 0.0, 0.0, 1.0), (4.0, 0.0, 0.0, 0.0)),
)


def answer(chain: MarkovChain | None) -> Attribution:
    credits = (Credit("mail", 3.0, 30.0), Credit(None, 0.0, 0.0))
    model = ModelCredits("markov-1", False, Amount(0.0, 0.0), credits, chain=chain)
    return Attribution("channel", Observed(4, 3, 30.0), {"markov-1": model})


def test_a_row_per_key_and_per_pair_that_occurs(in_pipe: Printed) -> None:
    lines = in_pipe(show, answer(MarkovChain(1, EFFECTS, TRANSITIONS)))
    rows = [line.rsplit(maxsplit=2) for line in lines if "%" in line]
    assert rows == [
        ["mail", "75.0%", "50.0%"],
        ["(unknown)", "25.0%"],
        ["(start) → mail", "4", "100.0%"],
        ["mail → (conversion)", "3", "75.0%"],
        ["(unknown) → (no conversion)", "1", "100.0%"],
        ["mail → (unknown)", "1", "25.0%"],
    ]


def test_a_bounded_table_counts_what_it_leaves_out(in_pipe: Printed) -> None:
    lines = in_pipe(show, answer(MarkovChain(1, EFFECTS, TRANSITIONS)), top=1)
    assert "3 less frequent pairs; --all shows each" in lines
    assert not any("→ (unknown)" in line for line in lines)


def test_what_is_missing_has_a_sentence(in_pipe: Printed) -> None:
    assert ONE_ONLY in in_pipe(show, answer(MarkovChain(2, EFFECTS, None)))
    assert in_pipe(show, answer(None)) == [NONE]
