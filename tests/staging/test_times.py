from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attrigraph.errors import InputError
from long_forms import examples

if TYPE_CHECKING:
    from pathlib import Path

    from tests.staging.conftest import Reasons, Stage, Write

    from attrigraph.staging import Staged
    from attrigraph.staging.options import TimeUnit


def events(write: Write, *stamps: str) -> Path:
    return write(
        "e.csv",
        "event_id,customer_id,timestamp,kind\n"
        + "".join(f"{n},ann,{stamp},click\n" for n, stamp in enumerate(stamps)),
    )


def times(result: Staged) -> list[int]:
    event_table = result.events()
    order = sorted(
        range(len(event_table.touches)), key=lambda row: int(event_table.touches.id[row])
    )
    return [event_table.touches.time.tolist()[row] for row in order]


def instants(result: Staged) -> dict[str, int]:
    """Epoch nanoseconds of touches and of conversions, by id."""
    event_table = result.events()
    return {
        str(name): int(time) * 10**6 + int(nanosecond)
        for table in (event_table.touches, event_table.conversions)
        for name, time, nanosecond in zip(table.id, table.time, table.nanosecond, strict=True)
    }


def millis(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def test_forms_of_times_with_a_zone(staged: Stage, write: Write) -> None:
    stamps = [
        "2024-03-01T12:00:00Z",
        "2024-03-01 12:00:00Z",
        "2024-03-01T12:00Z",
        "2024-03-01T14:00:00+02",
        "2024-03-01T14:00:00+0200",
        "2024-03-01T14:00:00 +02:00",
        "2024-03-01T06:30:00-05:30",
        "2024-03-01 12:00:00 UTC",
        "2024-03-01 12:00 UTC",
        "2024-03-01 12:00:00 Z",
        "2024-03-01T06:30-05:30",
        "2024-03-01T12:00:00.000999999Z",
        "1969-12-31T23:59:59.9995Z",
    ]
    noon = millis("2024-03-01T12:00:00+00:00")
    assert times(staged(events(write, *stamps), source="events")) == [noon] * 12 + [-1]


@pytest.mark.parametrize(
    ("unit", "stamp", "expected"),
    [
        ("s", "1709294400", 1709294400000),
        ("s", "1709294400.1239", 1709294400123),
        ("ms", "1709294400123", 1709294400123),
        ("us", "1709294400123999", 1709294400123),
        ("ns", "1709294400123999999", 1709294400123),
        ("s", "-0.0005", -1),
        ("s", "2024-03-01T12:00:00Z", 1709294400000),
    ],
)
def test_numbers_count_in_the_stated_unit(
    unit: TimeUnit, stamp: str, expected: int, staged: Stage, write: Write
) -> None:
    assert times(staged(events(write, stamp), source="events", time_unit=unit)) == [expected]


NOON = 1_709_294_400 * 10**9


@pytest.mark.parametrize(
    ("stamp", "nanosecond"),
    [
        ("2024-03-01T12:00:00.000000001Z", 1),
        ("2024-03-01T12:00:00.123456789Z", 123_456_789),
        ("2024-03-01T12:00:00.1234567Z", 123_456_700),
        ("2024-03-01 13:00:00.123456+01:00", 123_456_000),
        ("2024-03-01 12:00:00.123456789 UTC", 123_456_789),
        ("2024-03-01T12:00:00Z", 0),
        ("2024-03-01T13:00:00.123456789", 123_456_789),
        ("2024-03-01T13:00:00.1234", 123_400_000),
    ],
)
def test_nine_digits_of_a_second_are_kept(
    stamp: str, nanosecond: int, staged: Stage, write: Write
) -> None:
    result = staged(events(write, stamp), source="events", zone="Europe/Berlin")
    assert instants(result) == {"0": NOON + nanosecond}


@pytest.mark.parametrize(
    ("unit", "stamp", "expected"),
    [
        ("s", "1709294400.123456789", NOON + 123_456_789),
        ("ms", "1709294400123.456789", NOON + 123_456_789),
        ("us", "1709294400123456.789", NOON + 123_456_789),
        ("ns", "1709294400123456789", NOON + 123_456_789),
        ("us", "1709294400000100", NOON + 100_000),
        ("ns", "-1", -1),
        ("us", "-1", -1000),
        ("ms", "-0.5", -500_000),
        ("s", "-1.5", -1_500_000_000),
        ("s", "2024-03-01T12:00:00.000000001Z", NOON + 1),
    ],
)
def test_numbers_keep_their_nanoseconds(
    unit: TimeUnit, stamp: str, expected: int, staged: Stage, write: Write
) -> None:
    assert instants(staged(events(write, stamp), source="events", time_unit=unit)) == {
        "0": expected
    }


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(10, long=25)
)
@given(wanted=st.lists(st.integers(-2 * 10**18, 4 * 10**18), min_size=1, max_size=20))
def test_every_nanosecond_comes_back(wanted: list[int], staged: Stage, write: Write) -> None:
    texts = [
        f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=n // 10**9):%Y-%m-%dT%H:%M:%S}"
        f".{n % 10**9:09}Z"
        for n in wanted
    ]
    numbers = [str(n) for n in wanted]
    for stamps, unit in ((texts, None), (numbers, "ns")):
        with staged(events(write, *stamps), source="events", time_unit=unit) as result:
            assert instants(result) == {str(row): n for row, n in enumerate(wanted)}


