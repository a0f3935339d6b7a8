"""Exchange rates: what one unit of a currency is worth in the currency of the answer."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from attrigraph.domain import Categorical
    from attrigraph.domain.columns import Amounts


def check_currency(code: str | None) -> None:
    """Check that a currency is stated by its code, if it is.

    Raises:
        InputError: it is not.
    """
    is_code = code is None or (
        len(code) == len("EUR") and code.isascii() and code.isalpha() and code.isupper()
    )
    if not is_code:
        raise InputError(f"a currency must be a code of three letters such as EUR, got {code!r}")


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates by currency, each from a day on until the next one.

    Attributes:
        by_currency: code -> days, rising, and the rate from each of them on, > 0. A rate for all
            times is one from ``date.min`` on.
    """

    by_currency: Mapping[str, tuple[tuple[date, float], ...]]

    @classmethod
    def of(cls, rows: Iterable[tuple[str, date | None, float]]) -> Rates:
        """Rates of rows: currency, day (None for all times) and rate.

        Raises:
            InputError: a rate is not above 0, or a currency has two rates for one day.
        """
        days: dict[str, dict[date, float]] = {}
        for code, day, rate in rows:
            known = days.setdefault(code, {})
            since = date.min if day is None else day
            if not 0 < rate < float("inf"):
                raise InputError(f"a rate must be above 0, got {rate:g} for {code}")
            if since in known:
                at = "all times" if day is None else day.isoformat()
                raise InputError(f"{code} has two rates for {at}; give one")
            known[since] = rate
        return cls({code: tuple(sorted(known.items())) for code, known in days.items()})

    def rate(self, currency: str, day: date) -> float:
        """The rate of the day, or of the last day before it that has one.

        Raises:
            InputError: there is none.
        """
        known = self.by_currency.get(currency, ())
        place = bisect_right([since for since, _ in known], day)
        if not place:
            first = f"; the first is of {known[0][0].isoformat()}" if known else ""
            raise InputError(
                f"the rates have none for {currency} on {day.isoformat()}{first}; add one"
            )
        return known[place - 1][1]

    def to_json(self) -> dict[str, list[list[object]]]:
        """JSON values, equal for equal rates."""
        return {
            code: [[since.isoformat(), rate] for since, rate in known]
            for code, known in sorted(self.by_currency.items())
        }


def converted(
    amounts: Amounts,
    currency: Categorical,
    date_: NDArray[np.datetime64],
    target: str | None,
    rates: Rates | None,
) -> Amounts:
    """Amounts in the currency of the answer.

    Args:
        amounts: float64 ``[n]``.
        currency: their currencies; missing is that of the answer.
        date_: datetime64[D] ``[n]``, their days.
        target: the currency of the answer; None if it is unknown, then nothing is converted.
        rates: rates into it; see ``answer_currency``, which makes sure that there are some.

    Raises:
        InputError: a rate is missing.
    """
    worth = np.ones(len(amounts))
    for code, name in enumerate(currency.keys):
        if name == target or target is None or rates is None:
            continue
        rows = np.flatnonzero(currency.codes == code)
        days, place = np.unique(date_[rows], return_inverse=True)
        worth[rows] = np.array([rates.rate(name, day) for day in days.astype(object)])[place]
    return amounts * worth


def answer_currency(
    occurring: Iterable[str], stated: str | None, rates: Rates | None, what: str
) -> str | None:
    """The one currency of an answer.

    Args:
        occurring: currencies of the amounts.
        stated: the currency that the options name; None for that of the amounts.
        rates: rates into it.
        what: the amounts, in the plural, for the message.

    Raises:
        InputError: amounts are in other currencies, and there are no rates.
    """
    codes = sorted(set(occurring))
    target = stated or (codes[0] if len(codes) == 1 else None)
    if not codes or codes == [target]:
        return target
    if stated is None or rates is None:
        needed = "--rates FILE" if stated else "--currency CODE and --rates FILE"
        raise InputError(
            f"the {what} are in {' and '.join(codes)}, and an answer has one currency"
            f"{f', {stated}' if stated else ''}; give {needed} to convert them"
        )
    return stated
