"""Credit by segment of the models that credit single touches, written with a run on request."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.models import credits_touches
from attrigraph.attribution.observed.subset import facts_of
from attrigraph.attribution.partial_credit import partial_credit
from attrigraph.errors import InputError
from attrigraph.graph.partial_credit import write_segment_credit
from attrigraph.quantities import enumerated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neo4j import Driver, Transaction
    from numpy.typing import NDArray

    from attrigraph.attribution.analysis import Analysis
    from attrigraph.attribution.data import EventData
    from attrigraph.domain import Attribution, Level

UNKNOWN: Final = "unknown"
"""Segment of customers whose attribute is not known."""
MAX_SEGMENTS: Final = 1000
"""Values that an attribute may have: more are those of a number, and make no segments."""

logger = logging.getLogger(__name__)


def segments_of(data: EventData, fact: str) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names of segments, and the number of that of each conversion.

    Args:
        data: events and attributes of customers.
        fact: name of an attribute.

    Raises:
        InputError: customers have no such attribute, or it has too many values.
    """
    texts, codes = facts_of(data.events, data.customers, fact)
    if len(texts) > MAX_SEGMENTS:
        raise InputError(
            f"customers have {len(texts)} values of {fact!r}, and segments may be at most "
            f"{MAX_SEGMENTS}; load an attribute that groups them, such as ranges of a number"
        )
    names = tuple(sorted({*texts, UNKNOWN}))
    place = np.array([names.index(text) for text in (*texts, UNKNOWN)], np.int64)
    return names, place[codes[data.events.conversions.customer]]


def write_segments(
    target: Driver | Transaction,
    run: str,
    analysis: Analysis,
    data: EventData,
    answers: Sequence[tuple[Level, Attribution]],
    fact: str,
) -> None:
    """Write credit by segment of the converting customers at all levels.

    The log names the models that have none, because they do not credit single touches.

    Args:
        target: an open driver of the graph, or a transaction.
        run: id of the run.
        analysis: with the fitted models.
        data: what it is about.
        answers: of the models, by level.
        fact: name of the attribute of customers that makes the segments.

    Raises:
        InputError: see ``segments_of``.
    """
    names, segment = segments_of(data, fact)
    for level, answer in answers:
        by_model = partial_credit(analysis, data, level, answer, segment)
        write_segment_credit(target, run, level, by_model, fact=fact, segments=names)
    _log_models_without(fact, answers[0][1], data)


def _log_models_without(fact: str, answer: Attribution, data: EventData) -> None:
    others = [name for name in answer.models if not credits_touches(name, data)]
    if others:
        logger.info(
            f"no credit by {fact} of {enumerated(others)}: Markov chains and rate models do not "
            "credit single touches"
        )
