"""Budget plans side by side, as they are planned and after a change of the market."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console

    from attrigraph.planning.market_change import ChangedValue

    Plan = Mapping[str, Any]

AFTER: Final = "value after the change"

BEST: Final = "best value then"

HEADS: Final = (
    *("spent", "left over", "exploring", "value", "90 % interval", "gain over old"),
    *("marginal return", AFTER, BEST),
)
"""Rows below the campaigns, in order."""

MIN_SHOWN: Final = 0.5
"""Less money than this is rounding."""


def show_comparison(
    plans: Mapping[str, Plan], changed: Mapping[str, ChangedValue], *, console: Console
) -> None:
    """Print plans side by side: spend of each campaign, and what the plan brings.

    Args:
        plans: as JSON, by name.
        changed: by name, the same after a change of the market; empty without one.
        console: what to print on.
    """
    spends = {
        name: {own["campaign"]: own["spend"] for own in plan["allocations"]}
        for name, plan in plans.items()
    }
    totals = {name: _totals(plan, changed.get(name)) for name, plan in plans.items()}
    _show(spends, totals, console)
    for sentence in _sentences(plans):
        print_sentence(sentence, console=console)
    if changed:
        console.print()
        print_sentence(
            "The best plans with the same limits after the change of the market:", console=console
        )
        console.print()
        best = {name: _best(after) for name, after in changed.items()}
        _show({name: after.spends for name, after in changed.items()}, best, console)


def _show(
    spends: Mapping[str, Mapping[str, float]],
    totals: Mapping[str, Mapping[str, str]],
    console: Console,
) -> None:
    """A table with a row per campaign, and below them the totals that any plan has."""
    campaigns = list(dict.fromkeys(c for spend in spends.values() for c in spend))
    heads = [head for head in HEADS if any(own.get(head) for own in totals.values())]
    columns = [
        Column(
            name,
            [
                *(_amount(spends[name].get(c)) for c in campaigns),
                *(totals[name].get(head, "") for head in heads),
            ],
        )
        for name in spends
    ]
    names = Column("campaign", [*campaigns, *heads], justify="left")
    show_table(names, columns, console=console, ends=[len(campaigns) - 1])


def _totals(plan: Plan, after: ChangedValue | None) -> dict[str, str]:
    """What is shown below the campaigns of a plan; empty where it says nothing."""
    gain, value = plan.get("gain"), plan["value"]
    is_open = value["high"] > value["low"]
    return {
        "spent": _amount(plan["spent"]),
        "left over": _amount(plan["left_over"]) if plan["left_over"] > MIN_SHOWN else "",
        "exploring": _amount(plan.get("exploration") or None),
        "value": _amount(value["value"]),
        "90 % interval": f"{value['low']:,.0f} to {value['high']:,.0f}" if is_open else "",
        "gain over old": _amount(None if gain is None else gain["value"]),
        "marginal return": f"{plan['marginal_return']:.2f}",
        AFTER: _amount(None if after is None else after.value),
        BEST: _amount(None if after is None else after.best),
    }


def _best(after: ChangedValue) -> dict[str, str]:
    return {
        "spent": _amount(sum(after.spends.values())),
        "value": _amount(after.best),
        "marginal return": f"{after.marginal_return:.2f}",
    }


def _amount(amount: float | None) -> str:
    return "" if amount is None else f"{amount:,.0f}"


def _sentences(plans: Mapping[str, Plan]) -> Iterator[str]:
    """What the numbers are of."""
    periods = {name: (plan.get("start"), plan.get("end")) for name, plan in plans.items()}
    currency = next((plan.get("currency") for plan in plans.values()), None)
    unit = "" if currency is None else f" in {currency}"
    if len(set(periods.values())) == 1:
        start, end = next(iter(periods.values()))
        yield f"Amounts{unit}" + (f" from {start} to {end}." if start else ".")
    else:
        listed = "; ".join(f"{name} {start} to {end}" for name, (start, end) in periods.items())
        yield f"Amounts{unit}. The periods differ: {listed}."
