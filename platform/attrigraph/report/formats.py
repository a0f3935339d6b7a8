"""How the report writes numbers and messages: the filters of its templates."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Final

from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def number(amount: float) -> str:
    """A count or sum with thousands separators, and with two decimals unless it is whole."""
    return f"{amount:,.0f}" if math.isclose(amount, round(amount)) else f"{amount:,.2f}"


def percent(share: float) -> str:
    """A share in [0, 1] as a percentage with one decimal."""
    return f"{share:.1%}"


def whole(amount: float) -> str:
    """An amount without decimals, except amounts that would be rounded to 0."""
    return rounded(amount, 0)


def rounded(amount: float, decimals: int) -> str:
    """An amount with so many decimals; with two if it is 0.01 or more and would be rounded to 0."""
    is_lost = 0.005 <= abs(amount) < 0.5 * 10**-decimals
    return f"{amount:z,.{2 if is_lost else decimals}f}"


def end(amount: float, decimals: int) -> str:
    """An end of an interval with so many decimals, which may be rounded to 0."""
    return f"{amount:z,.{decimals}f}"


def money(amount: float) -> str:
    """An amount of money: without decimals from 100, and where there is none."""
    return f"{amount:z,.{2 if 0 < abs(amount) < 100 else 0}f}"


def ratio(amount: float) -> str:
    """A return on cost, or a cost per conversion, with two decimals."""
    return f"{amount:z,.2f}"


def decimals_shown(most: float) -> int:
    """Decimals of a column of amounts of which the largest has this size."""
    return 0 if most >= 100 or most == 0 else 1 if most >= 10 else 2


def column(amounts: Iterable[float | None]) -> Callable[[float], str]:
    """How every amount of a column is written: with as many decimals as suit the largest."""
    return partial(rounded, decimals=decimals_shown(_largest(amounts)))


def money_column(amounts: Iterable[float | None]) -> Callable[[float], str]:
    """How every sum of money of a column is written: without decimals if one is 100 or more."""
    most = _largest(amounts)
    return partial(rounded, decimals=2 if 0 < most < 100 else 0)


def _largest(amounts: Iterable[float | None]) -> float:
    return max((abs(amount) for amount in amounts if amount is not None), default=0.0)


def signed(amount: float, decimals: int) -> str:
    """A difference with its sign, and 0 without one."""
    return f"{amount:+,.{decimals}f}" if round(amount, decimals) else "0"


def headline_amount(total: float) -> str:
    """An amount as the headline has it: without decimals, but for small ones."""
    return rounded(total, 0 if abs(total) >= 100 or total == round(total) else 2)


def share(part: float) -> str:
    """A share, possibly above 1, as a whole percentage; a dash for NaN.

    Only none is 0% and only all is 100%; shares next to them have a decimal.
    """
    if math.isnan(part):
        return "\N{EN DASH}"
    near = 0 < part < 0.005 or 0.995 <= part < 1
    return f"{min(part, 0.999):.1%}" if near else f"{part:.0%}"


def p_value(probability: float) -> str:
    """A p-value with two digits, without false precision near 0."""
    return "below 0.001" if probability < 0.001 else f"{probability:.2g}"


def as_sentence(message: str) -> str:
    """A message with a capital letter at its begin and a full stop at its end.

    A name before a colon, as of a file, stays as it is.
    """
    first = message.partition(" ")[0]
    return f"{message}." if first.endswith(":") else f"{message[:1].upper()}{message[1:]}."


FILTERS: Final = (
    number,
    percent,
    whole,
    money,
    ratio,
    share,
    p_value,
    as_sentence,
    counted,
    rounded,
    end,
    signed,
    column,
    money_column,
    headline_amount,
)
"""Those that templates use by their names."""
