from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attrigraph.errors import InputError


def events(write, *stamps):
    return write(
        "e.csv",
        "event_id,customer_id,timestamp,kind\n"
        + "".join(f"{n},ann,{stamp},click\n" for n, stamp in enumerate(stamps)),
    )


def times(found):
    event_table = found.events()
    order = sorted(
        range(len(event_table.touches)), key=lambda row: int(event_table.touches.id[row])
    )
    return [event_table.touches.time.tolist()[row] for row in order]


def millis(text):
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def test_forms_of_times_with_a_zone(staged, write):
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
def test_numbers_count_in_the_stated_unit(unit, stamp, expected, staged, write):
    assert times(staged(events(write, stamp), source="events", time_unit=unit)) == [expected]


def test_a_number_in_the_wrong_unit_is_no_time(staged, write, reasons):
    found = staged(events(write, "1709294400123"), source="events", time_unit="s")
    assert reasons(found) == [(2, "bad-time")]


def test_local_times_that_do_not_exist_or_exist_twice_are_refused(staged, write, reasons):
    found = staged(
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
    assert reasons(found) == [
        (3, "gap-time"),
        (4, "gap-time"),
        (7, "fold-time"),
        (8, "fold-time"),
    ]
    assert times(found) == [
        millis("2024-03-31T01:59:00+01:00"),
        millis("2024-03-31T03:00:00+02:00"),
        millis("2024-10-27T01:59:59+02:00"),
        millis("2024-10-27T03:00:00+01:00"),
        millis("2024-10-27T02:30:00+01:00"),
    ]


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
         "Pacific/Apia", "Africa/Casablanca", "America/Sao_Paulo"]  # fmt: skip


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25
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
def test_local_times_agree_with_the_zone_database(zone, when, staged, write, reasons):
    with staged(events(write, *(m.isoformat() for m in when)), source="events", zone=zone) as found:
        refused = {line - 2 for line, _ in reasons(found)}
        got = times(found)
    known = ZoneInfo(zone)
    expected = []
    for place, moment in enumerate(when):
        early, late = (moment.replace(tzinfo=known, fold=fold).astimezone(UTC) for fold in (0, 1))
        exists = early.astimezone(known).replace(tzinfo=None) == moment
        assert (place in refused) == (early != late or not exists)
        if place not in refused:
            expected.append((early - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1))
    assert got == expected


def test_an_unknown_zone_is_named(staged, write):
    with pytest.raises(InputError, match="IANA name such as Europe/Berlin or UTC, got 'CEST'"):
        staged(events(write, "2024-03-01T12:00:00"), source="events", zone="CEST")


def test_the_zone_of_the_machine_does_not_matter(staged, write, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    found = staged(events(write, "2024-03-01T12:00:00"), source="events", zone="UTC")
    assert times(found) == [millis("2024-03-01T12:00:00+00:00")]
