"""The named worlds: their purpose and their parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from attrigraph.errors import InputError
from attrigraph.worlds.agents.catalogue import AGENT_WORLDS
from attrigraph.worlds.budget.catalogue import BUDGET_WORLDS
from attrigraph.worlds.fatigue.catalogue import FATIGUE_WORLDS
from attrigraph.worlds.spec import ChannelSpec, WorldSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attrigraph.worlds.agents.spec import AgentSpec
    from attrigraph.worlds.budget.spec import BudgetSpec


def confounded() -> WorldSpec:
    """Six channels; intent drives brand search, retargeting and, separately, conversions."""
    return WorldSpec(
        name="confounded",
        channels=(
            ChannelSpec(
                "display", 0.7, intent=0.1, effect=0.95, half_life=7, cost=0.004,
                triggers={"brand search": 0.25},
            ),
            ChannelSpec(
                "video", 0.4, intent=0.1, effect=1.25, half_life=8, cost=0.02,
                triggers={"brand search": 0.35},
            ),
            ChannelSpec("social", 0.45, intent=0.2, effect=0.75, half_life=6, cost=0.006),
            ChannelSpec(
                "email", 0.45, intent=0.3, effect=0.85, half_life=6, kind="email", cost=0.001
            ),
            ChannelSpec("retargeting", 0.4, intent=0.8, effect=0.55, half_life=6, cost=0.01),
            ChannelSpec(
                "brand search", 0.3, intent=0.9, effect=0.4, half_life=5, kind="click", cost=0.3
            ),
        ),
        base=-3.1,
        intent_effect=0.9,
        noise=0.7,
        synergies={("display", "email"): 0.8},
    )  # fmt: skip


def unconfounded() -> WorldSpec:
    """The confounded world, but no channel's touches depend on intent."""
    return replace(_without_selection(confounded()), name="unconfounded")


def no_effect() -> WorldSpec:
    """The confounded world, but no touch has an effect."""
    return replace(_without_effects(confounded()), name="no-effect")


def no_effect_unconfounded() -> WorldSpec:
    """Neither selection by intent nor any effect."""
    return replace(
        _without_effects(_without_selection(confounded())), name="no-effect-unconfounded"
    )


def redundant() -> WorldSpec:
    """The confounded world with an affiliate channel that follows intent and has no effect."""
    world = confounded()
    without_effect = ChannelSpec("affiliate", 1.2, intent=0.7, half_life=5, cost=0.05)
    return replace(world, name="redundant", channels=(*world.channels, without_effect))


def negative_effect() -> WorldSpec:
    """The confounded world, but social reduces conversions."""
    world = confounded()
    channels = tuple(replace(c, effect=-0.6) if c.name == "social" else c for c in world.channels)
    return replace(world, name="harmful", channels=channels)


def any_day_confounded() -> WorldSpec:
    """Eight channels with half-lives of 2 to 30 days; conversions on any of 60 days."""
    return WorldSpec(
        name="any-day-confounded",
        channels=(
            ChannelSpec("tv", 1.5, effect=0.6, half_life=30, triggers={"brand search": 0.2}),
            ChannelSpec(
                "display", 3.0, intent=0.2, effect=0.5, half_life=12,
                triggers={"brand search": 0.15},
            ),
            ChannelSpec("video", 1.5, intent=0.1, effect=0.8, half_life=20),
            ChannelSpec("social", 2.0, intent=0.2, effect=0.6, half_life=10),
            ChannelSpec("email", 2.0, intent=0.4, effect=0.7, half_life=5, kind="email"),
            ChannelSpec("affiliate", 1.0, intent=0.6, effect=0.3, half_life=4, kind="click"),
            ChannelSpec("retargeting", 1.5, intent=0.8, effect=0.4, half_life=5),
            ChannelSpec("brand search", 0.8, intent=0.9, effect=0.5, half_life=2, kind="click"),
        ),
        base=-7.8,
        intent_effect=0.8,
        noise=0.7,
        days=60,
        when="daily",
    )  # fmt: skip


