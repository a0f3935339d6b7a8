"""The use case of evaluation: every model's credit beside the truth of a simulated world."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from attrigraph.attribution.incremental.channel_credit import IncrementalOptions
from attrigraph.attribution.incremental.run import run_incremental
from attrigraph.attribution.observed.evidence import gather
from attrigraph.attribution.observed.journeys import JourneyOptions, derive
from attrigraph.attribution.sharing import registry
from attrigraph.attribution.sharing.registry import MODELS
from attrigraph.errors import InputError
from attrigraph.services.customers import one_table
from attrigraph.staging import StagingOptions, preset, stage
from attrigraph.worlds.evaluation import Score, evaluate
from attrigraph.worlds.files import read_truth

if TYPE_CHECKING:
    from attrigraph.domain import CustomerFacts, Facts, ModelCredits
    from attrigraph.worlds.truth import Truth


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Models beside the truth.

    Attributes:
        truth: what marketing caused.
        answers: each model's credits by channel, the incremental one first.
        scores: how far each is from the truth, in the same order.
    """

    truth: Truth
    answers: tuple[ModelCredits, ...]
    scores: tuple[Score, ...]


def evaluate_world(folder: Path, *, seed: int = 0) -> Evaluation:
    """Read a world's files as any user's, ask every model, and compare with its truth.

    Args:
        folder: as `attrigraph simulate` writes it.
        seed: of what models sample.

    Raises:
        InputError: the folder holds no world, or too few conversions for the incremental model.
        ConvergenceError: a model's fit does not settle.
    """
    truth = read_truth(folder / "truth.json")
    window = window_of(folder)
    facts, table = _read(folder)
    journeys = derive(facts, JourneyOptions(window=(window[0], window[1] + 1)))
    names = [name for name in MODELS if name != "position-custom"]
    rules = registry.attribute(gather(facts, journeys, "channel"), names).models.values()
    start, end = window
    caused = run_incremental(facts, table, IncrementalOptions(seed=seed), start=start, end=end)
    answers = (caused.answer("channel"), *rules)
    return Evaluation(truth, answers, tuple(evaluate(answer, truth) for answer in answers))


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


def _read(folder: Path) -> tuple[Facts, CustomerFacts | None]:
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
        return staged.facts(), one_table(staged.customer_facts())
