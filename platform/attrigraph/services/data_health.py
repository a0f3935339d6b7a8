"""Data health of events that were read, staged or held in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from attrigraph.attribution.data import EventData, PathData
from attrigraph.attribution.observed.health.figures import HealthFigures
from attrigraph.attribution.observed.health.measure import (
    figures_of,
    figures_of_parts,
    figures_of_paths,
)
from attrigraph.attribution.observed.health.registry import data_health
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.domain.placeholders import placeholder_spellings
from attrigraph.errors import InputError
from attrigraph.quantities import counted
from attrigraph.staging.pseudonyms import pseudonym

if TYPE_CHECKING:
    from attrigraph.attribution.data import Data
    from attrigraph.domain import Attribution
    from attrigraph.domain.data_health import HealthLine
    from attrigraph.staging import Staged

BATCH: Final = 100_000
"""Events of a batch of staged rows."""


def with_health(data: Data, answer: Attribution, key: bytes | None = None) -> Attribution:
    """The answer with the health of its data; see ``health_of``."""
    return replace(answer, data_health=health_of(data, key))


def health_of(data: Data, key: bytes | None = None) -> tuple[HealthLine, ...]:
    """The lines of data health; empty where no check finds anything.

    Args:
        data: events, or counts of paths.
        key: of the customers' pseudonyms; None where ids are kept.
    """
    return data_health(_figures(data, key))


def _figures(data: Data, key: bytes | None) -> HealthFigures:
    if isinstance(data, EventData):
        return figures_of(data.events, data.journey_options, _placeholder_ids(key))
    return figures_of_paths(data.paths) if isinstance(data, PathData) else HealthFigures()


def health_of_staged(staged: Staged, key: bytes | None) -> tuple[HealthLine, ...]:
    """The lines about staged rows, batch by batch, so that memory stays bounded."""
    lines = data_health(_staged_figures(staged, key))
    return lines if staged.counts.touches else tuple(map(_without_touches, lines))


def _without_touches(line: HealthLine) -> HealthLine:
    """A line about rows without any touch, which the graph may have or get from other files."""
    if line.code != "conversions_without_touch":
        return line
    return replace(
        line,
        severity="note",
        message=f"{counted(line.count, 'conversion')}, and no touch in the files",
        advice="load the touches of the same customers, too, unless the graph has them",
    )


def _staged_figures(staged: Staged, key: bytes | None) -> HealthFigures:
    try:
        return figures_of_paths(staged.path_counts())
    except InputError:  # the files hold events
        parts = staged.batches(touches=BATCH)
        return figures_of_parts(parts, JourneyOptions(), _placeholder_ids(key))


def _placeholder_ids(key: bytes | None) -> dict[str, str]:
    """Words for a missing value, by the id that a customer named so has."""
    words = {word: word for word in placeholder_spellings()}
    return words if key is None else words | {pseudonym(key, word): word for word in words}
