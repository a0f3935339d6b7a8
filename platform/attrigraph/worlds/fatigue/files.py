"""Writes a fatigue world as files for the loader, and its truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.worlds.data import DAY_MS, START_MS
from attrigraph.worlds.fatigue.genome import KINDS
from attrigraph.worlds.fatigue.simulation import CHANNELS
from attrigraph.worlds.files import prepare_folder, remove_earlier, unwritable, write_table
from attrigraph.worlds.media import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attrigraph.worlds.fatigue.simulation import FatigueWorld

START: Final = np.datetime64(START_MS // DAY_MS, "D")
"""First day of every world."""


def write_fatigue_world(world: FatigueWorld, folder: Path) -> tuple[Path, ...]:
    """Write campaigns, creatives, audiences, creative-days and truth as CSV files; their paths.

    The truth has the click rate of each unit on each day from its launch on: ``rate`` and
    ``own_rate``, see ``FatigueWorld``. It is removed first and written last, so that an incomplete
    world never has one.

    Raises:
        InputError: the folder contains other files, or is not writable.
    """
    prepare_folder(folder)
    truth = folder / "truth.csv"
    tables = {
        "campaigns": (("campaign_id", "name", "channel", "audience"), _campaigns(world)),
        "creatives": (("creative_id", "name", "format", "campaign_id", *KINDS), _creatives(world)),
        "audiences": (("audience_id", "name"), _audiences(world)),
        "creative-days": (
            (
                "creative_id", "audience_id", "date", "impressions", "reach", "clicks",
                "conversions", "cost", "channel",
            ),
            _days(world),
        ),
    }  # fmt: skip
    files = (*(folder / f"{name}.csv" for name in tables), truth)
    try:
        remove_earlier(folder, files)
        for name, (head, rows) in tables.items():
            write_table(folder / f"{name}.csv", head, rows)
        head = ("creative_id", "audience_id", "date", "rate", "own_rate")
        write_table(truth, head, _truth(world))
    except OSError as error:
        raise unwritable(folder, error) from error
    return files


def creative_id(number: int) -> str:
    """The id of a creative."""
    return f"creative-{number:05d}"


def audience_id(number: int) -> str:
    """The id of an audience."""
    return f"audience-{number:02d}"


def campaign_id(number: int) -> str:
    """The id of a campaign."""
    return f"campaign-{number:04d}"


def _campaigns(world: FatigueWorld) -> Iterator[tuple[object, ...]]:
    """A row for each campaign and each of its audiences."""
    pairs = np.unique(np.stack([world.campaign[world.creative], world.audience]), axis=1)
    for campaign, audience in pairs.T.tolist():
        id_ = campaign_id(campaign)
        channel = CHANNELS[world.channel[campaign]]
        yield id_, id_.replace("-", " ").capitalize(), channel, audience_id(audience)


def _creatives(world: FatigueWorld) -> Iterator[tuple[object, ...]]:
    elements = zip(*(world.genomes.texts[kind] for kind in KINDS), strict=True)
    for number, (campaign, own) in enumerate(zip(world.campaign.tolist(), elements, strict=True)):
        id_, form = creative_id(number), FORMATS[number % len(FORMATS)]
        yield id_, id_.replace("-", " ").capitalize(), form, campaign_id(campaign), *own


def _audiences(world: FatigueWorld) -> Iterator[tuple[object, ...]]:
    for number in range(len(world.reach)):
        id_ = audience_id(number)
        yield id_, id_.replace("-", " ").capitalize()


def _days(world: FatigueWorld) -> Iterator[tuple[object, ...]]:
    """A row for each unit and day with impressions: a day without is no row."""
    figures = (world.impressions, world.reached, world.clicks, world.conversions)
    channels = [CHANNELS[number] for number in world.channel[world.campaign][world.creative]]
    for unit, day in zip(*np.nonzero(world.impressions), strict=True):
        counts = (int(figure[unit, day]) for figure in figures)
        yield *_key(world, unit, day), *counts, f"{world.cost[unit, day]:.2f}", channels[unit]


def _truth(world: FatigueWorld) -> Iterator[tuple[object, ...]]:
    for unit, day in zip(*np.nonzero(world.rate), strict=True):
        rates = (f"{rates[unit, day]:.9g}" for rates in (world.rate, world.own_rate))
        yield *_key(world, unit, day), *rates


def _key(world: FatigueWorld, unit: int, day: int) -> tuple[str, str, str]:
    creative, audience = int(world.creative[unit]), int(world.audience[unit])
    return creative_id(creative), audience_id(audience), str(START + day)
