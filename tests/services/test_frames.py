"""Frames of every kind give the credits that objects and files give, with the checks of files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas
import polars
import pyarrow
import pytest

from attrigraph.domain import Conversion, Touchpoint
from attrigraph.errors import InputError
from attrigraph.intelligence import MarketingIntelligence
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.in_memory import attribute_events
from attrigraph.spend.rates import Rates
from attrigraph.staging import StagingOptions, preset

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from attrigraph.domain import Attribution

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TOUCHES: list[dict[str, Any]] = [
    {
        "id": f"t{number}",
        "customer_id": customer,
        "timestamp": NOON + timedelta(days=day),
        "channel": channel,
        "kind": "click",
        "cost": 0.5,
    }
    for number, (customer, day, channel) in enumerate(
        [
            ("ada", 0, "display"),
            ("ada", 1, "search"),
            ("ben", 0, "email"),
            ("ben", 2, None),
            ("cleo", 0, "display"),
        ]
    )
]
CONVERSIONS: list[dict[str, Any]] = [
    {"id": "c0", "customer_id": "ada", "timestamp": NOON + timedelta(days=3), "value": 30.0},
    {"id": "c1", "customer_id": "ben", "timestamp": NOON + timedelta(days=3), "value": 9.0},
]
RULES = ("first", "last", "linear", "time-decay", "markov-1")

Rows = list[dict[str, Any]]


def of_polars(rows: Rows) -> Any:
    return polars.DataFrame(rows)


def of_pandas(rows: Rows) -> Any:
    return pandas.DataFrame(rows)


def of_arrow(rows: Rows) -> Any:
    return pyarrow.Table.from_pylist(rows)


FRAMES = pytest.mark.parametrize("frame", [of_polars, of_pandas, of_arrow])


def credits_of(answer: Attribution) -> dict[tuple[str, str | None], tuple[float, float]]:
    return {
        (name, credit.key): (credit.conversions, credit.value)
        for name, model in answer.models.items()
        for credit in model.credits
    }


def attribute(
    touchpoints: Any, conversions: Any = (), *, models: Sequence[str] = RULES, **options: Any
) -> Attribution:
    return MarketingIntelligence().compute_attribution(
        touchpoints, conversions, models=models, draws=0, **options
    )


@pytest.fixture
def by_objects() -> Attribution:
    return attribute(
        [Touchpoint(**row) for row in TOUCHES], [Conversion(**row) for row in CONVERSIONS]
    )


@FRAMES
def test_two_frames_give_the_credits_of_objects(
    frame: Callable[[Rows], Any], by_objects: Attribution
) -> None:
    answer = attribute(frame(TOUCHES), frame(CONVERSIONS))
    assert answer.observed == by_objects.observed
    assert credits_of(answer) == credits_of(by_objects)


@FRAMES
def test_one_frame_of_events_gives_the_credits_of_objects(
    frame: Callable[[Rows], Any], by_objects: Attribution
) -> None:
    rows = [
        *({**row, "value": None} for row in TOUCHES),
        *({"channel": None, "cost": None, **row, "kind": "conversion"} for row in CONVERSIONS),
    ]
    assert credits_of(attribute(frame(rows))) == credits_of(by_objects)


@FRAMES
def test_one_frame_without_kinds_is_an_error_as_it_is_for_files(
    frame: Callable[[Rows], Any], tmp_path: Path
) -> None:
    rows = [{name: row[name] for name in row if name != "kind"} for row in TOUCHES]
    with pytest.raises(InputError, match="no column 'kind', which marks conversions"):
        attribute(frame(rows))
    file = tmp_path / "events.csv"
    polars.DataFrame(rows).write_csv(file)
    with pytest.raises(InputError, match="kind"):
        attribute_files(
            [file], preset("events"), staging=StagingOptions(keep_ids=True), folder=tmp_path
        )


@FRAMES
def test_without_kinds_the_rows_of_two_frames_are_touches_and_conversions(
    frame: Callable[[Rows], Any], by_objects: Attribution
) -> None:
    rows = [{name: row[name] for name in row if name != "kind"} for row in TOUCHES]
    assert credits_of(attribute(frame(rows), frame(CONVERSIONS))) == credits_of(by_objects)


@FRAMES
def test_kinds_of_conversions_select_by_their_names(frame: Callable[[Rows], Any]) -> None:
    conversions = [{**CONVERSIONS[0], "kind": "sale"}, {**CONVERSIONS[1], "kind": "signup"}]
    answer = attribute(frame(TOUCHES), frame(conversions), conversion_kinds=["sale"])
    assert (answer.observed.conversions, answer.observed.value) == (1, 30.0)


@FRAMES
def test_whole_number_ids_are_text(frame: Callable[[Rows], Any]) -> None:
    number = {"ada": 1, "ben": 2, "cleo": 3}
    touches = [{**row, "customer_id": number[row["customer_id"]]} for row in TOUCHES]
    conversions = [{**row, "customer_id": number[row["customer_id"]]} for row in CONVERSIONS]
    answer = attribute(frame(touches), frame(conversions))
    assert answer.observed.conversions == 2
    assert credits_of(answer)["last", "search"] == (1.0, 30.0)


@FRAMES
def test_nanoseconds_decide_order(frame: Callable[[Rows], Any]) -> None:
    times = pandas.to_datetime([10, 30, 20], unit="ns", utc=True)
    rows = pandas.DataFrame(
        {"customer_id": "ada", "timestamp": times, "channel": ["a", "b", "c"], "kind": "click"}
    )
    end = pandas.DataFrame(
        {"customer_id": ["ada"], "timestamp": pandas.to_datetime([1], unit="s", utc=True)}
    )
    if frame is of_polars:
        made: list[Any] = [polars.from_pandas(rows), polars.from_pandas(end)]
    elif frame is of_arrow:
        made = [pyarrow.Table.from_pandas(rows), pyarrow.Table.from_pandas(end)]
    else:
        made = [rows, end]
    answer = attribute(*made, models=["last", "first"])
    assert credits_of(answer)["first", "a"] == (1.0, 0.0)
    assert credits_of(answer)["last", "b"] == (1.0, 0.0)


@FRAMES
def test_rows_that_files_reject_are_rejected_with_a_warning(
    frame: Callable[[Rows], Any], caplog: pytest.LogCaptureFixture
) -> None:
    rows = [*TOUCHES, {**TOUCHES[0], "id": "t9", "customer_id": None}]
    answer = attribute(frame(rows), frame(CONVERSIONS))
    assert answer.observed.conversions == 2
    rejected = [line for line in caplog.messages if line.startswith("rejected")]
    assert len(rejected) == 1
    assert rejected[0].startswith("rejected touchpoints.parquet:6: missing-id")


def test_customers_come_as_a_frame_and_reach_the_causal_model(tmp_path: Path) -> None:
    from attrigraph.worlds.files import write_world
    from attrigraph.worlds.world import simulate

    files = write_world(simulate("confounded", 3, 2000, measured_on=50), tmp_path)
    by_files = attribute_files(
        [files["events"], files["customers"]],
        preset("events", "customers"),
        AttributionOptions(models=("incremental",)),
        staging=StagingOptions(keep_ids=True),
        folder=tmp_path / "staged",
    )
    text = {"customer_id": str, "event_id": str}
    by_frames = MarketingIntelligence().compute_attribution(
        pandas.read_csv(files["events"], dtype=text),
        customers=pandas.read_csv(files["customers"], dtype=text),
        models=["incremental"],
    )
    assert credits_of(by_frames) == {
        key: pytest.approx(amounts, rel=1e-9) for key, amounts in credits_of(by_files).items()
    }


@pytest.mark.parametrize(
    ("touchpoints", "conversions"),
    [
        (of_polars(TOUCHES), [Conversion(**CONVERSIONS[0])]),
        ([Touchpoint(**TOUCHES[0])], of_polars(CONVERSIONS)),
    ],
)
def test_frames_and_objects_do_not_mix(touchpoints: Any, conversions: Any) -> None:
    with pytest.raises(InputError, match="give both as frames, or as objects"):
        attribute(touchpoints, conversions)


def test_a_frame_without_a_necessary_column_is_an_error() -> None:
    rows = [{"customer_id": "ada", "channel": "display", "kind": "click"}]
    with pytest.raises(InputError, match="timestamp"):
        attribute(of_polars(rows))


@FRAMES
def test_frames_are_read_with_the_options_of_files(
    frame: Callable[[Rows], Any], by_objects: Attribution
) -> None:
    def local(rows: Rows) -> Rows:  # two hours ahead of UTC, without saying so
        shift = timedelta(hours=2)
        return [{**r, "timestamp": r["timestamp"].replace(tzinfo=None) + shift} for r in rows]

    touches, conversions = frame(local(TOUCHES)), frame(local(CONVERSIONS))
    intelligence = MarketingIntelligence()
    with pytest.raises(InputError, match=r"^rejected rows: 5 of 5 of the frame of touchpoints, "):
        intelligence.compute_attribution(touches, conversions, models=RULES)
    answer = intelligence.compute_attribution(
        *(touches, conversions),
        models=RULES,
        draws=0,
        reading=StagingOptions(keep_ids=True, zone="Europe/Berlin"),
    )
    assert credits_of(answer) == credits_of(by_objects)


def test_a_way_of_reading_is_for_frames() -> None:
    reading = StagingOptions(keep_ids=True, zone="Europe/Berlin")
    intelligence = MarketingIntelligence()
    touch = Touchpoint("t1", "ada", NOON, channel="email")
    for touchpoints in ([touch], None):
        with pytest.raises(InputError, match="reading is for frames"):
            intelligence.compute_attribution(touchpoints, reading=reading)
    priced = StagingOptions(keep_ids=True, currency="EUR")
    with pytest.raises(InputError, match="reading has no currency"):
        intelligence.compute_attribution(of_polars(TOUCHES), of_polars(CONVERSIONS), reading=priced)


@FRAMES
def test_the_name_of_the_folder_for_temporary_files_has_no_effect(
    frame: Callable[[Rows], Any],
    by_objects: Attribution,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "channel=HIVE" / "kind=sale" / "customer_id=[z]"
    folder.mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    conversions = [{**row, "kind": "conversion"} for row in CONVERSIONS]
    assert credits_of(attribute(frame(TOUCHES), frame(conversions))) == credits_of(by_objects)


MONEY: list[dict[str, Any]] = [
    {"id": "c0", "customer_id": "ada", "timestamp": NOON + timedelta(days=3), "value": 30.0}
    | {"kind": "order", "order_id": None, "currency": "EUR"},
    {"id": "c1", "customer_id": "ben", "timestamp": NOON + timedelta(days=3), "value": 10.0}
    | {"kind": "order", "order_id": None, "currency": "USD"},
    {"id": "r0", "customer_id": None, "timestamp": NOON + timedelta(days=9), "value": 8.0}
    | {"kind": "refund", "order_id": "c0", "currency": "USD"},
    {"id": "r1", "customer_id": None, "timestamp": NOON + timedelta(days=9), "value": None}
    | {"kind": "refund", "order_id": "c1", "currency": "USD"},
]


@pytest.mark.parametrize("make", [of_pandas, of_polars])
def test_refunds_and_values_of_frames_are_converted_like_those_of_files(
    make: Callable[[Rows], Any],
) -> None:
    touches = [row | {"currency": "EUR"} for row in TOUCHES]
    frames = (make(touches), make(MONEY))
    rates = Rates.of([("USD", None, 0.5)])
    options = AttributionOptions(models=("last",), currency="EUR", rates=rates)
    answer = attribute_events(*frames, options=options)
    assert (answer.observed.conversions, answer.observed.value) == (2, 30.0 - 8 * 0.5)
    assert answer.currency == "EUR"
    with pytest.raises(InputError, match="amounts of events are in EUR and USD"):
        attribute_events(*frames, options=AttributionOptions(models=("last",)))
    in_euros = [row for row in MONEY if row["currency"] == "EUR"]
    alone = attribute_events(make(touches), make(in_euros), AttributionOptions(models=("last",)))
    assert (alone.currency, alone.observed.value) == ("EUR", 30.0)


@FRAMES
@pytest.mark.parametrize("flags", [[1.0, None], [1, None], ["1.0", None]])
def test_flags_of_frames_may_be_numbers(
    frame: Callable[[Rows], Any], flags: list[Any], by_objects: Attribution
) -> None:
    checked = [{**row, "kind": "conversion", "converted": flag} for row, flag in
               zip(CONVERSIONS, flags, strict=True)]  # fmt: skip
    touches = [{**row, "converted": 0 if isinstance(flags[0], int) else 0.0} for row in TOUCHES]
    if isinstance(flags[0], str):
        touches = [{**row, "converted": "0.0"} for row in TOUCHES]
    assert credits_of(attribute(frame(touches), frame(checked))) == credits_of(by_objects)


@FRAMES
def test_frames_whose_conversions_are_all_rejected_or_cancelled_are_an_error(
    frame: Callable[[Rows], Any],
) -> None:
    options = AttributionOptions(models=("last",))
    wrong = [{**row, "cancelled": 2.0} for row in CONVERSIONS]
    match = (
        r"^rejected all 2 conversions, so there is nothing to credit: 2 of 2 of the frame of "
        r"conversions as bad-flag, first line \d+ \(bad-flag: .*cancelled: '2.0'\)\); correct"
    )
    reading = StagingOptions(keep_ids=True, max_rejected=1)
    for given in (None, reading):
        text = "rejected rows: 2 of 2 of the frame of conversions" if given is None else match
        with pytest.raises(InputError, match=text):
            attribute_events(frame(TOUCHES), frame(wrong), options, reading=given)
    touches = [{**row, "cancelled": None} for row in TOUCHES]
    mixed = [*touches, *({**row, "kind": "conversion"} for row in wrong)]
    with pytest.raises(InputError, match=match.replace("conversions as", "touchpoints as")):
        attribute_events(frame(mixed), options=options)
    gone = [{**row, "cancelled": 1.0} for row in CONVERSIONS]
    with pytest.raises(InputError, match=r"^all 2 conversions are cancelled, so there"):
        attribute_events(frame(TOUCHES), frame(gone), options)