def test_parquet_keeps_nanoseconds(staged: Stage, tmp_path: Path) -> None:
    path = tmp_path / "e.parquet"
    duckdb.execute(
        "COPY (SELECT 'a' AS event_id, 'ann' AS customer_id, 'click' AS kind, "
        f"TIMESTAMP_NS '2024-03-01 12:00:00.123456789' AS timestamp) TO '{path}'"
    )
    assert instants(staged(path, source="events", zone="UTC")) == {"a": NOON + 123_456_789}


@pytest.mark.parametrize(
    ("zone", "day", "start", "end"),
    [
        ("UTC", "2024-03-01", "2024-03-01T00:00+00:00", "2024-03-02T00:00+00:00"),
        ("Europe/Berlin", "2024-03-31", "2024-03-31T00:00+01:00", "2024-04-01T00:00+02:00"),
        # clocks went from midnight to one, and from midnight back to eleven
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00-02:00", "2018-11-05T00:00-02:00"),
        ("America/Sao_Paulo", "2018-11-03", "2018-11-03T00:00-03:00", "2018-11-04T01:00-02:00"),
        ("America/Sao_Paulo", "2018-02-17", "2018-02-17T00:00-02:00", "2018-02-18T00:00-03:00"),
        # clocks went from one back to midnight
        ("Atlantic/Azores", "2024-10-27", "2024-10-27T00:00+00:00", "2024-10-28T00:00-01:00"),
        ("UTC", "1969-12-31", "1969-12-31T00:00+00:00", "1970-01-01T00:00+00:00"),
        ("UTC", "0001-01-01", "0001-01-01T00:00+00:00", "0001-01-02T00:00+00:00"),
    ],
)
def test_a_date_is_a_day_of_the_zone(
    zone: str, day: str, start: str, end: str, staged: Stage, write: Write
) -> None:
    path = write(
        "e.csv",
        "event_id,customer_id,timestamp,kind\n"
        f"t,ann,{day},click\nv,ann,{day},conversion\nn,ann,{day},conversion:signup\n",
    )
    result = staged(path, source="events", zone=zone)
    first, last = (
        (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC))
        // timedelta(seconds=1)
        * 10**9
        for text in (start, end)
    )
    assert instants(result) == {"t": first, "v": last - 1, "n": last - 1}


def test_a_date_without_a_zone_is_rejected(staged: Stage, write: Write, reasons: Reasons) -> None:
    result = staged(events(write, "2024-03-01", "2024-3-1", "2024-03-01Z"), source="events")
    assert reasons(result) == [(2, "naive-time"), (3, "bad-time"), (4, "bad-time")]


def test_a_date_that_does_not_exist_is_rejected(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    result = staged(events(write, "2024-02-30", "0000-01-01"), source="events", zone="UTC")
    assert reasons(result) == [(2, "bad-time"), (3, "bad-time")]


def test_a_number_in_the_wrong_unit_is_no_time(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    result = staged(events(write, "1709294400123"), source="events", time_unit="s")
    assert reasons(result) == [(2, "bad-time")]


def test_local_times_that_do_not_exist_or_exist_twice_are_rejected(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    result = staged(
        events(
            write,
            "2024-03-31T01:59",
            "2024-03-31 02:00",
            "2024-03-31T02:59:59.999",
            "2024-03-31T03:00:00",
            "2024-10-27T01:59:59",
            "2024-10-27T02:00:00",
            "2024-10-27T02:59:59",
            "2024-10-27T03:00:00",
            "2024-10-27T02:30:00+01:00",
        ),
        source="events",
        zone="Europe/Berlin",
    )
    assert reasons(result) == [
        (3, "gap-time"),
        (4, "gap-time"),
        (7, "fold-time"),
        (8, "fold-time"),
    ]
    assert times(result) == [
        millis("2024-03-31T01:59:00+01:00"),
        millis("2024-03-31T03:00:00+02:00"),
        millis("2024-10-27T01:59:59+02:00"),
        millis("2024-10-27T03:00:00+01:00"),
        millis("2024-10-27T02:30:00+01:00"),
    ]


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
         "Pacific/Apia", "Africa/Casablanca", "America/Sao_Paulo"]  # fmt: skip


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(10, long=25)
)
@given(
    zone=st.sampled_from(ZONES),
    when=st.lists(
        st.integers(0, 20 * 366 * 86400).map(
            lambda s: datetime.fromisoformat("2005-01-01") + timedelta(seconds=s)
        ),
        min_size=1,
        max_size=20,
    ),
)
def test_local_times_agree_with_the_zone_database(
    zone: str, when: list[datetime], staged: Stage, write: Write, reasons: Reasons
) -> None:
    with staged(
        events(write, *(m.isoformat() for m in when)), source="events", zone=zone
    ) as result:
        rejected = {line - 2 for line, _ in reasons(result)}
        got = times(result)
    known = ZoneInfo(zone)
    expected = []
    for place, moment in enumerate(when):
        early, late = (moment.replace(tzinfo=known, fold=fold).astimezone(UTC) for fold in (0, 1))
        exists = early.astimezone(known).replace(tzinfo=None) == moment
        assert (place in rejected) == (early != late or not exists)
        if place not in rejected:
            expected.append((early - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1))
    assert got == expected


@pytest.mark.parametrize("zone", ["CEST", "\udcff"])
def test_an_unknown_zone_is_named(staged: Stage, write: Write, zone: str) -> None:
    message = re.escape(f"IANA name such as Europe/Berlin, got {zone!r}")
    with pytest.raises(InputError, match=message):
        staged(events(write, "2024-03-01T12:00:00"), source="events", zone=zone)


def test_the_zone_of_the_machine_does_not_matter(
    staged: Stage, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    result = staged(events(write, "2024-03-01T12:00:00"), source="events", zone="UTC")
    assert times(result) == [millis("2024-03-01T12:00:00+00:00")]
