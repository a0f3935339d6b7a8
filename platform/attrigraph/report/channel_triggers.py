"""Which channels make touches of which, by each causal model of a run, as one HTML page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.domain import UNKNOWN
from attrigraph.report import trigger_picture
from attrigraph.report.figures import colour_of
from attrigraph.report.page import template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attrigraph.domain import TriggeredShare

MAX_BANDS: Final = 12
"""Maximum pairs of channels in a picture; the table has all."""


@dataclass(frozen=True, slots=True)
class ModelTriggers:
    """What one model estimates.

    Attributes:
        model: its name.
        shares: shares of triggered touches, the largest first; may be empty.
        picture: the largest of them as bands; None without any.
    """

    model: str
    shares: tuple[TriggeredShare, ...]
    picture: trigger_picture.Picture | None

    @property
    def hidden(self) -> int:
        """How many shares are in the table alone."""
        return max(0, len(self.shares) - MAX_BANDS)


def render(triggered: Mapping[str, Sequence[TriggeredShare]], run: str) -> str:
    """The HTML of the page.

    Args:
        triggered: by causal model, shares of triggered touches, the largest first.
        run: id of the run.
    """
    models = [_of_model(model, tuple(shares)) for model, shares in triggered.items()]
    return template("channel_triggers.html.j2").render(
        models=models, heads=trigger_picture.HEADS, unknown=UNKNOWN, run=run
    )


def _of_model(model: str, shares: tuple[TriggeredShare, ...]) -> ModelTriggers:
    drawn = shares[:MAX_BANDS]
    channels = list(dict.fromkeys(one.by for one in drawn))
    colour = {channel: colour_of(channel, channels) for channel in channels}
    picture = trigger_picture.picture(drawn, colour) if drawn else None
    return ModelTriggers(model, shares, picture)
