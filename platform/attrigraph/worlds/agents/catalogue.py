"""The named worlds of agents, each with one reason why effects are hard to identify."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from attrigraph.worlds.agents.moods import Drift, InMarket
from attrigraph.worlds.agents.spec import (
    AgentChannel,
    AgentSpec,
    Cycle,
    LastStep,
    Observation,
    Segment,
)

if TYPE_CHECKING:
    from collections.abc import Callable

MARKETING = (
    AgentChannel("paid social", 0.035, 0.75, half_life=4, intent=0.2, cost=0.01),
    AgentChannel("video", 0.025, 0.65, half_life=8, intent=0.1, cost=0.02),
    AgentChannel("generic search", 0.015, 1.1, half_life=2.5, intent=0.5, kind="click", cost=0.4),
    AgentChannel("email", 0.05, 0.6, half_life=3, intent=0.3, kind="email", cost=0.001),
)
"""Four channels with effects, whose touches depend on lasting intent alone."""

VISITS = (
    AgentChannel("direct", 0.04, kind="visit", intent=0.5, identifiable=False, cost=0.0),
    AgentChannel("organic search", 0.03, kind="visit", intent=0.4, identifiable=False, cost=0.0),
    AgentChannel("paid search", 0.02, kind="visit", intent=0.4, cost=0.3),
    AgentChannel("social", 0.02, kind="visit", intent=0.3, cost=0.1),
    AgentChannel("newsletter", 0.015, kind="visit", intent=0.3, cost=0.01),
)
"""Visits to a shop, labelled with their source; none of them changes what people buy."""


def _unidentifiable(channels: tuple[AgentChannel, ...]) -> tuple[AgentChannel, ...]:
    return tuple(replace(channel, identifiable=False) for channel in channels)


def proportional() -> AgentSpec:
    """Lasting intent only, with hazards and response of another form than the model's."""
    return AgentSpec(
        "proportional",
        "Lasting intent alone, proportional hazards; every effect can be identified.",
        MARKETING,
        base=0.0021,
    )


def visits() -> AgentSpec:
    """Each purchase needs a visit minutes before it."""
    return AgentSpec(
        "visits",
        "Every purchase comes 5 minutes after a visit whose channel is drawn by chance; no effect.",
        tuple(replace(channel, identifiable=False) for channel in VISITS),
        base=0.0022,
        last_step=LastStep(tuple((channel.name, channel.rate) for channel in VISITS)),
    )


def visits_apart() -> AgentSpec:
    """The same visits, and purchases elsewhere."""
    return AgentSpec(
        "visits-apart",
        "The same visits; purchases happen apart from them, as in a store; no effect.",
        VISITS,
        base=0.0022,
    )


def navigation() -> AgentSpec:
    """People look for the shop on their way to it."""
    brand = AgentChannel(
        "brand search", 0.002, intent=0.4, identifiable=False, kind="click", cost=0.3
    )
    return AgentSpec(
        "navigation",
        "Brand search minutes before half of the purchases, without effect; others have effects.",
        (*(c for c in MARKETING if c.name != "generic search"), brand),
        base=0.0024,
        last_step=LastStep((("brand search", 1.0),), share=0.5, minutes=(2, 30), abandoned=0.7),
    )


def in_market() -> AgentSpec:
    """Retargeting follows people who are in the market."""
    search = AgentChannel(
        "generic search", 0.008, 0.8, half_life=2, mood=1.8, identifiable=False,
        kind="click", cost=0.4,
    )  # fmt: skip
    retargeting = AgentChannel(
        "retargeting", 0.01, mood=3.6, memory=1.5, identifiable=False, cost=0.01
    )
    return AgentSpec(
        "in-market",
        "Phases in the market of about 7 days; retargeting follows them and has no effect.",
        (*MARKETING[:2], search, retargeting),
        base=0.0009,
        intent_effect=0.4,
        mood=InMarket(chance=0.005, days=7, effect=3.0),
    )


def in_market_effects() -> AgentSpec:
    """Channels that follow phases in the market work as well as the others."""
    search = AgentChannel(
        "generic search", 0.008, 1.6, half_life=2, mood=1.8, identifiable=False,
        kind="click", cost=0.4,
    )  # fmt: skip
    retargeting = AgentChannel(
        "retargeting", 0.01, 0.9, half_life=4, mood=3.6, memory=1.5, identifiable=False, cost=0.01
    )
    return replace(
        in_market(),
        name="in-market-effects",
        purpose="The same phases and targeting; every channel has a strong effect.",
        channels=(
            replace(MARKETING[0], effect=1.3),
            replace(MARKETING[1], effect=1.1),
            search,
            retargeting,
        ),
    )


def placebo() -> AgentSpec:
    """Nothing works, and targeting follows interest that nobody sees."""
    return AgentSpec(
        "placebo",
        "No effect at all; retargeting and search follow interest that drifts.",
        (
            AgentChannel("display", 0.05, cost=0.004),
            AgentChannel("retargeting", 0.02, mood=1.1, identifiable=False, cost=0.01),
            AgentChannel("search", 0.012, mood=0.8, identifiable=False, kind="click", cost=0.4),
        ),
        base=0.0018,
        intent_effect=0.3,
        mood=Drift(persistence=0.88, effect=0.9),
    )


