"""Credit: what models give to channels, campaigns and creatives, as data and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from attrigraph.domain.columns import UNKNOWN
from attrigraph.domain.frames import frame_package

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas
    import polars

Level = Literal["channel", "campaign", "creative"]
"""What credit is given to."""

LEVELS: Final[tuple[Level, ...]] = get_args(Level)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of conversions (a count, may be a fraction) and their value (currency)."""

    conversions: float
    value: float


@dataclass(frozen=True, slots=True)
class Observed:
    """What the data hold: journeys, those that converted, and the value of the conversions."""

    journeys: int
    conversions: int
    value: float


@dataclass(frozen=True, slots=True)
class Credit:
    """What one model gives to one channel, campaign or creative.

    Attributes:
        key: name of the channel or id of the campaign or creative; None gathers the touches for
            which it is unknown.
        conversions: credited conversions.
        value: credited value, currency.
        by_position: credited conversions by place in the journey, from 0, where the model has it.
        low: lower end of the 90 % interval of the conversions, where the model has one.
        high: its upper end.
        e_value: risk ratio >= 1 that a cause nobody measured must have, with the channel's touches
            and with converting, for half of the credit to be false; None where the model has
            none, or where the credit is not below the conversions of customers whom the channel
            touched.
        prob_ranked_above_next: probability in [0, 1] that it ranks above the next line, the share
            of bootstrap draws in which it is credited with more; None on the last line and without
            draws.
    """

    key: str | None
    conversions: float
    value: float
    by_position: tuple[float, ...] | None = None
    low: float | None = None
    high: float | None = None
    e_value: float | None = None
    prob_ranked_above_next: float | None = None


@dataclass(frozen=True, slots=True)
class RemovalEstimate:
    """Conversions lost without one channel, by another method than the model's.

    Attributes:
        removal: estimated conversions that only this channel's touches make.
        standard_error: of it, over customers.
        clipped: share of weights that were clipped; 0 where the method has none.
    """

    removal: float
    standard_error: float
    clipped: float = 0.0

    def agrees(self, removal: float) -> bool:
        """Whether a removal lies in the 95 % interval of this estimate."""
        return abs(removal - self.removal) <= 1.96 * self.standard_error


@dataclass(frozen=True, slots=True)
class RemovalCheck:
    """Conversions lost without one channel, by the model and by two other methods.

    Attributes:
        key: the channel; None gathers the touches for which it is unknown.
        removal: conversions lost without it by the model, before any lift test.
        double_machine_learning: the same by double machine learning.
        inverse_propensity: the same by inverse-propensity weighting; None where the data do not
            allow it, as when the channel has touched everyone.
    """

    key: str | None
    removal: float
    double_machine_learning: RemovalEstimate
    inverse_propensity: RemovalEstimate | None


@dataclass(frozen=True, slots=True)
class ModelCredits:
    """One model's answer: its credits and the baseline add up to what was observed.

    Attributes:
        model: its name, as ``--models`` takes it.
        incremental: whether it estimates what marketing caused; rules and path models do not.
        baseline: what no touch is credited with.
        credits: by decreasing conversions.
        notes: what a reader must know, such as a standard error where the model was sampled.
        assumptions: what must be true for the credit to be what marketing caused; empty for rules.
        checks: by channel, removals by other methods, where the model has them at this level.
        prob_ranked_above: for each key the probability that it ranks above each other one, the
            share of bootstrap draws in which it is credited with more; None without draws and for
            more than 50 keys.
    """

    model: str
    incremental: bool
    baseline: Amount
    credits: tuple[Credit, ...]
    notes: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    checks: tuple[RemovalCheck, ...] = ()
    prob_ranked_above: Mapping[str | None, Mapping[str | None, float]] | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """Credits by each of several models, at one level.

    Attributes:
        by: ``channel``, ``campaign`` or ``creative``.
        observed: what there was to attribute.
        models: answers by name, in the order requested.
        run: id of the run that wrote them into the graph; None when read from files.
    """

    by: str
    observed: Observed
    models: Mapping[str, ModelCredits] = field(default_factory=dict)
    run: str | None = None

    def rows(self) -> list[dict[str, Any]]:
        """One row per model and key; the baseline is last, with key None and ``baseline`` True."""
        table: list[dict[str, Any]] = []
        for answer in self.models.values():
            lines: Sequence[tuple[str | None, bool, Credit | Amount]] = [
                *((credit.key, False, credit) for credit in answer.credits),
                (None, True, answer.baseline),
            ]
            table += [
                {
                    "model": answer.model,
                    "incremental": answer.incremental,
                    "key": key,
                    "baseline": baseline,
                    "conversions": amount.conversions,
                    "value": amount.value,
                    "low": getattr(amount, "low", None),
                    "high": getattr(amount, "high", None),
                }
                for key, baseline, amount in lines
            ]
        return table

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph attribute --json`` prints."""
        answer: dict[str, Any] = {
            "by": self.by,
            "observed": {
                "journeys": self.observed.journeys,
                "conversions": self.observed.conversions,
                "value": self.observed.value,
            },
            "models": {name: _model_json(model) for name, model in self.models.items()},
        }
        return answer if self.run is None else {"run": self.run, **answer}

    def to_polars(self) -> polars.DataFrame:
        """``rows()`` as a polars frame; needs the extra ``frames``."""
        frame: polars.DataFrame = frame_package("polars").DataFrame(
            self.rows(), infer_schema_length=None
        )
        return frame

    def to_pandas(self) -> pandas.DataFrame:
        """``rows()`` as a pandas frame; needs the extra ``frames``."""
        frame: pandas.DataFrame = frame_package("pandas").DataFrame(self.rows())
        return frame


def _model_json(model: ModelCredits) -> dict[str, Any]:
    baseline = {"conversions": model.baseline.conversions, "value": model.baseline.value}
    answer: dict[str, Any] = {
        "incremental": model.incremental,
        "baseline": baseline,
        "credits": [_credit_json(credit) for credit in model.credits],
    }
    for name in ("notes", "assumptions"):
        if getattr(model, name):
            answer[name] = list(getattr(model, name))
    if model.checks:
        for line, credit in zip(answer["credits"], model.credits, strict=True):
            line["e_value"] = credit.e_value
        answer["checks"] = [asdict(check) for check in model.checks]
    if model.prob_ranked_above is not None:
        answer["prob_ranked_above"] = _ranking_json(model.prob_ranked_above)
    return answer


def _ranking_json(ranking: Mapping[str | None, Mapping[str | None, float]]) -> dict[str, Any]:
    """The matrix with a name for the unknown key, which JSON objects cannot hold as null."""
    unknown = UNKNOWN
    while unknown in ranking:
        unknown = f"({unknown})"

    def name(key: str | None) -> str:
        return unknown if key is None else key

    return {
        name(key): {name(other): chance for other, chance in row.items()}
        for key, row in ranking.items()
    }


def _credit_json(credit: Credit) -> dict[str, Any]:
    line: dict[str, Any] = {
        "key": credit.key,
        "conversions": credit.conversions,
        "value": credit.value,
    }
    if credit.low is not None and credit.high is not None:
        line |= {
            "low": credit.low,
            "high": credit.high,
            "prob_ranked_above_next": credit.prob_ranked_above_next,
        }
    if credit.by_position is not None:
        line["by_position"] = list(credit.by_position)
    return line
