"""What adapters would have gained on a user's own log, each case predicted first and learnt then.

Logs are the daily conversion rates of the graph, by channel and by campaign, and those fatigue
predictions in Postgres that have had their feedback.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from attrigraph.adaptation.conversion_rates import WINDOW_DAYS
from attrigraph.adaptation.guard import MAX_LOSS
from attrigraph.adaptation.health_gate import health_of
from attrigraph.adaptation.kinds import DEFAULT_KIND, KINDS
from attrigraph.adaptation.online import Outcome
from attrigraph.adaptation.prequential import LoggedCase, replay
from attrigraph.adaptation.rate_cases import RATE_LOSS, rate_adapter, rate_case
from attrigraph.adaptation.rate_model import fit_rate_model
from attrigraph.errors import InputError
from attrigraph.services.conversion_rates import most_converting, read_rates
from attrigraph.services.level_correction import FATIGUE, fatigue_adapter
from attrigraph.store.adapter_state import adapter_names
from attrigraph.store.engine import sql_errors
from attrigraph.store.trajectories import PostgresTrajectories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Engine

    from attrigraph.adaptation.adapter import Adapter
    from attrigraph.adaptation.conversion_rates import DailyRates
    from attrigraph.adaptation.health_gate import Health
    from attrigraph.adaptation.prequential import Replay
    from attrigraph.stores import Stores

MIN_FIT_DAYS: Final = 14
MIN_LOG_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class AdapterRow:
    """An adapter on a log, under the guard.

    Attributes:
        adapter: its kind.
        loss: mean of what was served.
        ratio: that as a multiple of the frozen model's.
        weight: of the adapted scores in what is served at the end, 0 to 1.
        learnt: feedbacks that it learnt from.
        boundaries: those of them at which its errors had changed.
        rejected: feedbacks that the health gate rejected.
    """

    adapter: str
    loss: float
    ratio: float
    weight: float
    learnt: int
    boundaries: int
    rejected: int


@dataclass(frozen=True, slots=True)
class LogReport:
    """All adapters on one log.

    Attributes:
        log: what was predicted.
        cases: predictions with feedback.
        outputs: numbers of a prediction.
        left_out: channels or campaigns beyond ``MAX_KEYS``.
        frozen_loss: mean loss of the frozen model: half the Poisson deviance per case.
        max_loss: constant of the guard's bound.
        is_prompt: whether feedback came before the next prediction, as the bound needs.
        adapters: one row each.
    """

    log: str
    cases: int
    outputs: int
    left_out: int
    frozen_loss: float
    max_loss: float
    is_prompt: bool
    adapters: tuple[AdapterRow, ...]


@dataclass(frozen=True, slots=True)
class AdaptationReport:
    """The report.

    Attributes:
        health: what the gate finds now; None where the graph has too few days.
        modes: days of the log of campaigns by the mode of the gate.
        logs: one per log.
        notes: logs that could not be replayed, and why.
    """

    health: Health | None
    modes: dict[str, int]
    logs: tuple[LogReport, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph adapt report --json`` prints."""
        return asdict(self)


def report_adaptation(stores: Stores) -> AdaptationReport:
    """Replay all logs with every kind of adapter.

    Raises:
        MissingExtraError: the extra ``gnn`` is not installed.
    """
    rates, notes = read_rates(stores.driver)
    healths = _daily_health(rates["campaign"]) if "campaign" in rates else {}
    logs = []
    for level, each in rates.items():
        try:
            logs.append(_rates_log(f"conversion rates by {level}", each, healths))
        except InputError as error:
            notes.append(str(error))
    logs.extend(fatigue_logs(stores.engine))
    modes = Counter(health.mode for health in healths.values())
    now = healths[max(healths)] if healths else None
    return AdaptationReport(now, dict(sorted(modes.items())), tuple(logs), tuple(notes))


def _daily_health(campaigns: DailyRates) -> dict[int, Health]:
    """By day since 1970, as the gate saw it at its end; not of the first days."""
    found = (
        (campaigns.first_day + column, health_of(campaigns.between(0, column + 1)))
        for column in range(campaigns.days)
    )
    return {day: health for day, health in found if health is not None}


def _rates_log(log: str, rates: DailyRates, healths: Mapping[int, Health]) -> LogReport:
    """The model is fitted on the first half of the days, and adapted in the second."""
    usable = rates.days - WINDOW_DAYS + 1
    if usable < MIN_FIT_DAYS + MIN_LOG_DAYS:
        raise InputError(
            f"{log} need {MIN_FIT_DAYS + MIN_LOG_DAYS + WINDOW_DAYS} days with touches, and the "
            f"graph has {rates.days + 1}"
        )
    begin = rates.days - usable // 2
    before = rates.between(WINDOW_DAYS - 1, begin)
    keys = most_converting(before)
    model, followed = fit_rate_model(before.of(keys)), rates.of(keys)
    cases = []
    for column in range(begin, rates.days):
        health = healths.get(rates.first_day + column)
        step = 1.0 if health is None else health.step
        cases.append(rate_case(model, followed, column, step=step))
    return _log_report(
        log,
        cases,
        lambda kind: rate_adapter(model, kind),
        max_loss=model.max_loss,
        left_out=len(rates.keys) - len(keys),
    )


def fatigue_logs(engine: Engine) -> Iterator[LogReport]:
    """One log per frozen model of fatigue that has had feedback."""
    with sql_errors(engine.url), engine.connect() as connection:
        for name in adapter_names(connection, FATIGUE):
            answered = PostgresTrajectories(connection, name).recent()
            if answered:
                cases = [LoggedCase(*each) for each in answered]
                features = len(cases[0].made.x)
                yield _log_report(name, cases, partial(fatigue_adapter, n_features=features))


def _log_report(
    log: str,
    cases: Sequence[LoggedCase],
    make: Callable[[str], Adapter],
    *,
    max_loss: float = MAX_LOSS,
    left_out: int = 0,
) -> LogReport:
    replays = {kind: replay(cases, make(kind), RATE_LOSS, max_loss=max_loss) for kind in KINDS}
    return LogReport(
        log,
        len(cases),
        len(cases[0].made.frozen),
        left_out,
        float(replays[DEFAULT_KIND].frozen.mean()),
        max_loss,
        all(one.feedback.at <= later.made.at for one, later in pairwise(cases)),
        tuple(_row(kind, each) for kind, each in replays.items()),
    )


def _row(kind: str, found: Replay) -> AdapterRow:
    outcomes = found.outcomes
    return AdapterRow(
        kind,
        float(found.losses.mean()),
        found.ratio,
        found.weight,
        outcomes[Outcome.LEARNT] + outcomes[Outcome.BOUNDARY],
        outcomes[Outcome.BOUNDARY],
        outcomes[Outcome.FROZEN],
    )
