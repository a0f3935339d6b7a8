"""The journey of one conversion with its credit, as one self-contained HTML page."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from attrigraph.domain import UNKNOWN
from attrigraph.domain.reasons import shared_sentences
from attrigraph.report.page import template
from attrigraph.report.strips import Scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from attrigraph.domain import Conversion, Touchpoint
    from attrigraph.report.strips import Strip

    Labels = Mapping[str, Mapping[str | None, str]]


@dataclass(frozen=True, slots=True)
class TouchRow:
    """A touch of the journey.

    Attributes:
        touch: the touch.
        channel: its channel, with a placeholder if unknown.
        before: time between it and the conversion; empty without times.
        credit: share of the conversion.
        captured: share that it captured at the moment of purchase.
        strip: the credit as a bar.
        details: what else is known of the touch: its kind, campaign and creative.
    """

    touch: Touchpoint
    channel: str
    before: str
    credit: float
    captured: float
    strip: Strip
    details: tuple[str, ...]


def render(
    conversion: Conversion,
    touches: Sequence[Touchpoint],
    credit: Sequence[float],
    model: str,
    *,
    captured: Sequence[float] = (),
    not_identified: Mapping[str | None, Sequence[str]] | None = None,
    incremental: bool = False,
    assumptions: Sequence[str] = (),
    run: str | None = None,
    labels: Labels = MappingProxyType({}),
) -> str:
    """The HTML of the page.

    Args:
        conversion: the conversion to explain.
        touches: its journey, oldest first.
        credit: share of the conversion by touch; the rest is captured or baseline.
        model: name of the model.
        captured: share of the conversion that each touch captured at the moment of purchase; none
            if empty.
        not_identified: channels whose credit is not identified, with the codes of the reasons.
        incremental: whether the model estimates what the touches caused.
        assumptions: what must hold for that.
        run: id of the run.
        labels: what people read in the place of campaigns and creatives, by level and id; ids
            without one stay as they are.
    """
    captured = captured or [0.0] * len(touches)
    return template("journey.html.j2").render(
        conversion=conversion,
        model=model,
        incremental=incremental,
        assumptions=assumptions,
        run=run,
        touches=len(touches),
        negative=any(share < 0 for share in credit),
        captured=sum(captured),
        baseline=1.0 - sum(credit) - sum(captured),
        reasons=list(shared_sentences(not_identified or {})),
        rows=list(_rows(conversion, touches, credit, captured, labels)),
        rest=_rest(credit, captured),
    )


def _rows(
    conversion: Conversion,
    touches: Sequence[Touchpoint],
    credit: Sequence[float],
    captured: Sequence[float],
    labels: Labels,
) -> Iterator[TouchRow]:
    """The touches, oldest first, with bars in one scale."""
    scale = _scale(credit, captured)
    for touch, share, part in zip(touches, credit, captured, strict=True):
        channel = UNKNOWN if touch.channel is None else touch.channel
        before = _before(touch, conversion)
        details = _details(touch, labels)
        yield TouchRow(touch, channel, before, share, part, scale.strip(share), details)


def _details(touch: Touchpoint, labels: Labels) -> tuple[str, ...]:
    named = (
        _label(labels, "campaign", touch.campaign),
        _label(labels, "creative", touch.creative),
    )
    return tuple(text for text in (touch.kind, *named) if text)


def _label(labels: Labels, level: str, key: str | None) -> str | None:
    return None if key is None else labels.get(level, {}).get(key, key)


def _rest(
    credit: Sequence[float], captured: Sequence[float]
) -> tuple[tuple[str, float, Strip], ...]:
    """What no touch is credited with: the captured part, if there is one, and the baseline."""
    scale, caught = _scale(credit, captured), sum(captured)
    parts = [("captured", caught)] if any(captured) else []
    parts.append(("baseline", 1.0 - sum(credit) - caught))
    return tuple((name, share, scale.strip(share)) for name, share in parts)


def _scale(credit: Sequence[float], captured: Sequence[float]) -> Scale:
    caught = sum(captured)
    return Scale.over([*credit, caught, 1.0 - sum(credit) - caught])


def _before(touch: Touchpoint, conversion: Conversion) -> str:
    """Time before the conversion, in days, or in minutes below 0.1 days."""
    if touch.timestamp is None or conversion.timestamp is None:
        return ""
    minutes = (conversion.timestamp - touch.timestamp).total_seconds() / 60
    return f"{minutes:.1f} minutes" if minutes < 144 else f"{minutes / 1440:.1f} days"
