"""Incremental credit as rows of lift tests, which calibrate media mix models.

PyMC-Marketing conditions the saturation curve of a channel on the lift of a change in spend, per
period of the model: its curve rises, so a lift has the sign of the change. Meridian takes the
return on the spend of an experiment and its dates, and rejects results that are significantly
negative. Spend from nothing to what was spent is the change, and the credit of the channel its
lift. The standard error is the half-width of the 90 % interval of chance and bias, over 1.645.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from attrigraph.domain.columns import UNKNOWN
from attrigraph.domain.frames import frame_package
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas
    import polars

    from attrigraph.domain.credit import Attribution, Credit
    from attrigraph.domain.media_spend import MediaSpend

LiftFormat = Literal["pymc", "meridian"]
"""What reads the rows: ``MMM.add_lift_test_measurements`` of PyMC-Marketing, or
``CalibrationBuilder.with_incrementality_experiment_result`` of Meridian."""

LIFT_FORMATS: Final[tuple[LiftFormat, ...]] = get_args(LiftFormat)

LIFT_COLUMNS: Final[Mapping[LiftFormat, tuple[str, ...]]] = MappingProxyType(
    {
        "pymc": ("channel", "x", "delta_x", "delta_y", "sigma"),
        "meridian": (
            "channel_name",
            "point_estimate",
            "standard_error",
            "experiment_kpi_type",
            "total_spend",
            "experiment_start_date",
            "experiment_end_date",
        ),
    }
)

WEEK: Final = 7.0
"""The usual period of media mix models, in days."""

Z_90: Final = 1.644854
"""Half-width of a 90 % interval in standard errors."""

Z_95: Final = 1.959963
"""Half-width of the 95 % interval by which Meridian rejects results; rounded down, so that none of
our rows is rejected."""


@dataclass(frozen=True, slots=True)
class LiftRows:
    """Rows for a media mix model, and what is not in them.

    Attributes:
        columns: names of the columns.
        rows: one per channel, with these columns.
        notes: channels that were left out and why, and where spend is not the cost of all touches.
    """

    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a pandas frame; needs the extra ``frames``."""
        frame: pandas.DataFrame = frame_package("pandas").DataFrame(list(self.rows))
        return frame

    def to_polars(self) -> polars.DataFrame:
        """The rows as a polars frame; needs the extra ``frames``."""
        frame: polars.DataFrame = frame_package("polars").DataFrame(list(self.rows))
        return frame


@dataclass(frozen=True, slots=True)
class _Lift:
    """What a channel caused over the dates of the data, with the spend on it."""

    channel: str
    amount: float
    standard_error: float
    spend: float


def lift_rows_of(
    answer: Attribution, to: LiftFormat, *, values: bool = False, period_days: float = WEEK
) -> LiftRows:
    """Credit of the answer's first causal model as rows of lift tests.

    Channels are left out, with a note, that are no marketing, whose credit is not identified, whose
    spend is unknown, or whose result the reader rejects: a credit of 0 or below for ``pymc``, a
    significantly negative one for ``meridian``.

    Args:
        answer: credits by channel with the spend on channels.
        to: what reads the rows.
        values: ``pymc``: export credited value instead of conversions. Meridian gets value, or
            conversions where none has a value.
        period_days: ``pymc``: length of a period of the mix model, days.

    Raises:
        InputError: an answer by another level or without a causal model, without
            intervals or without spend, or no channel is left.
    """
    spend, credits = _spend_of(answer, to, period_days), _causal_credits(answer)
    uses_value = bool(answer.observed.value) if to == "meridian" else values
    lifts, left_out = _lifts(credits, spend, to, uses_value=uses_value)
    notes = tuple(f"left out, {why}: {', '.join(names)}" for why, names in left_out.items())
    if not lifts:
        raise InputError(f"no channel has a row for a media mix model; {'; '.join(notes)}")
    rows = [
        _pymc_row(lift, period_days / spend.days)
        if to == "pymc"
        else _meridian_row(lift, spend, "revenue" if uses_value else "non-revenue")
        for lift in lifts
    ]
    exported = {lift.channel for lift in lifts}
    about_spend = (note for name, note in spend.notes.items() if name in exported)
    return LiftRows(LIFT_COLUMNS[to], tuple(rows), (*notes, *about_spend))


