"""A small world of three channels with a table of spend, for curves of budgets."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from attrigraph.domain.columns import EPOCH
from attrigraph.worlds.data import START_MS
from attrigraph.worlds.files import write_world
from attrigraph.worlds.spec import ChannelSpec, WorldSpec
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from pathlib import Path

DAYS = 30
SPEND = {"tv": 10.0, "radio": 4.0}
"""Daily spend of the channels that have some."""

FIRST = (EPOCH + timedelta(milliseconds=START_MS)).date()


def write_world_with_spend(folder: Path) -> list[Path]:
    """Events, customers and spend: tv and radio cost money, email does not, ooh has no touch."""
    channels = tuple(
        ChannelSpec(name, 0.8, effect=0.6, campaigns=2) for name in ("tv", "radio", "email")
    )
    spec = WorldSpec("small", channels, base=-2.5, days=DAYS, when="daily")
    files = write_world(simulate(spec, 41, 2000, measured_on=10), folder)
    rows = [
        f"{FIRST + timedelta(days=day)},{channel},{cost},EUR"
        for day in range(DAYS)
        for channel, cost in SPEND.items()
    ]
    spend = folder / "spend.csv"
    text = ["date,channel,cost,currency", *rows, f"{FIRST},ooh,50,EUR", ""]
    spend.write_text("\n".join(text), encoding="utf-8")
    return [files["events"], files["customers"], spend]
