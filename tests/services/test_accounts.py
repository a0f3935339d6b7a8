"""Cost and return of a small shop, worked out by hand, from files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas
import pytest

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.attribution.observed.subset import Condition
from attrigraph.errors import InputError
from attrigraph.intelligence import MarketingIntelligence
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.memory_data import spend_in_memory
from attrigraph.spend.accounts import Spend
from attrigraph.staging import StagingOptions, preset
from attrigraph.staging.rates_file import read_rates
from spend_sample import CAMPAIGNS, CHANNELS, LOST, SPRING, TOTAL, write_sample

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.domain import Attribution


def attributed(folder: Path, **options: Any) -> Attribution:
    files = write_sample(folder)
    rates = read_rates(files.pop("rates"))
    chosen: dict[str, Any] = {"models": ("linear",), "currency": "EUR", "rates": rates}
    return attribute_files(
        list(files.values()),
        preset("events", "spend"),
        AttributionOptions(**{**chosen, **options}),
        staging=StagingOptions(keep_ids=True),
        folder=folder / "staging",
    )


@pytest.mark.parametrize(("level", "expected"), [("channel", CHANNELS), ("campaign", CAMPAIGNS)])
def test_returns_are_those_worked_out_by_hand(
    level: Any, expected: dict[str | None, tuple[float | None, ...]], tmp_path: Path
) -> None:
    answer = attributed(tmp_path, level=level).to_json()
    lines = {line["key"]: line for line in answer["models"]["linear"]["credits"]}
    assert set(lines) == set(expected)
    for key, (value, cost, coverage, roas) in expected.items():
        line = lines[key]
        assert line["value"] == pytest.approx(value, abs=1e-9), key
        assert line["cost"] == (None if cost is None else pytest.approx(cost, abs=1e-9)), key
        assert line["cost_coverage"] == pytest.approx(coverage), key
        assert line["roas"] == (None if roas is None else pytest.approx(roas, abs=1e-9)), key
    assert answer["currency"] == "EUR"


def test_returns_of_rules_have_the_interval_of_their_value_and_those_of_chains_none(
    tmp_path: Path,
) -> None:
    answer = attributed(tmp_path, models=("linear", "markov-1"), level="campaign").to_json()
    lines = {name: model["credits"] for name, model in answer["models"].items()}
    known = [line for line in lines["linear"] if line["roas"] is not None and line["value"]]
    assert known
    for line in known:
        ends = (line["value_low"] / line["cost"], line["value_high"] / line["cost"])
        assert (line["roas_low"], line["roas_high"]) == pytest.approx(ends)
        assert line["roas_low"] < line["roas"] < line["roas_high"]
    assert {line["roas_low"] for line in lines["markov-1"]} == {None}
    without = attributed(tmp_path, model_options=ModelOptions(draws=0)).to_json()
    assert {line["roas_low"] for line in without["models"]["linear"]["credits"]} == {None}


def test_every_cost_is_somewhere_and_both_unmatched_sides_are_listed(tmp_path: Path) -> None:
    by_channel = attributed(tmp_path).spend_summary
    assert by_channel is not None
    assert by_channel.total == pytest.approx(TOTAL)
    (lost,) = by_channel.not_assigned
    assert (lost.campaign_name, round(lost.cost, 9)) == ("Lost", LOST)
    assert not by_channel.without_touches
    assert by_channel.without_spend == (("email", 2), ("affiliates", 1), ("organic", 1))
    assert by_channel.notes[0] == (
        "1 daily row of spend outside the period of the answer, which is not counted"
    )
    by_campaign = attributed(tmp_path, level="campaign").spend_summary
    assert by_campaign is not None
    names = {(line.campaign, line.campaign_name) for line in by_campaign.without_touches}
    assert names == {("999", "Generic"), (None, "Lost")}


def test_shares_and_costs_per_conversion(tmp_path: Path) -> None:
    lines = {c.key: c.returns for c in attributed(tmp_path).models["linear"].credits}
    search, email = lines["search"], lines["email"]
    assert search is not None
    assert email is not None
    assert search.cost_per_conversion == pytest.approx(115 / 2.5)
    assert search.share_of_credit == pytest.approx(170 / 250)
    assert search.share_of_spend == pytest.approx(115 / (TOTAL - LOST + 2.5))
    assert email.cost_per_conversion is None


def test_a_window_counts_its_own_days(tmp_path: Path) -> None:
    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.domain import epoch_ms
    from attrigraph.staging import EPOCH

    june = epoch_ms(EPOCH.replace(year=2026, month=6))
    window = (june, june + 5 * 86_400_000)
    answer = attributed(tmp_path, journeys=JourneyOptions(window=window))
    lines = {c.key: c for c in answer.models["linear"].credits}
    search = lines["search"].returns
    assert search is not None
    assert search.cost == pytest.approx(50 + 15)
    assert search.roas == pytest.approx(130 / 65)


def test_without_spend_the_costs_of_touches_count(tmp_path: Path) -> None:
    answer = attributed(tmp_path, spend=Spend())
    lines = {c.key: c.returns for c in answer.models["linear"].credits}
    search, social = lines["search"], lines["social"]
    assert search is not None
    assert social is not None
    assert (search.cost, search.roas, round(search.cost_coverage, 9)) == (0.4, None, 0.333333333)
    assert social.roas == pytest.approx(30 / 0.7)
    assert answer.spend_summary is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"currency": None, "rates": None}, "the costs are in EUR and USD, and an answer has one"),
        ({"rates": None}, "give --rates FILE to convert them"),
        ({"currency": "CHF"}, "the rates have none for EUR on 2026-06-01; add one"),
    ],
)
def test_a_mixture_of_currencies_needs_rates(
    options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        attributed(tmp_path, **options)


def test_python_takes_spend_as_frame_or_files(tmp_path: Path) -> None:
    files = write_sample(tmp_path)
    events = pandas.read_csv(files["events"], dtype={"campaign": str})
    expected = attributed(tmp_path, spend=None).models["linear"].credits
    both = [pandas.read_csv(files[name], dtype={"campaign_id": str}) for name in ("google", "meta")]
    frame = pandas.concat(both)
    for name in ("date", "start", "end"):
        frame[name] = pandas.to_datetime(frame[name])
    for spend in (frame, [files["google"], files["meta"]]):
        answer = MarketingIntelligence().compute_attribution(
            events, models=["linear"], spend=spend, currency="EUR", rates=files["rates"]
        )
        found = {c.key: c.returns and c.returns.cost for c in answer.models["linear"].credits}
        assert found == {c.key: c.returns and c.returns.cost for c in expected}
    rows = answer.to_pandas()
    assert rows["roas"].dropna().tolist() == pytest.approx([170 / 115, 15.0, 30 / SPRING])


def test_counts_of_paths_have_the_cost_of_their_channels(tmp_path: Path) -> None:
    paths, spend = tmp_path / "paths.csv", tmp_path / "spend.csv"
    paths.write_text("path,total_conversions,total_conversion_value\na > b,2,20\nb,1,10\n")
    spend.write_text("date,channel,cost,currency\n2026-06-01,B,8,EUR\n2026-06-02,c,2,EUR\n")
    answer = attribute_files(
        [paths, spend],
        preset("paths", "spend"),
        AttributionOptions(models=("linear",)),
        staging=StagingOptions(keep_ids=True),
        folder=tmp_path / "staging",
    )
    lines = {c.key: c.returns for c in answer.models["linear"].credits}
    b, c = lines["b"], lines["c"]
    assert b is not None
    assert c is not None
    assert (b.cost, b.cost_coverage, b.roas, answer.currency) == (8.0, 1.0, 2.5, "EUR")
    assert (c.cost, c.roas) == (2.0, 0.0)


EXPORT = """\
customer_id,timestamp,kind,channel,campaign,value
a,2026-03-01T10:00:00Z,click,tv,t1,
a,2026-03-02T10:00:00Z,click,search,s1,
a,2026-03-03T10:00:00Z,conversion,,,100
b,2026-03-01T10:00:00Z,impression,TV,t2,
b,2026-03-04T10:00:00Z,conversion,,,50
"""
PAID = """\
date,channel,campaign,cost
2026-03-02,TV,,10
2026-03-02,,T1,3
2026-03-02,search,s1,20
2026-03-02,radio,r1,7
"""


def returns_of(folder: Path, **options: Any) -> Attribution:
    texts = {"events": EXPORT, "spend": PAID, "customers": "customer_id,new\na,true\nb,false\n"}
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return attribute_files(
        [folder / f"{name}.csv" for name in texts],
        preset(*texts),
        AttributionOptions(models=("linear",), journeys=JourneyOptions(**options)),
        staging=StagingOptions(keep_ids=True),
        folder=folder / "staging",
    )


def test_what_is_left_out_has_no_cost_and_no_return(tmp_path: Path) -> None:
    rules = (Condition("channel", "tv"), Condition("channel", "TV"))
    answer = returns_of(tmp_path, exclude=rules)
    costs = {one.key: one.returns and one.returns.cost for one in answer.models["linear"].credits}
    assert costs == {"search": 20.0, "radio": 7.0}
    assert answer.spend_summary is not None
    assert answer.spend_summary.total == 27.0
    assert answer.spend_summary.notes == (
        *returns_of(tmp_path).spend_summary.notes,  # type: ignore[union-attr]
        "2 daily rows of spend on what --only or --exclude leaves out, not counted",
    )
    alone = returns_of(tmp_path, only=(Condition("campaign", "t1"),)).spend_summary
    assert alone is not None
    # "tv" is written like "TV", which is left out; nobody was touched by radio
    assert alone.total == 10 + 3 + 7


def test_returns_of_some_customers_on_the_spend_on_all_are_named(tmp_path: Path) -> None:
    answer = returns_of(tmp_path, only=(Condition("customer.new", "true"),))
    assert answer.spend_summary is not None
    assert answer.spend_summary.total == 40.0
    assert answer.spend_summary.notes[-1].startswith("spend is on all customers, and --only")


def test_campaigns_have_the_names_of_their_table_or_else_of_the_spend(tmp_path: Path) -> None:
    answer = attributed(tmp_path, level="campaign")
    assert answer.names == {"101": "Brand", "999": "Generic"}
    assert answer.labels()["101"] == "Brand"
    assert answer.to_json()["names"] == {"101": "Brand", "999": "Generic"}
    assert {row["name"] for row in answer.rows()} == {None, "Brand", "Generic"}
    assert attributed(tmp_path).names == {}
    spend = spend_in_memory(tmp_path / "google.csv")
    named = Spend(spend.days, {"101": "Brand 2026"})
    assert named.names()["campaign"] == {"101": "Brand 2026", "999": "Generic"}