def _spend_of(answer: Attribution, to: LiftFormat, period_days: float) -> MediaSpend:
    """The spend of the answer.

    Raises:
        InputError: the answer or the options cannot be exported.
    """
    if to not in LIFT_FORMATS:
        raise InputError(f"the format must be one of {', '.join(LIFT_FORMATS)}; got {to!r}")
    if not period_days > 0:
        raise InputError(f"a period of a mix model must be above 0 days, got {period_days:g}")
    if answer.by != "channel":
        raise InputError(f"a media mix model needs credit by channel, got it by {answer.by}")
    spend = answer.spend
    if spend is None or not spend.by_channel:
        raise InputError(
            "a media mix model needs the spend on channels, and none is known; give touches a cost,"
            " or experiments a spend"
        )
    if to == "meridian" and spend.days < 2:
        raise InputError(f"Meridian needs at least 2 days of data, got {spend.start} alone")
    return spend


def _causal_credits(answer: Attribution) -> tuple[Credit, ...]:
    """Credits of the first causal model.

    Raises:
        InputError: there is none, or it has no intervals.
    """
    causal = next((model for model in answer.models.values() if model.incremental), None)
    if causal is None:
        raise InputError("a media mix model needs the credit of a causal model; none has an answer")
    if all(credit.low is None for credit in causal.credits):
        raise InputError("a standard error needs intervals; the number of draws must be > 0")
    return causal.credits


def _lifts(
    credits: tuple[Credit, ...], spend: MediaSpend, to: LiftFormat, *, uses_value: bool
) -> tuple[list[_Lift], dict[str, list[str]]]:
    """What can be exported, and the names of the other channels by reason."""
    lifts: list[_Lift] = []
    left_out: dict[str, list[str]] = {}
    for credit in credits:
        why = _obstacle(credit, spend)
        if why is None:
            lift = _lift(credit, spend, uses_value=uses_value)
            why = _rejection(lift, to)
        if why is None:
            lifts.append(lift)
        else:
            left_out.setdefault(why, []).append(UNKNOWN if credit.key is None else credit.key)
    return lifts, left_out


def _obstacle(credit: Credit, spend: MediaSpend) -> str | None:
    """Why a credit says nothing to a mix model; None if it does."""
    if "not-marketing" in credit.reasons:
        return "because they are no marketing"
    if credit.identified is False:
        return "because the data do not identify their credit"
    if credit.key is None or credit.key not in spend.by_channel:
        return "because the spend on them is unknown"
    return None


def _lift(credit: Credit, spend: MediaSpend, *, uses_value: bool) -> _Lift:
    key = str(credit.key)
    amount, low, high = (
        (credit.value, credit.value_low, credit.value_high)
        if uses_value
        else (credit.conversions, credit.low, credit.high)
    )
    width = 0.0 if low is None or high is None else high - low
    return _Lift(key, amount, width / 2 / Z_90, spend.by_channel[key])


def _rejection(lift: _Lift, to: LiftFormat) -> str | None:
    """Why the reader does not take a lift; None if it does."""
    if not lift.standard_error > 0:
        return "because their credit has no interval"
    if to == "pymc" and lift.amount <= 0:
        return "because PyMC-Marketing takes no credit of 0 or below"
    if to == "meridian" and lift.amount + Z_95 * lift.standard_error < 0:
        return "because Meridian rejects credit significantly below 0"
    return None


def _pymc_row(lift: _Lift, periods: float) -> dict[str, Any]:
    """Lift of a period from no spend to what is spent on average.

    Args:
        lift: over the dates of the data.
        periods: length of a period over that of the data.
    """
    return {
        "channel": lift.channel,
        "x": 0.0,
        "delta_x": lift.spend * periods,
        "delta_y": lift.amount * periods,
        "sigma": lift.standard_error * periods,
    }


def _meridian_row(lift: _Lift, spend: MediaSpend, kpi_type: str) -> dict[str, Any]:
    return {
        "channel_name": lift.channel,
        "point_estimate": lift.amount / lift.spend,
        "standard_error": lift.standard_error / lift.spend,
        "experiment_kpi_type": kpi_type,
        "total_spend": lift.spend,
        "experiment_start_date": spend.start.isoformat(),
        "experiment_end_date": spend.end.isoformat(),
    }
