"""Comparison of two stored attribution runs: what differs, and who gains or loses credit."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from attrigraph.domain import Amount
from attrigraph.errors import InputError
from attrigraph.graph.run_names import find_run
from attrigraph.graph.run_summary import read_attribution
from attrigraph.runs.parameters import JOB
from attrigraph.services.run_differences import run_differences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrigraph.domain import Level, ModelCredits
    from attrigraph.graph.runs import Run
    from attrigraph.stores import Stores

_NOTHING = Amount(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Change:
    """One key in both runs; what is missing in a run has a credit of 0 there.

    Attributes:
        key: name of a channel, or id of a campaign or creative; None for touches of unknown ones.
        before: its credit in the first run.
        after: its credit in the second run.
    """

    key: str | None
    before: Amount
    after: Amount

    @property
    def conversions(self) -> float:
        """The gain of credited conversions, below 0 for a loss."""
        return self.after.conversions - self.before.conversions

    @property
    def value(self) -> float:
        """The gain of credited value, currency."""
        return self.after.value - self.before.value

    def to_json(self) -> dict[str, Any]:
        """The object of one key in ``attrigraph runs compare --json``."""
        return {
            "key": self.key,
            "before": asdict(self.before),
            "after": asdict(self.after),
            "change": {"conversions": self.conversions, "value": self.value},
        }


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Two runs at one level.

    Attributes:
        before: the first run.
        after: the second run.
        level: ``channel``, ``campaign`` or ``creative``.
        differences: what may explain other results, as words of a sentence.
        changes: by model that both runs have, the largest change of conversions first.
        baselines: by such model, what no key is credited with.
    """

    before: Run
    after: Run
    level: Level
    differences: tuple[str, ...]
    changes: Mapping[str, tuple[Change, ...]]
    baselines: Mapping[str, Change]

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph runs compare --json`` prints, without the runs."""
        return {
            "by": self.level,
            "differences": list(self.differences),
            "models": {
                name: {
                    "baseline": self.baselines[name].to_json(),
                    "credits": [change.to_json() for change in changes],
                }
                for name, changes in self.changes.items()
            },
        }


def compare_runs(
    stores: Stores, before: str, after: str, *, level: Level = "channel"
) -> RunComparison:
    """Compare two runs, by the models that both have.

    Args:
        stores: the graph.
        before: id or name of the first run.
        after: id or name of the second run.
        level: what is credited.

    Raises:
        InputError: no such run, or no model in common.
    """
    driver = stores.driver
    first, second = (find_run(driver, JOB, key) for key in (before, after))
    old, new = (read_attribution(driver, run, level).models for run in (first, second))
    common = [name for name in new if name in old]
    if not common:
        raise InputError(
            f"runs {first.id} and {second.id} have no model in common: "
            f"{', '.join(old)} and {', '.join(new)}"
        )
    return RunComparison(
        before=first,
        after=second,
        level=level,
        differences=run_differences(first, second),
        changes={name: _changes(old[name], new[name]) for name in common},
        baselines={name: Change(None, old[name].baseline, new[name].baseline) for name in common},
    )


def _changes(old: ModelCredits, new: ModelCredits) -> tuple[Change, ...]:
    before, after = _amounts(old), _amounts(new)
    changes = [
        Change(key, before.get(key, _NOTHING), after.get(key, _NOTHING))
        for key in {**before, **after}
    ]
    changes.sort(key=lambda one: (-abs(one.conversions), one.key is None, one.key or ""))
    return tuple(changes)


def _amounts(model: ModelCredits) -> dict[str | None, Amount]:
    return {line.key: Amount(line.conversions, line.value) for line in model.credits}
