"""What was spent on the keys of an answer, and what their credit returned."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Return:
    """Cost of one channel, campaign or creative, and the return on it by one model.

    Where the cost of only a part of its touches is known, what depends on it is withheld (None).

    Attributes:
        cost: in the currency of the answer; None where none is known.
        cost_coverage: share of its touches whose cost is known, in [0, 1].
        roas: return on advertising spend, credited value over cost; None where the credit is not
            identified, the cost is 0, or no conversion has a value.
        roas_low: lower end of its 90 % interval, that of the credited value over cost.
        roas_high: its upper end.
        cost_per_conversion: cost over credited conversions; None where those are not above 0.
        share_of_credit: of the credited value (conversions, where none has a value).
        share_of_spend: of the known cost of all keys.
    """

    cost: float | None = None
    cost_coverage: float = 0.0
    roas: float | None = None
    roas_low: float | None = None
    roas_high: float | None = None
    cost_per_conversion: float | None = None
    share_of_credit: float | None = None
    share_of_spend: float | None = None


RETURN_FIELDS: Final = tuple(one.name for one in fields(Return))
"""Names in rows and JSON, in their order."""

NO_RETURN: Final = Return()


@dataclass(frozen=True, slots=True)
class SpendLine:
    """Spend of the period on one thing, as a platform names it.

    Attributes:
        cost: in the currency of the answer.
        platform: who charged it.
        channel: name of the channel.
        campaign: id of the campaign.
        campaign_name: its name.
        creative: id of the creative.
    """

    cost: float
    platform: str | None = None
    channel: str | None = None
    campaign: str | None = None
    campaign_name: str | None = None
    creative: str | None = None


@dataclass(frozen=True, slots=True)
class SpendSummary:
    """How spend and touches of an answer were matched.

    Attributes:
        start: first day of the period; None where the data have no times.
        end: its last day, inclusive.
        total: all spend of the period, currency.
        without_touches: spend on what no touch names; such keys have credit 0.
        not_assigned: spend that is known for a wider level only, as for a channel as a whole.
        without_spend: keys with touches that no spend covers, and the number of these touches.
        notes: sentences about what a reader may not expect.
    """

    start: date | None
    end: date | None
    total: float
    without_touches: tuple[SpendLine, ...] = ()
    not_assigned: tuple[SpendLine, ...] = ()
    without_spend: tuple[tuple[str | None, int], ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "start": None if self.start is None else self.start.isoformat(),
            "end": None if self.end is None else self.end.isoformat(),
            "total": self.total,
            "without_touches": [asdict(line) for line in self.without_touches],
            "not_assigned": [asdict(line) for line in self.not_assigned],
            "without_spend": [
                {"key": key, "touches": touches} for key, touches in self.without_spend
            ],
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> SpendSummary:
        """From what ``to_json`` gave."""
        start, end = (
            None if stored[name] is None else date.fromisoformat(stored[name])
            for name in ("start", "end")
        )
        return cls(
            start,
            end,
            stored["total"],
            tuple(SpendLine(**line) for line in stored["without_touches"]),
            tuple(SpendLine(**line) for line in stored["not_assigned"]),
            tuple((line["key"], line["touches"]) for line in stored["without_spend"]),
            tuple(stored["notes"]),
        )
