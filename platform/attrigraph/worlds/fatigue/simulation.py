"""Simulates a fatigue world: units, their exposure, their rates, and what people click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.worlds.fatigue.genome import genomes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.worlds.fatigue.genome import Genomes
    from attrigraph.worlds.fatigue.spec import FatigueSpec

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

CHANNELS: Final = ("social", "display", "video", "native")
THOUSAND_COST: Final = (8.0, 3.0, 14.0, 5.0)
"""Price of a thousand impressions by channel, currency."""

CONVERTING: Final = 0.03
"""Share of clicks that are followed by a conversion."""


@dataclass(frozen=True, slots=True, eq=False)
class FatigueWorld:
    """A simulated world as columns; a unit is a creative in an audience.

    Attributes:
        spec: parameters of the world.
        seed: random seed.
        genomes: hooks, promises and frames of creatives.
        campaign: of each creative ``[creatives]``.
        channel: of each campaign ``[campaigns]``.
        reach: people of each audience ``[audiences]``.
        creative: of each unit ``[units]``.
        audience: of each unit ``[units]``.
        launch: first day of each unit ``[units]``.
        impressions: ``[units, days]``; 0 before the launch and in pauses.
        reached: people reached on a day ``[units, days]``.
        clicks: ``[units, days]``.
        conversions: ``[units, days]``.
        cost: ``[units, days]``, currency.
        rate: true click rate ``[units, days]``, also on days without impressions; 0 before launch.
        own_rate: the same without what changes for all of a channel: season and competitors.
        exposure: effective exposure ``[units, days]``.
    """

    spec: FatigueSpec
    seed: int
    genomes: Genomes
    campaign: Integers
    channel: Integers
    reach: Floats
    creative: Integers
    audience: Integers
    launch: Integers
    impressions: Integers
    reached: Integers
    clicks: Integers
    conversions: Integers
    cost: Floats
    rate: Floats
    own_rate: Floats
    exposure: Floats


def simulate_fatigue(spec: FatigueSpec, seed: int) -> FatigueWorld:
    """Simulate a world.

    Args:
        spec: its parameters.
        seed: random seed, >= 0.
    """
    rng = np.random.default_rng(seed)
    campaign = np.repeat(np.arange(spec.campaigns), spec.creatives)
    channel = rng.integers(len(CHANNELS), size=spec.campaigns)
    own = genomes(spec.campaigns, spec.creatives, rng)
    reach = spec.median_reach * np.exp(0.8 * rng.normal(size=spec.audiences))
    creative, audience = _units(spec, campaign, rng)
    launch = _launches(spec, campaign, rng)[creative]
    impressions = _impressions(spec, reach[audience], launch, rng)
    frequency = impressions / reach[audience][:, None]
    level = _effective(frequency, spec.forgetting)
    exposure = level + spec.spill * _spilled(level, audience, own.vectors["hook"][creative])
    of_channel = channel[campaign][creative]
    speed = _speeds(own, creative, audience, of_channel, spec.audiences, rng)
    own_rate = _own_rates(spec, speed, exposure, launch, rng)
    rate = own_rate * _common_factor(spec, of_channel, rng)
    clicks = rng.poisson(impressions * rate)
    prices = np.array(THOUSAND_COST)[of_channel]
    people = reach[audience][:, None]
    return FatigueWorld(
        spec, seed, own, campaign, channel, reach, creative, audience, launch, impressions,
        reached=np.round(-people * np.expm1(-impressions / people)).astype(np.int64),
        clicks=clicks,
        conversions=rng.binomial(clicks, CONVERTING),
        cost=impressions * prices[:, None] / 1000,
        rate=rate,
        own_rate=own_rate,
        exposure=exposure,
    )  # fmt: skip


def _units(
    spec: FatigueSpec, campaign: Integers, rng: np.random.Generator
) -> tuple[Integers, Integers]:
    """Creatives and audiences of units: each creative in the audiences of its campaign."""
    first = rng.integers(spec.audiences, size=spec.campaigns)
    second = np.where(rng.random(spec.campaigns) < 1 / 7, rng.integers(spec.audiences), first)
    creative = np.arange(len(campaign))
    other = creative[second[campaign] != first[campaign]]
    return (
        np.concatenate([creative, other]),
        np.concatenate([first[campaign], second[campaign[other]]]),
    )


def _launches(spec: FatigueSpec, campaign: Integers, rng: np.random.Generator) -> Integers:
    """First day of each creative: up to three weeks after its campaign's."""
    first = rng.integers(spec.first_days, size=spec.campaigns)
    return first[campaign] + rng.integers(21, size=len(campaign))