def hidden_eligibility() -> AgentSpec:
    """Who gets email is not in the table."""
    email = AgentChannel(
        "email", 0.12, 0.2, half_life=3, existing_only=True, identifiable=False,
        kind="email", cost=0.001,
    )  # fmt: skip
    return AgentSpec(
        "hidden-eligibility",
        "Email goes to existing customers only, who buy more anyway; no column shows who they are.",
        (*MARKETING[:2], email),
        base=0.0014,
        intent_effect=0.4,
        existing=0.3,
        existing_effect=1.5,
    )


def repeat_cycle() -> AgentSpec:
    """A purchase is due again about four weeks after the last."""
    return AgentSpec(
        "repeat-cycle",
        "People buy again about 28 days after a purchase; marketing acts on every purchase.",
        MARKETING,
        base=0.0018,
        days=90,
        repeats=True,
        cycle=Cycle(days=28, width=5, rest=0.5, due=14),
    )


def repeat() -> AgentSpec:
    """Purchases do not depend on earlier ones."""
    return AgentSpec(
        "repeat",
        "People buy again at any time; past purchases do not matter, marketing always does.",
        MARKETING,
        base=0.003,
        days=90,
        repeats=True,
    )


def segments() -> AgentSpec:
    """Averages over customers mislead."""
    return AgentSpec(
        "segments",
        "Effects and basket values differ by segment; video raises baskets.",
        (
            replace(
                MARKETING[0], effect=1.1, by_segment=(1, 0, 0.1), rate_by_segment=(2, 0.5, 0.5)
            ),
            replace(MARKETING[1], effect=1.1, by_segment=(0.1, 0.2, 1.2), basket=0.3),
            replace(MARKETING[2], effect=0.9),
            replace(MARKETING[3], effect=0.9, by_segment=(0.2, 1.5, 0.2)),
        ),
        base=0.0018,
        segments=(
            Segment("young", 0.4, hazard=1.2, value=18),
            Segment("family", 0.35, hazard=1.0, value=45),
            Segment("wealthy", 0.25, hazard=0.8, value=160),
        ),
    )


def collinear() -> AgentSpec:
    """Two channels are bought together in the same flights."""
    return AgentSpec(
        "collinear",
        "Online TV and its companion reach the same people on the same days; one of them harms.",
        (
            AgentChannel("online tv", 0.09, 0.9, half_life=6, flights=(5, 9), identifiable=False),
            AgentChannel("companion", 0.003, -0.4, half_life=6, bought_with="online tv",
                         flights=(5, 9), identifiable=False),
            *MARKETING[2:],
        ),
        base=0.0021,
    )  # fmt: skip


def delayed_b2b() -> AgentSpec:
    """Effects come weeks after the touch."""
    return AgentSpec(
        "delayed-b2b",
        "Trade customers over 180 days; an effect is largest 3 to 6 weeks after a touch.",
        (
            AgentChannel("trade fair", 0.004, 1.1, peak=42, intent=0.3, cost=40),
            AgentChannel("webinar", 0.006, 0.9, peak=21, intent=0.3, cost=5),
            AgentChannel("business network", 0.015, 0.55, peak=30, intent=0.2, cost=0.3),
            AgentChannel("white paper", 0.012, 0.4, peak=28, intent=0.4, kind="click", cost=1),
        ),
        base=0.0005,
        days=180,
        intent_effect=0.6,
        segments=(Segment("small", 0.7, value=900), Segment("large", 0.3, value=4000)),
    )


def touched_only() -> AgentSpec:
    """People whom marketing never reached are unknown."""
    return AgentSpec(
        "touched-only",
        "People without a touch are missing, with their purchases, and nothing is known of others.",
        _unidentifiable(
            tuple(replace(c, rate=c.rate / 8, effect=c.effect * 1.7) for c in MARKETING)
        ),
        base=0.0025,
        observation=Observation(listed=False, touched_only=True),
    )


def churning_ids() -> AgentSpec:
    """Cookies die."""
    return AgentSpec(
        "churning-ids",
        "People get a new id every 18 days on average, and nothing joins their ids.",
        _unidentifiable(MARKETING),
        base=0.0021,
        observation=Observation(listed=False, id_days=18),
    )


def leaky_covariate() -> AgentSpec:
    """A column counts what touches and purchases cause."""
    return AgentSpec(
        "leaky-covariate",
        "The table of customers has page views, counted after touches and purchases.",
        _unidentifiable(MARKETING),
        base=0.0021,
        observation=Observation(page_views=True),
    )


def dates_only() -> AgentSpec:
    """The proportional world without times of day."""
    return replace(
        proportional(),
        name="dates-only",
        purpose="The proportional world, whose events have a date and no time of day.",
        observation=Observation(dates_only=True),
    )


AGENT_WORLDS: dict[str, Callable[[], AgentSpec]] = {
    make().name: make
    for make in (
        proportional,
        visits,
        visits_apart,
        navigation,
        in_market,
        in_market_effects,
        placebo,
        hidden_eligibility,
        repeat_cycle,
        repeat,
        segments,
        collinear,
        delayed_b2b,
        touched_only,
        churning_ids,
        leaky_covariate,
        dates_only,
    )
}
"""Worlds of agents by name."""
