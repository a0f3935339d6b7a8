"""What touches refer to: campaigns, creatives, elements, audiences, and attributes of customers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.domain.claim_days import ClaimDays
from attrigraph.domain.spend_days import SpendDays

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from attrigraph.domain.columns import Categorical, StringArray
    from attrigraph.domain.experiment import Experiment


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign; what is not known is None.

    Attributes:
        id: unique over all campaigns.
        name: display name.
        objective: awareness, sales, ...
        start_date: first day.
        end_date: last day, inclusive.
        budget: >= 0, currency.
        account_id: the one advertising account it is part of.
    """

    id: str
    name: str | None = None
    objective: str | None = None
    start_date: date | None = None
    end_date: date | None = None
    budget: float | None = None
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class Creative:
    """A creative: what people saw; what is not known is None.

    Attributes:
        id: unique over all creatives.
        name: display name.
        format: video, image, ...
        text: its text.
        campaign: id of the one campaign it is part of.
        ad_set_id: the one ad set of that campaign that it is part of; never without a campaign.
    """

    id: str
    name: str | None = None
    format: str | None = None
    text: str | None = None
    campaign: str | None = None
    ad_set_id: str | None = None


@dataclass(frozen=True, slots=True)
class Element:
    """A building block that creatives share.

    Attributes:
        id: derived from kind and text, so that equal elements are one.
        kind: ``hook``, ``promise``, ``frame`` or ``cta``.
        text: its text.
    """

    id: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Audience:
    """A group of people, perhaps within a larger one.

    Attributes:
        id: unique over all audiences.
        name: display name; None when not known.
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
        conversions: float64 ``[n]``, count that may be a fraction.
        cost: float64 ``[n]``, in its currency.
        channel: names of channels that they ran on.
        ad_set: ids of ad sets or ad groups that they ran in.
        campaign: ids of campaigns, or their names, as the platform has them.
        currency: codes of the currencies of costs; missing is that of the answer.
    """

    creative: Categorical
    audience: Categorical
    date: NDArray[np.datetime64]
    impressions: NDArray[np.float64]
    reach: NDArray[np.float64]
    clicks: NDArray[np.float64]
    conversions: NDArray[np.float64]
    cost: NDArray[np.float64]
    channel: Categorical
    ad_set: Categorical
    campaign: Categorical
    currency: Categorical

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
        experiments: experiments, by id.
        spend: spend per day.
        claims: claims of platforms per day.
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
    experiments: tuple[Experiment, ...] = ()
    spend: SpendDays = field(default_factory=SpendDays.empty)
    claims: ClaimDays = field(default_factory=ClaimDays.empty)


@dataclass(frozen=True, slots=True, eq=False)
class CustomerAttributes:
    """Attributes of customers known before their exposure, as columns of length n.

    Attributes:
        customers: object ``[n]``, ids as the graph knows them, sorted by (bucket, id).
        bucket: int32 ``[n]``, 0 to 1023.
        columns: object ``[n]`` each, by the column's own name: int, float, bool, str,
            ``datetime.date`` or ``datetime.datetime`` (UTC), one type a column; None where missing.
    """

    customers: StringArray
    bucket: NDArray[np.int32]
    columns: Mapping[str, StringArray]

    @classmethod
    def concatenate(cls, parts: Sequence[CustomerAttributes]) -> CustomerAttributes | None:
        """Parts with the same columns as one table; None where all are empty."""
        parts = [part for part in parts if len(part)]
        if not parts:
            return None
        return cls(
            customers=np.concatenate([part.customers for part in parts]),
            bucket=np.concatenate([part.bucket for part in parts]),
            columns={
                name: np.concatenate([part.columns[name] for part in parts])
                for name in parts[0].columns
            },
        )

    def __len__(self) -> int:
        return len(self.customers)
