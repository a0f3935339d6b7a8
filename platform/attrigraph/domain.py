"""The nouns of the field as frozen dataclasses.

Bulk data are columns: NumPy arrays of equal length, one row a touch or conversion. Times are UTC
epoch milliseconds (int64); ``NO_TIME`` marks an event whose order is known but not its time.
Money is in the data set's one currency.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    import pandas
    import polars

NO_TIME: Final = int(np.iinfo(np.int64).min)
"""Stands for a missing time in an int64 column of epoch milliseconds."""

BUCKETS: Final = 1024
"""Customers are spread over this many buckets, the unit of partitioned reads and writes."""

StringArray = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """One contact of a customer with marketing.

    Attributes:
        id: unique over all touchpoints.
        customer_id: whose touch it is.
        timestamp: when, with a time zone; None when only the order is known.
        channel: the channel's name, if known.
        campaign: the campaign's id, if known.
        creative: the creative's id, if known.
        kind: impression, click, visit, email, ...
        cost: what it cost, >= 0, in the data set's currency; None when unknown.
        position: place in the customer's order, used where times are missing or equal.
    """

    id: str
    customer_id: str
    timestamp: datetime | None
    channel: str | None = None
    campaign: str | None = None
    creative: str | None = None
    kind: str = "impression"
    cost: float | None = None
    position: int = 0


@dataclass(frozen=True, slots=True)
class Conversion:
    """One conversion of a customer: what is to be explained.

    Attributes:
        id: unique over all conversions.
        customer_id: who converted.
        timestamp: when, with a time zone; None when only the order is known.
        value: its worth, >= 0, in the data set's currency.
        kind: purchase, signup, ...
        position: place in the customer's order, used where times are missing or equal.
    """

    id: str
    customer_id: str
    timestamp: datetime | None
    value: float = 0.0
    kind: str = "conversion"
    position: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Categorical:
    """A text column as codes into its distinct values.

    Attributes:
        keys: the distinct values.
        codes: int32 ``[n]``, index into ``keys``; -1 where the value is missing.
    """

    keys: tuple[str, ...]
    codes: NDArray[np.int32]

    def values(self) -> StringArray:
        """The column spelled out, object ``[n]``, None where missing."""
        return np.array([*self.keys, None], dtype=object)[self.codes]


@dataclass(frozen=True, slots=True, eq=False)
class Touches:
    """Touches as columns of length n.

    Attributes:
        id: object ``[n]``.
        customer: int32 ``[n]``, index into ``EventTable.customers``.
        time: int64 ``[n]``, epoch milliseconds or ``NO_TIME``.
        position: int32 ``[n]``, the order among equal or missing times.
        kind: what happened.
        channel: names of channels.
        campaign: ids of campaigns, resolved from the creative where only that was given.
        creative: ids of creatives.
        cost: float64 ``[n]``, currency, NaN where unknown.
    """

    id: StringArray
    customer: NDArray[np.int32]
    time: NDArray[np.int64]
    position: NDArray[np.int32]
    kind: Categorical
    channel: Categorical
    campaign: Categorical
    creative: Categorical
    cost: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.customer)


@dataclass(frozen=True, slots=True, eq=False)
class Conversions:
    """Conversions as columns of length n.

    Attributes:
        id: object ``[n]``.
        customer: int32 ``[n]``, index into ``EventTable.customers``.
        time: int64 ``[n]``, epoch milliseconds or ``NO_TIME``.
        position: int32 ``[n]``, the order among equal or missing times.
        kind: what was reached.
        value: float64 ``[n]``, currency, >= 0.
    """

    id: StringArray
    customer: NDArray[np.int32]
    time: NDArray[np.int64]
    position: NDArray[np.int32]
    kind: Categorical
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.customer)


@dataclass(frozen=True, slots=True, eq=False)
class EventTable:
    """All touches and conversions of a set of whole customers.

    Touches and conversions are each sorted by (customer, time, position, id).

    Attributes:
        customers: object ``[n_customers]``, ids as the graph knows them.
        bucket: int32 ``[n_customers]``, 0 to 1023, a hash of the id.
        touches: their touches.
        conversions: their conversions.
    """

    customers: StringArray
    bucket: NDArray[np.int32]
    touches: Touches
    conversions: Conversions


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One row of a file that was not taken, and why.

    Attributes:
        file: the file as it was named to us.
        line: its line in that file, from 1 (the header is line 1); for Parquet the row, from 1.
        reason: the name of the reason, a colon, and a sentence, as listed in docs/loading.md.
    """

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign; what is not known is None.

    Attributes:
        id: unique over all campaigns.
        name: for people.
        objective: awareness, sales, ...
        start_date: first day.
        end_date: last day, inclusive.
        budget: >= 0, currency.
    """

    id: str
    name: str | None = None
    objective: str | None = None
    start_date: date | None = None
    end_date: date | None = None
    budget: float | None = None


@dataclass(frozen=True, slots=True)
class Creative:
    """A creative: what people saw; what is not known is None.

    Attributes:
        id: unique over all creatives.
        name: for people.
        format: video, image, ...
        text: its words.
        campaign: id of the one campaign it is part of.
    """

    id: str
    name: str | None = None
    format: str | None = None
    text: str | None = None
    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class Element:
    """A building block that creatives share.

    Attributes:
        id: derived from kind and text, so that equal elements are one.
        kind: ``hook``, ``promise``, ``frame`` or ``cta``.
        text: its words.
    """

    id: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Audience:
    """A group of people, perhaps within a larger one.

    Attributes:
        id: unique over all audiences.
        name: for people, None when not known.
        parent: id of the audience around it; never leads back to itself.
    """

    id: str
    name: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CreativeDays:
    """What each creative did to each audience on each day, as columns of length n.

    Sorted by (creative, audience, date), each of which occurs once. A number that the file does
    not give is NaN.

    Attributes:
        creative: ids of creatives.
        audience: ids of audiences.
        date: datetime64[D] ``[n]``.
        impressions: float64 ``[n]``, count.
        reach: float64 ``[n]``, people.
        clicks: float64 ``[n]``, count.
        conversions: float64 ``[n]``, count.
        cost: float64 ``[n]``, currency.
    """

    creative: Categorical
    audience: Categorical
    date: NDArray[np.datetime64]
    impressions: NDArray[np.float64]
    reach: NDArray[np.float64]
    clicks: NDArray[np.float64]
    conversions: NDArray[np.float64]
    cost: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.date)


@dataclass(frozen=True, slots=True, eq=False)
class References:
    """All that touches and tables refer to: each thing once, sorted, also if nowhere described.

    Attributes:
        channels: names of channels.
        campaigns: campaigns, also those that only a touch or a creative names.
        creatives: creatives, also those that only a touch or a daily row names.
        elements: the elements of the creatives.
        audiences: audiences, also those that only a campaign, a touch or a child names.
        has_element: pairs (creative id, element id).
        runs_on: pairs (campaign id, channel name).
        targets: pairs (campaign id, audience id).
        shown_to: pairs (creative id, audience id) that touches name together.
        creative_days: daily figures.
    """

    channels: tuple[str, ...]
    campaigns: tuple[Campaign, ...]
    creatives: tuple[Creative, ...]
    elements: tuple[Element, ...]
    audiences: tuple[Audience, ...]
    has_element: tuple[tuple[str, str], ...]
    runs_on: tuple[tuple[str, str], ...]
    targets: tuple[tuple[str, str], ...]
    shown_to: tuple[tuple[str, str], ...]
    creative_days: CreativeDays


@dataclass(frozen=True, slots=True, eq=False)
class CustomerAttributes:
    """What was known of customers before exposure, as columns of length n.

    Attributes:
        customers: object ``[n]``, ids as the graph knows them, sorted by (bucket, id).
        bucket: int32 ``[n]``, 0 to 1023.
        columns: object ``[n]`` each, by the column's own name: int, float, bool, str,
            ``datetime.date`` or ``datetime.datetime`` (UTC), one type a column; None where missing.
    """

    customers: StringArray
    bucket: NDArray[np.int32]
    columns: Mapping[str, StringArray]

    def __len__(self) -> int:
        return len(self.customers)


@dataclass(frozen=True, slots=True, eq=False)
class Journeys:
    """Journeys derived from facts, one after another (compressed rows).

    Journey j owns the touches ``touch[offsets[j]:offsets[j + 1]]``, oldest first; it may own none.

    Attributes:
        offsets: int64 ``[n_journeys + 1]``.
        touch: int64 ``[n]``, row in ``EventTable.touches``; a touch stands in several journeys only
            where touches are re-used.
        customer: int32 ``[n_journeys]``, index into ``EventTable.customers``.
        conversion: int64 ``[n_journeys]``, row in ``EventTable.conversions``, -1 where none.
        value: float64 ``[n_journeys]``, the conversion's value, 0 where none.
        age: float64 ``[n]``, days from the touch to the journey's end; NaN where times are missing.
    """

    offsets: NDArray[np.int64]
    touch: NDArray[np.int64]
    customer: NDArray[np.int32]
    conversion: NDArray[np.int64]
    value: NDArray[np.float64]
    age: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.conversion)

    @property
    def converted(self) -> NDArray[np.bool_]:
        """Bool ``[n_journeys]``: which journeys end in a conversion."""
        return self.conversion >= 0


@dataclass(frozen=True, slots=True, eq=False)
class PathCounts:
    """Distinct paths with how often each was walked: all that most models need.

    Path p is ``codes[offsets[p]:offsets[p + 1]]``; the empty path stands for journeys without a
    touch.

    Attributes:
        keys: what the codes name: channels, campaigns or creatives; None is the key of touches
            for which it is unknown.
        offsets: int64 ``[n_paths + 1]``.
        codes: int32 ``[n]``, index into ``keys``.
        conversions: float64 ``[n_paths]``, converting journeys.
        value: float64 ``[n_paths]``, sum of their values.
        nulls: float64 ``[n_paths]``, journeys that did not convert.
    """

    keys: tuple[str | None, ...]
    offsets: NDArray[np.int64]
    codes: NDArray[np.int32]
    conversions: NDArray[np.float64]
    value: NDArray[np.float64]
    nulls: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.conversions)


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
    """What a model says is lost without one channel, beside two other methods.

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
    """One model's answer: credits plus organic add up to what was observed.

    Attributes:
        model: its name, as ``--models`` takes it.
        incremental: whether it estimates what marketing caused; False for every sharing rule.
        organic: what no touch is credited with.
        credits: by falling conversions.
        notes: what a reader must know, such as a standard error where the model was sampled.
        assumptions: what must be true for the credit to be what marketing caused; empty for rules.
        checks: by channel, removals by other methods, where the model has them at this level.
        ahead: for each key the chance that it is ahead of each other one, the share of bootstrap
            draws in which it is credited with more; None without draws and for more than 50 keys.
    """

    model: str
    incremental: bool
    baseline: Amount
    credits: tuple[Credit, ...]
    notes: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    checks: tuple[RemovalCheck, ...] = ()
    ahead: Mapping[str | None, Mapping[str | None, float]] | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """The answer to one question: who is credited, by each model asked for.

    Attributes:
        by: ``channel``, ``campaign`` or ``creative``.
        observed: what was there to share.
        models: answers by name, in the order asked.
        run: id of the run that wrote them into the graph; None when read from files.
    """

    by: str
    observed: Observed
    models: Mapping[str, ModelCredits] = field(default_factory=dict)
    run: str | None = None

    def rows(self) -> list[dict[str, Any]]:
        """One row a model and key, the organic line last with key None and ``organic`` True."""
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
        import polars

        return polars.DataFrame(self.rows(), infer_schema_length=None)

    def to_pandas(self) -> pandas.DataFrame:
        """``rows()`` as a pandas frame; needs the extra ``frames``."""
        import pandas

        return pandas.DataFrame(self.rows())


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
    if model.ahead is not None:
        answer["ahead"] = _ahead_json(model.ahead)
    return answer


def _ahead_json(ahead: Mapping[str | None, Mapping[str | None, float]]) -> dict[str, Any]:
    """The matrix with a name for the unknown key, which JSON objects cannot hold as null."""
    unknown = "(unknown)"
    while unknown in ahead:
        unknown = f"({unknown})"

    def name(key: str | None) -> str:
        return unknown if key is None else key

    return {
        name(key): {name(other): chance for other, chance in row.items()}
        for key, row in ahead.items()
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
