"""The use case of evaluation: every model's credit beside the truth of a simulated world."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.multi_touch.registry import MODELS
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.errors import InputError
from attrigraph.services.attribute import (
    AttributionOptions,
    answers_incremental,
    fitting_models,
    inquire,
)
from attrigraph.services.customers import one_table
from attrigraph.services.inquiry import INCREMENTAL
from attrigraph.staging import StagingOptions, preset, stage
from attrigraph.worlds.evaluation import Score, evaluate
from attrigraph.worlds.files import read_truth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import CustomerAttributes, EventTable, ModelCredits
    from attrigraph.worlds.truth import Truth


NEEDS_WEIGHTS: Final = "position-custom"
"""A model only once it has weights, so it is asked by default only where they are told."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Models beside the truth.

    Attributes:
        truth: what marketing caused.
        answers: each model's credits by channel, in the order in which they were asked.
        scores: how far each is from the truth, in the same order.
    """

    truth: Truth
    answers: tuple[ModelCredits, ...]
    scores: tuple[Score, ...]


def evaluate_world(
    folder: Path,
    models: Sequence[str] | None = None,
    *,
    told: ModelOptions | None = None,
) -> Evaluation:
    """Read a world's files as any user's, ask models, and compare them with its truth.

    Args:
        folder: as `attrigraph simulate` writes it.
        models: names as ``attrigraph attribute --models`` takes them; None asks those that
            ``by_default`` names.
        told: what models are told.

    Raises:
        InputError: the folder holds no world, a model is unknown or lacks what it needs to be
            told, or there are too few conversions for it.
        ConvergenceError: a model's fit does not settle.
        MissingExtraError: ``attention`` is asked and its extra is not installed.
    """
    told = told or ModelOptions()
    names = tuple(by_default(told) if models is None else models)
    options = AttributionOptions(models=names, told=told)  # unknown names are refused first
    truth = read_truth(folder / "truth.json")
    window = window_of(folder)
    events, table = _read(folder)
    options = replace(options, journeys=JourneyOptions(window=_holding(events, window, folder)))
    asked = inquire(events, table, options)
    if models is None and not answers_incremental(asked):
        options = replace(options, models=tuple(name for name in names if name != INCREMENTAL))
    found = asked.answer(fitting_models(options, asked), "channel")
    answers = tuple(found.models.values())
    return Evaluation(truth, answers, tuple(evaluate(answer, truth) for answer in answers))


def by_default(told: ModelOptions) -> tuple[str, ...]:
    """The models asked where none are named: the incremental one, and every rule.

    ``attention`` is not among them, as it trains networks.
    """
    lacking = {NEEDS_WEIGHTS} if told.position_weights is None else set()
    return (INCREMENTAL, *(name for name in MODELS if name not in lacking))


def window_of(folder: Path) -> tuple[int, int]:
    """Start and end of a world's window, epoch milliseconds.

    Raises:
        InputError: the folder's truth cannot be read or names no window.
    """
    path = folder / "truth.json"
    try:
        bounds = json.loads(path.read_text(encoding="utf-8"))["window"]
        start, end = (datetime.fromisoformat(bounds[name]) for name in ("start", "end"))
    except OSError as error:
        raise InputError(f"the truth {path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} names no window as `attrigraph simulate` writes it: {error!r}"
        ) from error
    return round(start.timestamp() * 1000), round(end.timestamp() * 1000)


def _holding(events: EventTable, window: tuple[int, int], folder: Path) -> tuple[int, int]:
    """The window, its end without, that holds all events of a world.

    In some worlds everybody converts at the very end, which then lies within.
    """
    start, end = window
    times = np.concatenate([events.touches.time, events.conversions.time])
    outside = int(((times < start) | (times > end)).sum())
    if outside:
        raise InputError(
            f"{outside} events of {folder / 'events.csv'} lie outside the window that its "
            "truth.json names; write the world again with `attrigraph simulate`"
        )
    return start, end + int((times == end).any())


def _read(folder: Path) -> tuple[EventTable, CustomerAttributes | None]:
    files = [folder / "events.csv", folder / "customers.csv"]
    missing = [file.name for file in files if not file.exists()]
    if missing:
        raise InputError(
            f"{folder} has a truth.json and lacks {' and '.join(missing)}; "
            "write the world again with `attrigraph simulate`"
        )
    with (
        tempfile.TemporaryDirectory(prefix="attrigraph-") as scratch,
        stage(
            files,
            preset("events", "customers"),
            StagingOptions(keep_ids=True),
            folder=Path(scratch),
        ) as staged,
    ):
        if staged.counts.refused:
            first = next(staged.refused())
            raise InputError(
                f"{staged.counts.refused} rows of the world are refused, the first in "
                f"{first.file}:{first.line}: {first.reason}"
            )
        return staged.events(), one_table(staged.customer_attributes())
