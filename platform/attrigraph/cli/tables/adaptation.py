"""What adapters gain on a log, and predicted conversion rates, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.adaptation.guard import SHARE
from attrigraph.cli.tables.fitted import Column, print_sentence, show_table
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from rich.console import Console

    from attrigraph.adaptation.health_gate import Health
    from attrigraph.services.adaptation_report import AdaptationReport, LogReport
    from attrigraph.services.fatigue_levels import LearntLevels
    from attrigraph.services.rate_adaptation import LearntRates, RatePrediction


def show_adaptation(found: AdaptationReport, *, console: Console) -> None:
    """Print one table per log, and what the health gate finds."""
    for log in found.logs:
        _show_log(log, console)
        console.print()
    for note in found.notes:
        print_sentence(note, console=console)
    print_sentence(_health(found.health), console=console)
    if found.modes:
        modes = ", ".join(f"{mode} {counted(n, 'day')}" for mode, n in found.modes.items())
        print_sentence(f"health gate since the beginning: {modes}", console=console)


def show_rates(learnt: LearntRates, *, console: Console) -> None:
    """Print one table per level, and what was learnt."""
    for prediction in learnt.predictions:
        _show_prediction(prediction, console)
        console.print()
    for note in learnt.notes:
        print_sentence(note, console=console)
    print_sentence(_health(learnt.health), console=console)


def show_levels(levels: LearntLevels, *, console: Console) -> None:
    """Print what was learnt from clicks."""
    learnt = ", ".join(f"{counted(n, 'unit')} {what}" for what, n in levels.outcomes.items())
    print_sentence(
        f"fatigue: click rates of {counted(levels.units, 'unit')} after {levels.as_of} corrected "
        f"by a factor of {levels.correction:.3f} in the mean; "
        f"{learnt or 'no further day is over'}",
        console=console,
    )


def _show_log(log: LogReport, console: Console) -> None:
    left_out = f", without {log.left_out:,} of fewer conversions" if log.left_out else ""
    bound = (
        f"cumulative loss <= {1 + SHARE:g} x frozen + {log.max_loss:,.0f}"
        if log.is_prompt
        else "feedback comes after later predictions, so that the loss has no bound"
    )
    print_sentence(
        f"{log.log}: {counted(log.cases, 'prediction')} of {counted(log.outputs, 'rate')}"
        f"{left_out}; {bound}",
        console=console,
    )
    rows = log.adapters
    show_table(
        Column("adapter", ["frozen", *(row.adapter for row in rows)]),
        [
            Column("loss", [f"{loss:,.3f}" for loss in (log.frozen_loss, *_losses(log))]),
            Column("x frozen", ["1.000", *(f"{row.ratio:.3f}" for row in rows)]),
            Column("weight", ["", *(f"{row.weight:.2f}" for row in rows)]),
            Column("learnt", ["", *(f"{row.learnt:,}" for row in rows)]),
            Column("changes", ["", *(f"{row.boundaries:,}" for row in rows)]),
            Column("rejected", ["", *(f"{row.rejected:,}" for row in rows)]),
        ],
        console=console,
    )


def _losses(log: LogReport) -> list[float]:
    return [row.loss for row in log.adapters]


def _show_prediction(prediction: RatePrediction, console: Console) -> None:
    learnt = ", ".join(f"{counted(n, 'day')} {what}" for what, n in prediction.outcomes.items())
    print_sentence(
        f"conversions per 1,000 exposed customers on {prediction.day}, by {prediction.level}; "
        f"{learnt or 'no further day is over'}",
        console=console,
    )
    show_table(
        Column(prediction.level, prediction.keys),
        [
            Column("corrected", [f"{1000 * rate:.3f}" for rate in prediction.rates]),
            Column("frozen", [f"{1000 * rate:.3f}" for rate in prediction.frozen]),
        ],
        console=console,
    )


def _health(health: Health | None) -> str:
    if health is None:
        return "health gate: the graph has too few days for it"
    return (
        f"health gate: {health.mode}; {health.coherence:.0%} of the nearest neighbours of "
        f"{counted(health.campaigns, 'campaign')} kept, {health.by_chance:.0%} would be by chance"
    )
