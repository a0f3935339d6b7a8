"""Credit: what models give to channels, campaigns and creatives."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from attrigraph.domain.credit_json import model_json
from attrigraph.domain.frames import frame_package
from attrigraph.domain.key_labels import key_labels
from attrigraph.domain.lift_rows import WEEK, lift_rows_of
from attrigraph.domain.returns import NO_RETURN, RETURN_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas
    import polars

    from attrigraph.domain.agreement import ExperimentAgreement
    from attrigraph.domain.baseline_bounds import BaselineBounds
    from attrigraph.domain.data_health import HealthLine
    from attrigraph.domain.lift_rows import LiftFormat, LiftRows
    from attrigraph.domain.markov_chain import MarkovChain
    from attrigraph.domain.media_spend import MediaSpend
    from attrigraph.domain.pair_credit import PairCredit
    from attrigraph.domain.returns import Return, SpendSummary
    from attrigraph.domain.robustness import Robustness

Level = Literal["channel", "campaign", "creative"]
"""What credit is given to."""

LEVELS: Final[tuple[Level, ...]] = get_args(Level)

INTERVALS: Final = ("low", "high", "chance_low", "chance_high", "value_low", "value_high")
"""The fields of a credit that hold the ends of its intervals."""


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
        low: lower end of the 90 % interval of the conversions, where the model has one. Causal
            models include bias in it, where they can estimate its size.
        high: its upper end.
        prob_ranked_above_next: probability in [0, 1] that it ranks above the next line, the share
            of bootstrap draws in which it is credited with more; None on the last line and without
            draws.
        chance_low: lower end of the 90 % interval that covers chance alone, without bias.
        chance_high: its upper end.
        value_low: lower end of the 90 % interval of the value, where the model has one; in causal
            models of chance and bias.
        value_high: its upper end.
        identified: whether the data can answer what the key caused; None for models that do not
            test it.
        reasons: why it is not identified, as codes of ``domain.reasons``; empty if it is.
        captured: conversions and value at the moment of purchase whose cause the data do not show:
            the key caused between nothing and all of them. Not part of ``conversions``; None for
            models that do not separate it.
        returns: what it cost, and the return on that; None where that was not computed.
    """

    key: str | None
    conversions: float
    value: float
    by_position: tuple[float, ...] | None = None
    low: float | None = None
    high: float | None = None
    prob_ranked_above_next: float | None = None
    chance_low: float | None = None
    chance_high: float | None = None
    value_low: float | None = None
    value_high: float | None = None
    identified: bool | None = None
    reasons: tuple[str, ...] = ()
    captured: Amount | None = None
    returns: Return | None = None


@dataclass(frozen=True, slots=True)
class TriggeredShare:
    """The share of one channel's touches that touches of another channel triggered.

    Attributes:
        channel: the channel whose touches were triggered; None for touches of unknown channel.
        by: the channel that triggered them.
        share: of the touches of ``channel``, in [0, 1].
        low: lower end of its 90 % interval.
        high: its upper end.
    """

    channel: str | None
    by: str | None
    share: float
    low: float
    high: float


def by_share(triggered: Iterable[TriggeredShare]) -> tuple[TriggeredShare, ...]:
    """Shares in the order of every output: the largest first, equal ones by name, unknown last."""
    return tuple(
        sorted(
            triggered,
            key=lambda one: (
                -one.share,
                one.channel is None,
                one.channel or "",
                one.by is None,
                one.by or "",
            ),
        )
    )


@dataclass(frozen=True, slots=True)
class ModelCredits:
    """One model's answer: credits, captured parts and baseline add up to what was observed.

    Attributes:
        model: its name, as ``--models`` takes it.
        incremental: whether it estimates what marketing caused; rules and path models do not.
        baseline: what no touch is credited with.
        credits: by decreasing conversions.
        notes: what a reader must know, such as a standard error where the model was sampled.
        assumptions: what must be true for the credit to be what marketing caused; empty for rules.
        prob_ranked_above: for each key the probability that it ranks above each other one, the
            share of bootstrap draws in which it is credited with more; None without draws and for
            more than 50 keys.
        triggered: which channels make touches of which, in the order of ``by_share``; of the level
            channel only.
        advice: what to do instead, where most of the credit is not identified; the first line of
            every output of this model.
        baseline_bounds: what the baseline is at least and at most, where it is not identified
            because the number of people is not known; else None.
        agreement: of experiments with each other and with the model, one per tested channel; of the
            level channel only.
        pairs: sums of two credits of which neither is identified alone; of the level channel only.
        chain: removal effects and transitions; None for models that have none, and for more than 50
            keys.
    """

    model: str
    incremental: bool
    baseline: Amount
    credits: tuple[Credit, ...]
    notes: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    prob_ranked_above: Mapping[str | None, Mapping[str | None, float]] | None = None
    triggered: tuple[TriggeredShare, ...] = ()
    advice: str | None = None
    baseline_bounds: BaselineBounds | None = None
    agreement: tuple[ExperimentAgreement, ...] = ()
    pairs: tuple[PairCredit, ...] = ()
    chain: MarkovChain | None = None

    @property
    def captured(self) -> Amount:
        """What was captured at the moment of purchase, summed over all keys."""
        parts = [credit.captured for credit in self.credits if credit.captured is not None]
        return Amount(
            math.fsum(part.conversions for part in parts), math.fsum(part.value for part in parts)
        )


