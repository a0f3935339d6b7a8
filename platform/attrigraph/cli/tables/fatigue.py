"""Fatigue of creatives as tables and sentences for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table
from attrigraph.fatigue.creatives import REASONS
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from attrigraph.fatigue.creatives import AudienceFatigue, CreativeFatigue, WeeklyLoss
    from attrigraph.services.fatigue_job import FatigueScores
    from attrigraph.services.fatigue_model import TrainedModel


def show_trained(trained: TrainedModel, *, console: Console) -> None:
    """Print on what a model was trained, what it is, and how far it is off."""
    for sentence in _trained(trained):
        print_sentence(sentence, console=console)


def _trained(trained: TrainedModel) -> Iterator[str]:
    yield (
        f"trained on {counted(trained.creative_days, 'creative-day')} of "
        f"{counted(trained.creatives, 'creative')} in {counted(trained.campaigns, 'campaign')} "
        f"until {trained.as_of}"
    )
    if trained.calibration_campaigns:
        errors = ", ".join(f"{error:.1f} by the {name}" for name, error in trained.errors.items())
        yield (
            f"mean absolute error of days left on {trained.calibration_campaigns} campaigns that "
            f"it was not fitted on: {errors}; the {trained.method} is used"
        )
        yield f"an exposure to a similar creative counts {trained.spill_weight:.2f} of one's own"
    else:
        yield f"not calibrated: the {trained.method} is used, and no interval is known"
    yield from trained.notes


def show_scores(scores: FatigueScores, top: int, *, console: Console) -> None:
    """Print the most urgent creatives, and sentences on the others."""
    shown = scores.creatives[:top]
    unit = f", {scores.currency}" if scores.currency else ""
    show_table(
        Column("creative", [one.creative for one in shown]),
        [
            Column(f"loss a week{unit}", [_loss(one.loss_per_week) for one in shown]),
            Column("days left", [_days(one) for one in shown]),
            Column("tired in 7 days", [_share(one.p_tired_7d) for one in shown]),
            Column("fatigue", [f"{one.fatigue_score:.2f}" for one in shown]),
            Column("element", [one.element or "" for one in shown], justify="left"),
        ],
        console=console,
    )
    for sentence in _scores(scores, len(shown)):
        print_sentence(sentence, console=console)


def _scores(scores: FatigueScores, shown: int) -> Iterator[str]:
    more = len(scores.creatives) - shown
    yield (
        f"as of {scores.as_of}, by the {scores.method}; intervals are of 80 %"
        + (f"; {counted(more, 'further creative')}" if more else "")
        + (f"; {scores.not_live:,} paused or replaced" if scores.not_live else "")
    )
    bases = sorted({one.loss_per_week.basis for one in scores.creatives if one.loss_per_week.basis})
    if bases:
        yield (
            "loss against a fresh creative of the same channel and audience; a click is worth its "
            f"{' or its '.join(bases)}"
        )
    if scores.run is not None:
        yield f"written into the graph as run {scores.run}"


def show_creative(found: CreativeFatigue, *, console: Console) -> None:
    """Print the fatigue of one creative and of each of its audiences."""
    for sentence in _creative(found):
        print_sentence(sentence, console=console)
    console.print()
    _audiences(found.audiences, console)


def _creative(found: CreativeFatigue) -> Iterator[str]:
    yield (
        f"{found.creative} as of {found.as_of}: its click rate is {1 - found.fatigue_score:.0%} of "
        f"its highest, {_days(found)} days until a half"
    )
    if found.p_tired_7d is not None:
        yield f"tired within 7 days with a probability of {found.p_tired_7d:.0%}"
    loss = found.loss_per_week
    if loss.value is not None:
        unit = f" {loss.currency}" if loss.currency else ""
        yield (
            f"a fresh creative would bring {_loss(loss)}{unit} more in a week; a click is worth "
            f"its {loss.basis}"
        )
    if found.element is not None:
        yield f"the element to change is the {found.element}"
    curve = ", ".join(f"{ratio:.2f}" for ratio in found.decay_curve)
    yield f"rate over its highest in 3, 6, .. 30 days: {curve}"
    for reason in found.reasons:
        yield REASONS[reason]


def _audiences(audiences: tuple[AudienceFatigue, ...], console: Console) -> None:
    show_table(
        Column("audience", [one.audience for one in audiences]),
        [
            Column("fatigue", [f"{one.fatigue_score:.2f}" for one in audiences]),
            Column("days left", [_days(one) for one in audiences]),
            Column("impressions a day", [f"{one.planned_impressions:,.0f}" for one in audiences]),
            Column("a person", [f"{one.frequency:.2f}" for one in audiences]),
            Column("loss a week", [_loss(one.loss_per_week) for one in audiences]),
            Column(
                "by similar ones",
                [
                    "" if one.spill_per_week is None else f"{one.spill_per_week:,.2f}"
                    for one in audiences
                ],
            ),
        ],
        console=console,
    )


def _days(one: CreativeFatigue | AudienceFatigue) -> str:
    days = one.days_remaining
    value = f"{days.value:.0f}{'+' if days.capped else ''}"
    if days.low == 0 and days.high >= 30 and not getattr(one, "identified", True):
        return f"{value} (not identified)"
    return f"{value} ({days.low:.0f} to {days.high:.0f}{'+' if days.high >= 30 else ''})"


def _loss(loss: WeeklyLoss) -> str:
    if loss.value is None:
        return ""
    ends = "" if loss.low is None else f" ({loss.low:,.2f} to {loss.high:,.2f})"
    return f"{loss.value:,.2f}{ends}"


def _share(probability: float | None) -> str:
    return "" if probability is None else f"{probability:.0%}"