def retailer() -> WorldSpec:
    """A small retailer with campaigns, creatives and costs; purchases on any of 60 days."""
    return WorldSpec(
        name="retailer",
        channels=(
            ChannelSpec(
                "display", 2.4, intent=0.15, effect=0.7, half_life=9, cost=0.006,
                campaigns=3, creatives=3, triggers={"brand search": 0.15},
            ),
            ChannelSpec(
                "video", 1.0, intent=0.1, effect=1.1, half_life=14, cost=0.025,
                campaigns=2, creatives=2, triggers={"brand search": 0.25},
            ),
            ChannelSpec(
                "social", 1.6, intent=0.25, effect=0.7, half_life=7, cost=0.01,
                campaigns=3, creatives=3,
            ),
            ChannelSpec(
                "email", 1.5, intent=0.4, effect=1.0, half_life=4, kind="email", cost=0.001,
                campaigns=2, creatives=3,
            ),
            ChannelSpec(
                "retargeting", 1.0, intent=0.9, effect=0.4, half_life=4, cost=0.02,
                campaigns=2, creatives=2,
            ),
            ChannelSpec(
                "brand search", 0.7, intent=1.0, effect=0.4, half_life=3, kind="click", cost=0.35,
            ),
        ),
        base=-7.0,
        intent_effect=0.9,
        noise=0.7,
        synergies={("display", "email"): 0.4},
        days=60,
        when="daily",
        value=48.0,
    )  # fmt: skip


def any_day_unconfounded() -> WorldSpec:
    """Five channels with half-lives of 10 to 30 days, none depends on intent."""
    return WorldSpec(
        name="any-day-unconfounded",
        channels=(
            ChannelSpec("tv", 2.0, effect=0.7, half_life=30),
            ChannelSpec("display", 3.0, effect=0.5, half_life=14),
            ChannelSpec("video", 1.5, effect=1.0, half_life=20),
            ChannelSpec("email", 2.5, effect=0.8, half_life=10, kind="email"),
            ChannelSpec("search", 1.0, effect=1.3, half_life=12, kind="click"),
        ),
        base=-7.8,
        intent_effect=0.8,
        noise=0.7,
        days=60,
        when="daily",
    )


WORLDS: dict[str, Callable[[], WorldSpec]] = {
    "confounded": confounded,
    "unconfounded": unconfounded,
    "no-effect": no_effect,
    "no-effect-unconfounded": no_effect_unconfounded,
    "redundant": redundant,
    "harmful": negative_effect,
    "any-day-confounded": any_day_confounded,
    "any-day-unconfounded": any_day_unconfounded,
    "retailer": retailer,
}
"""The worlds of lasting intent and saturating exposures, by name."""


def purposes() -> Iterator[tuple[str, str]]:
    """Names of all worlds that ``simulate --world`` takes, each with a line about it."""
    for name, make in WORLDS.items():
        yield name, (make.__doc__ or "").splitlines()[0]
    for name, make_agents in AGENT_WORLDS.items():
        yield name, make_agents().purpose
    for name, make_budget in BUDGET_WORLDS.items():
        yield name, make_budget().purpose
    for name, fatigue in FATIGUE_WORLDS.items():
        yield name, fatigue.purpose


def world_named(name: str) -> WorldSpec:
    """The world of lasting intent with this name.

    Raises:
        InputError: there is no such world.
    """
    if name not in WORLDS:
        raise InputError(f"unknown world {name!r}; available are {', '.join(WORLDS)}")
    return WORLDS[name]()


def spec_named(name: str) -> WorldSpec | AgentSpec | BudgetSpec:
    """The world with this name, of any kind.

    Raises:
        InputError: there is no such world.
    """
    if name in AGENT_WORLDS:
        return AGENT_WORLDS[name]()
    if name in BUDGET_WORLDS:
        return BUDGET_WORLDS[name]()
    if name not in WORLDS:
        names = ", ".join([*WORLDS, *AGENT_WORLDS, *BUDGET_WORLDS])
        raise InputError(f"unknown world {name!r}; available are {names}")
    return WORLDS[name]()


def _without_selection(world: WorldSpec) -> WorldSpec:
    """The same world without selection by intent."""
    return replace(world, channels=tuple(replace(c, intent=0.0) for c in world.channels))


def _without_effects(world: WorldSpec) -> WorldSpec:
    """The same world without effects of touches."""
    channels = tuple(replace(c, effect=0.0) for c in world.channels)
    return replace(world, channels=channels, synergies={})