@dataclass(frozen=True, slots=True)
class FailedModel:
    """A model that gave no answer, while others did.

    Attributes:
        model: its name.
        reason: why, as a message for people.
        exit_code: what the command line exits with because of it.
    """

    model: str
    reason: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class Attribution:
    """Credits by each of several models, at one level.

    Attributes:
        by: ``channel``, ``campaign`` or ``creative``.
        observed: what there was to attribute.
        models: answers by name, in the order requested.
        run: id of the run that wrote them into the graph; None when read from files.
        failed: the models that were left out because their fit failed.
        robustness: how the decision moves with data and choices; None if that was not checked.
        spend: spend on channels over the dates of the data; None if that was not summed, or the
            data have no times.
        kind: the one kind of conversion that it is about; None for several, or where kinds are
            unknown.
        zone: IANA name of the zone in which the days of the window were stated, else UTC.
        others: the answers about the other kinds, by falling value.
        currency: code of the currency of every amount; None where it is not known.
        spend_summary: how spend and touches were matched; None without spend.
        names: names of keys that are ids, where they are known; of the levels campaign
            and creative.
        data_health: what the events show that makes credit wrong or hard to read; empty if no check
            found anything, None if they were not checked.
    """

    by: str
    observed: Observed
    models: Mapping[str, ModelCredits] = field(default_factory=dict)
    run: str | None = None
    failed: tuple[FailedModel, ...] = ()
    robustness: Robustness | None = None
    spend: MediaSpend | None = None
    data_health: tuple[HealthLine, ...] | None = None
    kind: str | None = None
    zone: str = "UTC"
    others: tuple[Attribution, ...] = ()
    currency: str | None = None
    spend_summary: SpendSummary | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def labels(self) -> dict[str | None, str]:
        """What people read in the place of each key that any model credits."""
        models = self.models.values()
        return key_labels((line.key for model in models for line in model.credits), self.names)

    @property
    def by_kind(self) -> tuple[Attribution, ...]:
        """This answer and those about the other kinds of conversions."""
        return (self, *self.others)

    def rows(self) -> list[dict[str, Any]]:
        """One row per kind of conversion, model and key.

        The baseline is the last row of each model, with key None and ``baseline`` True.
        """
        return [
            {"kind": of_kind.kind, **row}
            for of_kind in self.by_kind
            for answer in of_kind.models.values()
            for row in (*_credit_rows(answer, of_kind.names), _baseline_row(answer))
        ]

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph attribute --json`` prints.

        Where most credit of a model is not identified, what to do instead comes first.
        """
        advice = {name: one.advice for name, one in self.models.items() if one.advice is not None}
        answer: dict[str, Any] = {
            **({"advice": advice} if advice else {}),
            **({} if self.run is None else {"run": self.run}),
            "by": self.by,
            "kind": self.kind,
            "zone": self.zone,
            "currency": self.currency,
            "observed": {
                "journeys": self.observed.journeys,
                "conversions": self.observed.conversions,
                "value": self.observed.value,
            },
            "models": {name: model_json(model) for name, model in self.models.items()},
        }
        if self.names:
            answer["names"] = dict(self.names)
        if self.failed:
            answer["failed"] = [asdict(failure) for failure in self.failed]
        if self.spend_summary is not None:
            answer["spend"] = self.spend_summary.to_json()
        if self.data_health is not None:
            answer["data_health"] = [line.to_json() for line in self.data_health]
        if self.robustness is not None:
            answer["robustness"] = self.robustness.to_json()
        if self.others:
            answer["other_kinds"] = [other.to_json() for other in self.others]
        return answer

    def lift_rows(
        self, to: LiftFormat, *, values: bool = False, period_days: float = WEEK
    ) -> LiftRows:
        """Rows of lift tests for a media mix model; see ``lift_rows.lift_rows_of``."""
        return lift_rows_of(self, to, values=values, period_days=period_days)

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


def _credit_rows(answer: ModelCredits, names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "model": answer.model,
            "incremental": answer.incremental,
            "key": credit.key,
            "name": None if credit.key is None else names.get(credit.key),
            "baseline": False,
            "conversions": credit.conversions,
            "value": credit.value,
            **{name: getattr(credit, name) for name in INTERVALS},
            "identified": credit.identified,
            "reasons": " ".join(credit.reasons),
            "captured": None if credit.captured is None else credit.captured.conversions,
            "captured_value": None if credit.captured is None else credit.captured.value,
            **asdict(credit.returns or NO_RETURN),
        }
        for credit in answer.credits
    ]


def _baseline_row(answer: ModelCredits) -> dict[str, Any]:
    return {
        "model": answer.model,
        "incremental": answer.incremental,
        "key": None,
        "name": None,
        "baseline": True,
        "conversions": answer.baseline.conversions,
        "value": answer.baseline.value,
        **dict.fromkeys((*INTERVALS, "identified")),
        "reasons": "",
        **dict.fromkeys(("captured", "captured_value", *RETURN_FIELDS)),
    }
