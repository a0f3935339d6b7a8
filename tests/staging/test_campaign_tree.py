"""Accounts of campaigns and ad sets of creatives, and the rows that contradict each other."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from attrigraph.domain import Campaign, Creative
from attrigraph.staging import preset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.staging.conftest import Reasons, Stage, Write

    from attrigraph.domain import References

CAMPAIGNS = "id,channel,account_id\n"
CREATIVES = "id,campaign,ad_set_id\n"


def places(references: References) -> list[tuple[str, str | None, str | None]]:
    """Campaign and ad set of each creative."""
    return [(each.id, each.campaign, each.ad_set_id) for each in references.creatives]


def test_both_levels_are_optional_and_rows_complete_each_other(staged: Stage, write: Write) -> None:
    campaigns = write("k.csv", CAMPAIGNS + "k1,search,a\nk1,display,\nk2,,\n")
    creatives = write("r.csv", CREATIVES + "r1,k1,\nr1,k1,s\nr2,k1,\nr3,,\n")
    result = staged(campaigns, creatives, source=preset("campaigns", "creatives"))
    referred = result.references()
    assert referred.campaigns == (Campaign("k1", account_id="a"), Campaign("k2"))
    assert referred.creatives == (
        Creative("r1", campaign="k1", ad_set_id="s"),
        Creative("r2", campaign="k1"),
        Creative("r3"),
    )
    assert result.counts.taken == 7


def test_of_two_accounts_or_ad_sets_of_one_id_the_row_that_sorts_first_is_taken(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    campaigns = write("k.csv", CAMPAIGNS + "k,,b\nk,,a\n")
    result = staged(campaigns, source="campaigns")
    assert result.references().campaigns == (Campaign("k", account_id="a"),)
    assert reasons(result) == [(2, "other-content")]
    creatives = write("r.csv", CREATIVES + "r,k,t\nr,k,s\n")
    result = staged(creatives, source="creatives")
    assert places(result.references()) == [("r", "k", "s")]
    assert reasons(result) == [(2, "other-content")]


@pytest.mark.parametrize(
    ("lines", "taken"),
    [
        (("r1,k2,s", "r2,k1,s", "r3,k2,s"), ["r1", "r3"]),
        (("r1,k2,s", "r2,k1,s"), ["r2"]),
    ],
    ids=["most", "first"],
)
def test_an_ad_set_of_two_campaigns_goes_to_the_one_that_most_creatives_name(
    staged: Stage, write: Write, reasons: Reasons, lines: Sequence[str], taken: list[str]
) -> None:
    for number, order in enumerate(permutations(lines)):
        path = write(f"r{number}.csv", CREATIVES + "\n".join(order))
        result = staged(path, source="creatives")
        assert [creative.id for creative in result.references().creatives] == taken
        assert [reason for _, reason in reasons(result)] == ["other-campaign"]


def test_what_is_stored_of_the_tree_decides(staged: Stage, write: Write, reasons: Reasons) -> None:
    campaigns = write("k.csv", CAMPAIGNS + "k1,,a\nk2,,a\n")
    creatives = write("r.csv", CREATIVES + "r1,k1,s\nr2,k1,s\nr3,k1,t\nr4,k1,t\nr5,k2,t\n")
    result = staged(
        campaigns,
        creatives,
        source=preset("campaigns", "creatives"),
        campaign_accounts={"k1": "b", "k2": "a"},
        creative_ad_sets={"r1": "u", "r2": "s"},
        ad_set_campaigns={"t": "k2", "s": "k1"},
    )
    assert places(result.references()) == [("r2", "k1", "s"), ("r5", "k2", "t")]
    # lines of campaigns, then of creatives
    assert sorted(reasons(result)) == [
        (2, "other-account"),
        (2, "other-ad-set"),
        (4, "other-campaign"),
        (5, "other-campaign"),
    ]
    assert Campaign("k2", account_id="a") in result.references().campaigns
    # a creative names it, so it exists, without what its rejected row says
    assert Campaign("k1") in result.references().campaigns