def _impressions(
    spec: FatigueSpec, reach: Floats, launch: Integers, rng: np.random.Generator
) -> Integers:
    """By day ``[units, days]``: a level of each unit, with noise, from its launch on."""
    shape = len(launch), spec.days
    level = reach * spec.median_frequency * np.exp(0.7 * rng.normal(size=len(launch)))
    mean = level[:, None] * np.exp(0.25 * rng.normal(size=shape))
    day = np.arange(spec.days)
    live = day >= launch[:, None]
    if spec.pauses:
        pause = launch + rng.integers(8, 25, size=len(launch))
        live &= (day < pause[:, None]) | (day >= pause[:, None] + 7)
    return np.where(live, rng.poisson(mean), 0)


def _effective(frequency: Floats, forgetting: float) -> Floats:
    """Exposure that is left on each day ``[units, days]``."""
    level = np.zeros_like(frequency)
    left = np.zeros(len(frequency))
    for day in range(frequency.shape[1]):
        left = forgetting * left + frequency[:, day]
        level[:, day] = left
    return level


def _spilled(level: Floats, audience: Integers, hooks: Floats) -> Floats:
    """Exposure by similar creatives of the same audience ``[units, days]``."""
    spilled = np.zeros_like(level)
    for number in np.unique(audience):
        units = np.flatnonzero(audience == number)
        similarity = np.clip((hooks[units] @ hooks[units].T - 0.5) / 0.5, 0, 1)
        np.fill_diagonal(similarity, 0)
        spilled[units] = similarity @ level[units]
    return spilled


def _speeds(
    own: Genomes,
    creative: Integers,
    audience: Integers,
    channel: Integers,
    audiences: int,
    rng: np.random.Generator,
) -> Floats:
    """How quickly each unit wears out, the k of the module ``spec`` ``[units]``."""
    of_audience, of_channel = 0.2 * rng.normal(size=audiences), 0.2 * rng.normal(size=len(CHANNELS))
    log = -1.9 + of_audience[audience] + of_channel[channel]
    for kind, weight in (("hook", 0.5), ("promise", 0.25)):
        vectors = own.vectors[kind]
        effect = vectors @ rng.normal(size=vectors.shape[1])
        log += weight * ((effect - effect.mean()) / effect.std())[creative]
    return np.asarray(np.exp(log + 0.15 * rng.normal(size=len(creative))))


def _own_rates(
    spec: FatigueSpec, speed: Floats, exposure: Floats, launch: Integers, rng: np.random.Generator
) -> Floats:
    """Click rates without what changes for all ``[units, days]``."""
    first = spec.median_rate * np.exp(0.5 * rng.normal(size=len(launch)))
    age = np.arange(spec.days) - launch[:, None]
    log = np.log(first)[:, None] - _worn(spec, speed[:, None], exposure, age)
    new = spec.wear_in * np.exp(-np.maximum(age, 0) / spec.wear_in_days)
    return np.where(age >= 0, np.exp(log) * (1 - new), 0.0)


def _common_factor(spec: FatigueSpec, channel: Integers, rng: np.random.Generator) -> Floats:
    """What season and competitors make of a rate ``[units, days]``."""
    day = np.arange(spec.days)
    log = np.tile(spec.season * np.sin(2 * np.pi * day / 28), (len(channel), 1))
    for shock in spec.shocks:
        hit = channel == rng.integers(len(CHANNELS))
        log += np.where(hit[:, None] & (day >= shock), np.log(0.5), 0)
    return np.asarray(np.exp(log))


def _worn(spec: FatigueSpec, speed: Floats, exposure: Floats, age: Integers) -> Floats:
    """How far the log rate has fallen ``[units, days]``."""
    if spec.calendar:
        return np.asarray(spec.calendar * speed / np.exp(-1.9) * np.maximum(age, 0))
    if spec.wear == "power":
        # about as tired at the same exposure as by the other form
        return spec.power * np.log1p(6 * speed / spec.power * exposure)
    return speed * exposure
