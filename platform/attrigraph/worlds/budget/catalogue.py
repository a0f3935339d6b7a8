"""The named budget worlds, each with one reason why plans are hard to make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.worlds.budget.spec import (
    BudgetCampaign,
    BudgetChannel,
    BudgetSpec,
    ChannelSynergy,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def saturating() -> BudgetSpec:
    """Money goes where people have seen enough."""
    return BudgetSpec(
        "budget-saturating",
        "Customers saturate: the most expensive channel has shown them enough.",
        (
            BudgetChannel(
                "social",
                (
                    BudgetCampaign("social-prospects", 0.16, 0.03),
                    BudgetCampaign("social-visitors", 0.07, 0.04, weight=1.3, flights=(20, 8)),
                ),
                effect=0.35, half_life=5, saturation=1.2, intent=0.2,
            ),
            BudgetChannel(
                "video", (BudgetCampaign("video", 0.02, 0.1, flights=(18, 12)),), 0.6, 9, 1.3
            ),
            BudgetChannel(
                "search",
                (
                    BudgetCampaign("search-generic", 0.006, 0.18),
                    BudgetCampaign("search-long-tail", 0.002, 0.1),
                ),
                effect=0.8, half_life=3, saturation=2.0, intent=0.4, kind="click",
            ),
            BudgetChannel(
                "email", (BudgetCampaign("email", 0.08, 0.015),), 0.25, 4, 1.0, 0.3, kind="email"
            ),
            BudgetChannel(
                "display", (BudgetCampaign("display", 0.12, 0.016, flights=(12, 9)),), 0.06, 6, 0.8
            ),
        ),
    )  # fmt: skip


def reach() -> BudgetSpec:
    """Touches get dearer the more are bought."""
    return BudgetSpec(
        "budget-reach",
        "Markets saturate: what is bought beyond the cheap touches gets ever more expensive.",
        (
            BudgetChannel(
                "social",
                (BudgetCampaign("social", 0.20, 0.02, inventory=0.14, flights=(21, 7)),),
                effect=0.5, half_life=4, saturation=0.6,
            ),
            BudgetChannel(
                "video",
                (BudgetCampaign("video", 0.04, 0.06, inventory=0.2, flights=(14, 9)),),
                effect=0.7, half_life=7, saturation=0.7,
            ),
            BudgetChannel(
                "search", (BudgetCampaign("search", 0.012, 0.15, inventory=0.012),), 1.3, 3, 1.0,
                intent=0.3, kind="click",
            ),
            BudgetChannel(
                "affiliate", (BudgetCampaign("affiliate", 0.01, 0.08, inventory=0.05),), 0.9, 4,
                1.0, kind="click",
            ),
            BudgetChannel(
                "display",
                (BudgetCampaign("display", 0.18, 0.008, inventory=0.5, flights=(10, 10)),),
                effect=0.12, half_life=5, saturation=0.4,
            ),
        ),
        lift="sum",
    )  # fmt: skip


def synergy() -> BudgetSpec:
    """Some channels work together."""
    return BudgetSpec(
        "budget-synergy",
        "A pair of channels and a triple bring more together than each for itself.",
        (
            BudgetChannel(
                "display", (BudgetCampaign("display", 0.06, 0.03, flights=(14, 10)),), 0.15, 6, 1.2
            ),
            BudgetChannel(
                "email", (BudgetCampaign("email", 0.06, 0.03),), 0.2, 5, 1.2, 0.2, kind="email"
            ),
            BudgetChannel(
                "video", (BudgetCampaign("video", 0.03, 0.05, flights=(16, 11)),), 0.2, 8, 1.3
            ),
            BudgetChannel("social", (BudgetCampaign("social", 0.14, 0.025),), 0.2, 5, 1.2),
            BudgetChannel(
                "search", (BudgetCampaign("search", 0.012, 0.1),), 0.4, 4, 2.0, 0.2, kind="click"
            ),
            BudgetChannel(
                "audio", (BudgetCampaign("audio", 0.10, 0.016, flights=(9, 12)),), 0.1, 6, 1.2
            ),
        ),
        lift="sum",
        synergies=(
            ChannelSynergy(("display", "email"), 0.8),
            ChannelSynergy(("video", "social", "search"), 2.0),
        ),
    )


def carry_over() -> BudgetSpec:
    """Effects last for weeks."""
    return BudgetSpec(
        "budget-carry-over",
        "Effects last for weeks, and campaigns run in flights.",
        (
            BudgetChannel(
                "tv", (BudgetCampaign("tv", 0.05, 0.12, flights=(14, 14)),), 0.6, 20, 0.6
            ),
            BudgetChannel(
                "video",
                (
                    BudgetCampaign("video-spring", 0.02, 0.06, flights=(21, 10)),
                    BudgetCampaign("video-brand", 0.06, 0.08),
                ),
                effect=0.5, half_life=14, saturation=0.8,
            ),
            BudgetChannel("audio", (BudgetCampaign("audio", 0.02, 0.08),), 0.5, 10, 0.9),
            BudgetChannel(
                "search", (BudgetCampaign("search", 0.008, 0.15),), 1.0, 2, 1.5, 0.3, kind="click"
            ),
            BudgetChannel(
                "display", (BudgetCampaign("display", 0.2, 0.014, flights=(12, 8)),), 0.15, 6, 0.5
            ),
        ),
    )  # fmt: skip


def season() -> BudgetSpec:
    """Spend follows demand."""
    return BudgetSpec(
        "budget-season",
        "Demand has a season that spend follows, and one campaign never changes its spend.",
        (
            BudgetChannel(
                "social",
                (
                    BudgetCampaign("social-sale", 0.14, 0.03),
                    BudgetCampaign("social-always-on", 0.06, 0.03, steady=True),
                ),
                effect=0.4, half_life=5, saturation=1.2, intent=0.2,
            ),
            BudgetChannel(
                "video", (BudgetCampaign("video", 0.02, 0.07, flights=(15, 10)),), 0.6, 8, 1.3
            ),
            BudgetChannel(
                "search", (BudgetCampaign("search", 0.006, 0.16),), 1.0, 3, 2.0, 0.4, kind="click"
            ),
            BudgetChannel(
                "display", (BudgetCampaign("display", 0.16, 0.014, flights=(11, 8)),), 0.1, 6, 0.8
            ),
        ),
        lift="sum",
        season=0.4,
        follows=0.8,
    )  # fmt: skip


BUDGET_WORLDS: dict[str, Callable[[], BudgetSpec]] = {
    make().name: make for make in (saturating, reach, synergy, carry_over, season)
}
"""Budget worlds by name."""
