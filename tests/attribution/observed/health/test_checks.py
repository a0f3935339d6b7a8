"""Each check of data health with figures that make a line, and figures that do not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.attribution.observed.health.figures import HealthFigures, no_names
from attrigraph.attribution.observed.health.registry import CHECKS, data_health

if TYPE_CHECKING:
    from attrigraph.domain import HealthLine

MONDAY = 20_514  # 2026-03-02, in days since 1970-01-01


def figures(**changes: Any) -> HealthFigures:
    """Figures without findings, but for these."""
    channels = changes.pop("channel", {"search": 60, "email": 40})
    names = no_names()
    names["channel"] = Counter(channels)
    names["campaign"] = Counter(changes.pop("campaign", {}))
    names["creative"] = Counter(changes.pop("creative", {}))
    usual: dict[str, Any] = {
        "touches": 100,
        "conversions": 10,
        "customers": 20,
        "most_events": 9,
        "ends": 10,
    }
    return HealthFigures(**(usual | {"names": names} | changes))


def days(first: int, counts: list[int]) -> Counter[int]:
    return +Counter({first + day: count for day, count in enumerate(counts)})


FIRING: dict[str, tuple[HealthFigures, tuple[str, int, float], str]] = {
    "conversions_without_touch": (
        figures(untouched_ends=2),
        ("warning", 2, 0.2),
        "2 of 10 conversions (20.0%) without an earlier touch of their customer",
    ),
    "touches_without_channel": (
        figures(channel={"a": 96}),
        ("note", 4, 0.04),
        "4 of 100 touches (4.0%) without a channel, credited as (unknown)",
    ),
    "placeholder_customers": (
        figures(placeholders=Counter({"null": 9, "(not set)": 2})),
        ("warning", 11, 0.1),
        "11 events of customers named '(not set)', 'null', each taken for one person",
    ),
    "placeholder_channels": (
        figures(channel={"Undefined": 3, "a": 97}),
        ("warning", 3, 0.03),
        "3 touches with the channel 'Undefined', which may mean a missing name",
    ),
    "placeholder_campaigns": (
        figures(campaign={"(not set)": 30, "0000-0000": 1, "2000": 5}),
        ("warning", 31, 0.31),
        "31 touches with the campaign '(not set)', '0000-0000', which may mean a missing name",
    ),
    "placeholder_creatives": (
        figures(creative={"NULL": 100}),
        ("warning", 100, 1.0),
        "100 touches with the creative 'NULL', which may mean a missing name",
    ),
    "near_equal_channels": (
        figures(
            channel={"Paid Search": 5, "paid_search": 20, "e-mail": 1, "caf\u00e9": 2, "x": 72}
        ),
        ("warning", 2, 0.25),
        (
            "channels that differ only in capitals, blanks, separators or Unicode form: "
            "'Paid Search', 'paid_search'"
        ),
    ),
    "near_equal_campaigns": (
        figures(campaign={"caf\u00e9": 2, "cafe\u0301": 3, "face\u00adbook": 1, "facebook ": 4}),
        ("warning", 4, 0.1),
        (
            "campaigns that differ only in capitals, blanks, separators or Unicode form: "
            "'cafe\u0301', 'caf\u00e9'; 'facebook ', 'face\\xadbook'"
        ),
    ),
    "near_equal_creatives": (
        figures(creative={"c-1": 2, "c_1": 3, "c1": 4, "c11": 1, "1.0": 1, "10": 1}),
        ("warning", 2, 0.05),
        "creatives that differ only in capitals, blanks, separators or Unicode form: 'c-1', 'c_1'",
    ),
    "separators_in_channels": (
        figures(channel={"a > b": 10, "a|b": 5, "a": 85}),
        ("warning", 2, 0.15),
        "2 channels with what may be a separator of paths: 'a > b', 'a|b'",
    ),
    "times_without_time_of_day": (
        figures(timed=110, quarters=Counter({88: 30, 92: 25, 3: 1})),
        ("warning", 55, 0.5),
        "55 of 110 events (50.0%) at 22:00 UTC sharp, as dates without a time of day are",
    ),
    "tied_touches": (
        figures(tied_touches=5, tied_customers=2),
        ("note", 5, 0.05),
        (
            "5 touches of 2 customers at the very same time as another touch of the same "
            "customer; a hash of the ids decides their order"
        ),
    ),
    "conversions_at_time_of_touch": (
        figures(tied_ends=3),
        ("warning", 3, 0.3),
        (
            "3 of 10 conversions with a touch at the very same time, which counts as after the "
            "conversion"
        ),
    ),
    "conversions_soon_after_touch": (
        figures(soon_ends=2),
        ("note", 2, 0.2),
        "2 of 10 conversions (20.0%) within 30 minutes of a touch",
    ),
    "repeated_conversions": (
        figures(repeated_ends=1),
        ("warning", 1, 0.1),
        "1 of 10 conversions (10.0%) within 10 minutes of another of the same customer and value",
    ),
    "many_events_of_one_customer": (
        figures(touches=1_000, channel={"a": 1_000}, most_events=910, customers=51),
        ("warning", 910, 910 / 1_010),
        "one customer has 910 events (90.1% of all), the others 2.0 on average",
    ),
    "days_without_touches": (
        figures(touch_days=days(MONDAY, [70, 0, 70, 0, 0, 70])),
        ("warning", 3, 0.5),
        (
            "3 days (50.0%) between the first and the last without any touch: 2026-03-03 and "
            "2026-03-05 to 2026-03-06"
        ),
    ),
    "days_without_conversions": (
        figures(end_days=days(MONDAY, [50, 0, 20])),
        ("warning", 1, 1 / 3),
        "1 day (33.3%) between the first and the last without any conversion: 2026-03-03",
    ),
}

SILENT: dict[str, HealthFigures] = {
    "conversions_without_touch": figures(conversions=0, ends=0),
    "touches_without_channel": figures(),
    "placeholder_customers": figures(placeholders=Counter()),
    "placeholder_channels": figures(channel={"nullable": 50, "non-brand": 50}),
    "placeholder_campaigns": figures(campaign={"2000": 5, "1000-0000": 5, "000": 1, "--": 1}),
    "placeholder_creatives": figures(creative={"unknown pleasures": 5}),
    "near_equal_channels": figures(channel={"a": 50, "b": 50}),
    "near_equal_campaigns": figures(campaign={"1.0": 1, "10": 1, "1": 1}),
    "near_equal_creatives": figures(creative={"c1": 1, "c11": 1}),
    "separators_in_channels": figures(campaign={"DE | brand > exact": 100}),
    "times_without_time_of_day": figures(
        timed=960, quarters=Counter({4 * hour: 40 for hour in range(24)})
    ),
    "tied_touches": figures(),
    "conversions_at_time_of_touch": figures(),
    "conversions_soon_after_touch": figures(soon_ends=1),
    "repeated_conversions": figures(ends=11, repeated_ends=1),
    "many_events_of_one_customer": figures(touches=1_000, most_events=199, customers=800),
    # the weekend, and a rare day off where days have few events
    "days_without_touches": figures(touch_days=days(MONDAY, [70, 70, 70, 70, 70, 0, 0, 70])),
    "days_without_conversions": figures(end_days=days(MONDAY, [5, 0, 20, 5])),
}


def lines(found: HealthFigures) -> dict[str, HealthLine]:
    return {line.code: line for line in data_health(found)}


def test_every_check_has_both_inputs() -> None:
    assert len(FIRING) == len(SILENT) == len(CHECKS)
    assert FIRING.keys() == SILENT.keys()


@pytest.mark.parametrize("code", FIRING)
def test_a_check_gives_a_line_with_its_figure(code: str) -> None:
    found, (severity, count, share), message = FIRING[code]
    line = lines(found)[code]
    assert (line.severity, line.count, line.message) == (severity, count, message)
    assert line.share == pytest.approx(share)
    assert line.advice
    assert not line.advice.endswith(".")


@pytest.mark.parametrize("code", SILENT)
def test_a_check_gives_no_line_where_nothing_is_wrong(code: str) -> None:
    assert code not in lines(SILENT[code])


def test_no_events_have_no_lines() -> None:
    assert data_health(HealthFigures()) == ()


def test_warnings_come_before_notes() -> None:
    found = data_health(figures(tied_touches=5, tied_customers=2, untouched_ends=1, tied_ends=1))
    assert [line.severity for line in found] == ["warning", "note", "note"]


def test_a_single_customer_is_not_one_with_very_many_events() -> None:
    assert (
        data_health(figures(touches=5_000, channel={"a": 5_000}, most_events=5_010, customers=1))
        == ()
    )


def test_gaps_that_are_not_named_are_counted() -> None:
    [line] = data_health(figures(touch_days=days(MONDAY, [99, 0] * 6 + [99])))
    assert line.count == 5  # and a Saturday
    assert line.message.endswith(": 2026-03-03, 2026-03-05, 2026-03-09 and more")


@pytest.mark.parametrize(("unjoined", "advised"), [(0, False), (3, True)])
def test_sessions_are_advised_where_they_would_give_a_channel(unjoined: int, advised: bool) -> None:
    [line] = data_health(figures(channel={"a": 90}, unjoined_visits=unjoined))
    assert ("--sessions" in line.advice) is advised
