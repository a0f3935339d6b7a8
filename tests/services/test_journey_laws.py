"""Laws of journeys: credits add up, and form, order and files of rows change nothing."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions, TouchLookback
from attrigraph.attribution.observed.subset import Condition
from attrigraph.domain import Conversion, Touchpoint
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.in_memory import attribute_events
from attrigraph.staging import StagingOptions, preset

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from attrigraph.domain import Attribution

    Row = dict[str, Any]

MODELS = ("linear", "time-decay", "last-non-direct", "markov-1", "shapley-rate")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY_MS = 86_400_000
START_MS = round(NOON.timestamp() * 1000)
EXCLUDED = Condition("channel", "tv")

RULES = (
    JourneyOptions(),
    JourneyOptions(window=(START_MS + 20 * DAY_MS, START_MS + 45 * DAY_MS)),
    JourneyOptions(dropped_channels=("direct",), exclude=(EXCLUDED,)),
    JourneyOptions(only=(EXCLUDED, Condition("customer.segment", "smb"))),
    JourneyOptions(
        lookbacks=(TouchLookback("kind", "impression", 1.0),),
        reuse_touches=True,
        steps=3,
        repeats="collapsed",
    ),
)


def options_of(journeys: JourneyOptions) -> AttributionOptions:
    return AttributionOptions(models=MODELS, journeys=journeys, model_options=ModelOptions(draws=0))


def rows_of(seed: int) -> list[Row]:
    """Events of sixty customers on sixty days, some without a channel or at one instant.

    Two others have touches of tv alone: one whom the table knows, and one whom it does not know.
    """
    chance = random.Random(seed)
    tv = {"timestamp": NOON, "kind": "click", "channel": "tv", "value": None}
    rows: list[Row] = [
        {"event_id": f"e{number}", "customer_id": name} | tv
        for number, name in enumerate(("c70", "c99"))
    ]
    for customer in range(60):
        for _ in range(chance.randrange(9)):
            is_end = chance.random() < 0.25
            rows.append(
                {
                    "event_id": f"e{len(rows)}",
                    "customer_id": f"c{customer}",
                    "timestamp": NOON + timedelta(hours=6 * chance.randrange(240)),
                    "kind": chance.choice(
                        ["conversion:sale", "conversion:signup"]
                        if is_end
                        else ["click", "impression"]
                    ),
                    "channel": None
                    if is_end
                    else chance.choice(["Direct", "tv", "search", "social", None]),
                    "value": float(chance.randrange(90)) if is_end else None,
                }
            )
    return rows


ROWS = rows_of(3)
TABLE = pandas.DataFrame(
    [
        {"customer_id": f"c{number}", "segment": ["smb", "large", None][number % 3]}
        for number in range(80)
    ]
)


def by_files(
    folder: Path, rows: Sequence[Row], journeys: JourneyOptions, parts: int = 1, table: Any = TABLE
) -> Attribution:
    files = [folder / f"events{part}.csv" for part in range(parts)]
    for part, file in enumerate(files):
        pandas.DataFrame(rows[part::parts]).to_csv(file, index=False)
    names = ["events"]
    if table is not None:
        files.append(folder / "customers.csv")
        table.to_csv(files[-1], index=False)
        names.append("customers")
    staging = StagingOptions(keep_ids=True)
    return attribute_files(
        files, preset(*names), options_of(journeys), staging=staging, folder=folder / "staged"
    )


def by_frame(rows: Sequence[Row], journeys: JourneyOptions) -> Attribution:
    return attribute_events(pandas.DataFrame(rows), options=options_of(journeys), customers=TABLE)


def by_objects(rows: Sequence[Row], journeys: JourneyOptions, table: Any = TABLE) -> Attribution:
    touches, ends = [], []
    for row in rows:
        event = row["event_id"], row["customer_id"], row["timestamp"]
        kind, _, made = row["kind"].partition(":")
        if made:
            ends.append(Conversion(*event, row["value"], kind=made))
        else:
            touches.append(Touchpoint(*event, row["channel"], kind=kind))
    return attribute_events(touches, ends, options_of(journeys), customers=table)


def amounts(answer: Attribution) -> dict[tuple[str | None, ...], tuple[float, ...]]:
    """All figures of an answer; keys without credit are left out."""
    found: dict[tuple[str | None, ...], tuple[float, ...]] = {}
    for one in answer.by_kind:
        seen = one.observed
        found[one.kind, "observed"] = (seen.journeys, seen.conversions, seen.value)
        for name, model in one.models.items():
            baseline = model.baseline
            found[one.kind, name, "baseline"] = (baseline.conversions, baseline.value)
            for credit in model.credits:
                if credit.conversions or credit.value:
                    found[one.kind, name, "key", credit.key] = (credit.conversions, credit.value)
    return found


def assert_same(one: Attribution, other: Attribution) -> None:
    mine, theirs = amounts(one), amounts(other)
    assert mine.keys() == theirs.keys()
    for key, figures in mine.items():
        assert figures == pytest.approx(theirs[key], rel=1e-9, abs=1e-9), key


@pytest.mark.parametrize("journeys", RULES)
def test_files_frames_and_objects_agree_in_any_order_and_number_of_files(
    journeys: JourneyOptions, tmp_path: Path
) -> None:
    shuffled = ROWS.copy()
    random.Random(1).shuffle(shuffled)
    expected = by_files(tmp_path, ROWS, journeys)
    assert {one.kind for one in expected.by_kind} == {"sale", "signup"}
    assert_same(expected, by_files(tmp_path, shuffled, journeys, parts=2))
    assert_same(expected, by_frame(shuffled, journeys))
    assert_same(expected, by_objects(shuffled, journeys))


def test_customers_of_a_table_without_attributes_count_in_every_form(tmp_path: Path) -> None:
    names = TABLE[["customer_id"]]
    expected = by_files(tmp_path, ROWS, JourneyOptions(), table=names)
    assert_same(expected, by_objects(ROWS, JourneyOptions(), table=names))
    assert expected.observed.journeys > by_objects(ROWS, RULES[0], table=None).observed.journeys


@pytest.mark.parametrize("table", [None, TABLE], ids=["alone", "with a table"])
def test_an_excluded_channel_is_one_whose_rows_are_not_in_the_file(
    table: Any, tmp_path: Path
) -> None:
    kept = [row for row in ROWS if row["channel"] != EXCLUDED.value]
    excluded = by_files(tmp_path, ROWS, JourneyOptions(exclude=(EXCLUDED,)), table=table)
    assert_same(excluded, by_files(tmp_path, kept, JourneyOptions(), table=table))
    assert {row["customer_id"] for row in kept} < {row["customer_id"] for row in ROWS}


SMALL_ROWS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 200),
        st.sampled_from(["click", "impression", "conversion:sale", "conversion:signup"]),
        st.sampled_from(["Direct", "tv", "search", None]),
    ),
    min_size=1,
    max_size=25,
)
SMALL_RULES = st.builds(
    JourneyOptions,
    lookback_days=st.sampled_from([30.0, 2.0, None]),
    reuse_touches=st.booleans(),
    repeats=st.sampled_from(["kept", "collapsed"]),
    dropped_channels=st.sampled_from([(), ("direct",)]),
    steps=st.sampled_from([None, 1, 3]),
    window=st.sampled_from([None, (START_MS + 5 * DAY_MS, START_MS + 30 * DAY_MS)]),
)


def small(events: Sequence[tuple[int, int, str, str | None]]) -> list[Row]:
    return [
        {
            "event_id": f"e{number}",
            "customer_id": f"c{customer}",
            "timestamp": NOON + timedelta(hours=6 * place),
            "kind": kind,
            "channel": channel,
            "value": float(number % 7),
        }
        for number, (customer, place, kind, channel) in enumerate(events)
    ]


@settings(max_examples=150)
@given(SMALL_ROWS, SMALL_RULES, st.randoms(use_true_random=False))
def test_credits_and_baseline_of_each_kind_are_its_conversions(
    events: list[tuple[int, int, str, str | None]], journeys: JourneyOptions, chance: random.Random
) -> None:
    rows = small(events)
    answer = by_objects(rows, journeys, table=None)
    for one in answer.by_kind if answer.kind else ():
        start, end = journeys.window or (0, 1 << 62)
        ends = [
            row["value"] for row in rows
            if row["kind"] == f"conversion:{one.kind}"
            and start <= row["timestamp"].timestamp() * 1000 < end
        ]  # fmt: skip
        assert (one.observed.conversions, one.observed.value) == (len(ends), sum(ends))
        for model in one.models.values():
            total = (
                model.baseline.conversions + sum(line.conversions for line in model.credits),
                model.baseline.value + sum(line.value for line in model.credits),
            )
            assert total == pytest.approx((len(ends), sum(ends)), abs=1e-9), model.model
    chance.shuffle(rows)
    assert_same(answer, by_objects(rows, journeys, table=None))


@settings(max_examples=100)
@given(SMALL_ROWS, SMALL_RULES)
def test_to_exclude_is_to_remove_whatever_the_other_rules(
    events: list[tuple[int, int, str, str | None]], journeys: JourneyOptions
) -> None:
    rows = [*small(events), *small([(9, 150, "click", "tv"), (9, 170, "conversion:sale", None)])]
    rows = [{**row, "event_id": f"e{number}"} for number, row in enumerate(rows)]
    kept = [row for row in rows if row["kind"].startswith("conv") or row["channel"] != "tv"]
    excluded = replace(journeys, exclude=(EXCLUDED,))
    assert_same(by_objects(rows, excluded, table=None), by_objects(kept, journeys, table=None))
