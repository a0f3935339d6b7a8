"""Each kind of conversion as a question of its own: journeys, credit and totals of that kind.

A sign-up before a purchase does not end the journey of the purchase, and sign-ups and purchases are
not added up, unless options ask for their sum.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from attrigraph.attribution.data import EventData
from attrigraph.attribution.observed.conversion_kinds import kinds_by_value
from attrigraph.domain import Attribution, FailedModel
from attrigraph.errors import ConvergenceError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from attrigraph.attribution.data import Data

logger = logging.getLogger(__name__)


def questions_of(data: Data, *, sum_kinds: bool = False) -> tuple[Data, ...]:
    """The data once per kind of conversion, the kind of the largest value first.

    Data with conversions of one kind, of no kind, or without kinds, as counts of paths are, stay as
    they are. Kinds that do not occur in the window are left out where others do.

    Args:
        data: whose journey options name the kinds, or none for all.
        sum_kinds: whether all kinds are one question.
    """
    if sum_kinds or not isinstance(data, EventData):
        return (data,)
    named = data.journey_options.conversion_kinds
    if not named and len(kinds_by_value(data.events.conversions)) < 2:
        return (data,)
    occurring = kinds_by_value(data.events.conversions, data.journey_options.window)
    kinds = [kind for kind in occurring if not named or kind in named]
    if not kinds:
        return (data,)
    if len(kinds) > 1:
        logger.info(f"each kind of conversion has credit of its own: {', '.join(kinds)}")
    return tuple(_questions(data, kinds))


def _questions(data: EventData, kinds: Sequence[str]) -> Iterator[EventData]:
    for number, kind in enumerate(kinds):
        options = replace(data.journey_options, conversion_kinds=(kind,))
        question = replace(data, journey_options=options)
        if number and data.experiments:
            logger.warning(
                f"experiments calibrate the credit of {kinds[0]!r} alone; to calibrate that of "
                f"{kind!r}, name it as the only kind"
            )
            question = replace(question, experiments=())
        yield question


def kind_of(data: Data) -> str | None:
    """The one kind of conversion that the data are about; None for several, none or unknown."""
    if not isinstance(data, EventData):
        return None
    named = data.journey_options.conversion_kinds
    kinds = named or kinds_by_value(data.events.conversions)
    return kinds[0] if len(kinds) == 1 else None


def most_valuable(data: EventData, what: str) -> EventData:
    """The question of the kind with the largest value; the log says that there are others.

    Args:
        data: whose journey options name the kinds, or none for all.
        what: what is computed, for the log.
    """
    first, *others = questions_of(data)
    assert isinstance(first, EventData)
    if others:
        logger.warning(
            f"{what} are of conversions of the kind {kind_of(first)!r}; name another kind for those"
        )
    return first


def answer_without_models(
    data: Data, names: Sequence[str], level: str, error: ConvergenceError | InputError
) -> Attribution:
    """The answer about a kind for which every model failed, while other kinds have answers."""
    logger.warning(f"conversions of the kind {kind_of(data)!r} have no credit: {error}")
    failed = tuple(FailedModel(name, str(error), error.exit_code) for name in names)
    return Attribution(
        by=level, observed=data.question("channel").observed, kind=kind_of(data), failed=failed
    )


def answer_each(
    questions: Sequence[Data],
    answer: Callable[[Data], Attribution],
    names: Callable[[Data], Sequence[str]],
    level: str,
) -> Attribution:
    """The answer to the first question, with those to the others.

    Args:
        questions: the most valuable kind first.
        answer: gives the answer to one of them.
        names: gives the models of one of them.
        level: what is credited.

    Raises:
        InputError: the first question has no answer.
        ConvergenceError: likewise.
    """
    first, *others = questions
    return replace(answer(first), others=tuple(_or_failed(o, answer, names, level) for o in others))


def _or_failed(
    question: Data,
    answer: Callable[[Data], Attribution],
    names: Callable[[Data], Sequence[str]],
    level: str,
) -> Attribution:
    try:
        return answer(question)
    except (ConvergenceError, InputError) as error:
        return answer_without_models(question, names(question), level, error)
