"""Sessions: visits joined into touches, against a walk over each customer's events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.spend.rates import Rates
from attrigraph.staging import StagingOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.staging.conftest import Stage, Write

    from attrigraph.staging import Staged

HEADER = "customer_id,timestamp,kind,channel,campaign,session,event_id\n"
SOURCES = ("", "", "", "", "search", "mail", "direct")


@dataclass(frozen=True)
class Row:
    """One event; a source of "" is a page within a visit."""

    customer: str
    minute: int
    kind: str
    channel: str
    session: str
    id: str

    def line(self) -> str:
        day, rest = divmod(self.minute, 24 * 60)
        hour, minute = divmod(rest, 60)
        time = f"2026-01-{day + 1:02}T{hour:02}:{minute:02}:00Z"
        campaign = f"{self.channel}-1" if self.channel in ("search", "mail") else ""
        return (
            f"{self.customer},{time},{self.kind},{self.channel},{campaign},{self.session},{self.id}"
        )


def rows_of(seed: int, *, ids: bool) -> list[Row]:
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(400):
        minute = int(rng.integers(0, 27 * 24 * 60) if rng.random() < 0.2 else rng.integers(0, 600))
        kind = str(rng.choice(["visit"] * 7 + ["conversion", "email"]))
        channel = str(rng.choice(SOURCES)) if kind == "visit" else "mail" * (kind == "email")
        session = f"s{minute // 90}" if ids and rng.random() < 0.9 else ""
        customer = f"c{rng.integers(0, 6)}"
        rows.append(Row(customer, minute, kind, channel, session, f"e{number:03}"))
    return rows


def walked(
    rows: Sequence[Row], gap: int = 30, *, split: bool = True, every: bool = False
) -> list[tuple[str, str, str]]:
    """Touches (customer, id, channel), by walking over the events of each session."""
    touches = [(row.customer, row.id, row.channel) for row in rows if row.kind == "email"]
    keys = {(row.customer, row.session) for row in rows}
    for customer, session in keys:
        chain: list[Row] = []
        for row in sorted(
            (r for r in rows if (r.customer, r.session) == (customer, session)),
            key=lambda r: (r.minute, r.id),
        ):
            if row.kind == "email":
                continue
            other = {r.channel for r in chain if r.channel not in ("", "direct")}
            fresh = split and row.channel not in ("", "direct") and other - {row.channel}
            if chain and not session and (row.minute - chain[-1].minute > gap or fresh):
                touches += touches_in(chain, every=every)
                chain = []
            chain.append(row)
        touches += touches_in(chain, every=every)
    return sorted(touches)


def touches_in(chain: Sequence[Row], *, every: bool) -> list[tuple[str, str, str]]:
    visits = [row for row in chain if row.kind == "visit"]
    if not visits:
        return []
    named = [row.channel for row in visits if row.channel not in ("", "direct")]
    direct = [row.channel for row in visits if row.channel == "direct"]
    source = [*named, *direct, ""][0]
    if not every:
        return [(visits[0].customer, visits[0].id, source)]
    own = [row.channel if row.channel not in ("", "direct") else source for row in visits]
    return [(row.customer, row.id, name) for row, name in zip(visits, own, strict=True)]


def touches_of(staged: Staged) -> list[tuple[str, str, str]]:
    events = staged.events()
    return sorted(
        zip(
            events.customers[events.touches.customer].tolist(),
            events.touches.id.tolist(),
            [name or "" for name in events.touches.channel.values().tolist()],
            strict=True,
        )
    )


@pytest.mark.parametrize("ids", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_sessions_are_those_of_a_walk_over_the_events(
    seed: int, ids: bool, staged: Stage, write: Write
) -> None:
    rows = rows_of(seed, ids=ids)
    lines = [row.line() for row in rows]
    np.random.default_rng(seed).shuffle(lines)
    half = len(lines) // 2
    files = (
        write("a.csv", HEADER + "\n".join(lines[:half])),
        write("b.csv", HEADER + "\n".join(lines[half:])),
    )
    result = staged(*files, source="events", sessions=True)
    expected = walked(rows)
    assert touches_of(result) == expected
    counts = result.counts
    assert counts.taken == len(expected) + counts.conversions
    assert counts.read == counts.taken + counts.merged
    assert not list(result.rejected())


@pytest.mark.parametrize("ids", [False, True])
@pytest.mark.parametrize(("split", "touches"), [(False, "one"), (True, "all"), (False, "all")])
def test_sessions_may_keep_every_visit_and_several_sources(
    ids: bool, split: bool, touches: str, staged: Stage, write: Write
) -> None:
    rows = rows_of(7, ids=ids)
    result = staged(
        write("a.csv", HEADER + "\n".join(row.line() for row in rows)),
        source="events",
        sessions=True,
        session_split=split,
        session_touches=touches,
    )
    assert touches_of(result) == walked(rows, split=split, every=touches == "all")
    assert result.counts.read == result.counts.taken + result.counts.merged


def test_returning_from_a_payment_provider_starts_no_session(staged: Stage, write: Write) -> None:
    lines = [
        "ann,2026-01-01T10:00:00Z,visit,https://shop.example/?gclid=1,https://www.google.com/,e1",
        "ann,2026-01-01T10:05:00Z,visit,https://shop.example/cart,https://shop.example/,e2",
        "ann,2026-01-01T10:20:00Z,visit,https://shop.example/done,https://www.paypal.com/,e3",
        "ann,2026-01-01T10:21:00Z,conversion,,,e4",
        "bob,2026-01-01T10:00:00Z,visit,https://shop.example/done,https://www.paypal.com/,e5",
    ]
    head = "customer_id,timestamp,kind,page,referrer,event_id\n"
    path = write("e.csv", head + "\n".join(lines))
    result = staged(path, source="events", sessions=True)
    assert touches_of(result) == [("ann", "e1", "paid search"), ("bob", "e5", "")]
    assert "1 touch with a referral from an own domain or a payment" in result.notes[0]
    counted = staged(path, source="events", sessions=True, payment_referrals=True)
    assert touches_of(counted) == [
        *(("ann", "e1", "paid search"), ("ann", "e3", "referral"), ("bob", "e5", "referral"))
    ]


def test_options_about_sessions_need_sessions(staged: Stage, write: Write) -> None:
    path = write("e.csv", HEADER + Row("a", 0, "visit", "", "", "e").line())
    for options in ({"session_split": False}, {"session_touches": "all"}):
        with pytest.raises(InputError, match="need sessions, and no file has them; add --sessions"):
            staged(path, source="events", **options)


def test_touches_of_a_session_are_one_or_all() -> None:
    with pytest.raises(InputError, match="the touches of a session must be one or all, got 'two'"):
        StagingOptions(keep_ids=True, session_touches="two")  # type: ignore[arg-type]


def test_a_session_has_the_campaign_of_the_page_on_which_it_began(
    staged: Stage, write: Write
) -> None:
    rows = [
        Row("ann", 0, "visit", "", "", "e1"),
        Row("ann", 5, "visit", "search", "", "e2"),
        Row("ann", 30, "visit", "", "", "e3"),
        Row("ann", 58, "conversion", "", "", "e4"),
        Row("ann", 85, "visit", "direct", "", "e5"),
        Row("ann", 90, "visit", "mail", "", "e6"),
        Row("ann", 125, "visit", "", "", "e7"),
    ]
    result = staged(
        write("e.csv", HEADER + "\n".join(row.line() for row in rows)),
        source="events",
        sessions=True,
    )
    events = result.events()
    assert touches_of(result) == [("ann", "e1", "search"), ("ann", "e6", "mail"), ("ann", "e7", "")]
    assert events.touches.campaign.values().tolist() == ["search-1", "mail-1", None]
    wider = staged(
        write("e.csv", HEADER + "\n".join(row.line() for row in rows)),
        source="events",
        sessions=True,
        session_gap=35,
    )
    assert touches_of(wider) == [("ann", "e1", "search"), ("ann", "e6", "mail")]


def test_without_sessions_every_visit_is_a_touch(staged: Stage, write: Write) -> None:
    rows = [replace(Row("a", 0, "visit", "", "", "x"), id=f"e{i}", minute=i) for i in range(3)]
    result = staged(write("e.csv", HEADER + "\n".join(r.line() for r in rows)), source="events")
    assert (result.counts.touches, result.counts.merged) == (3, 0)


@pytest.mark.parametrize("gap", [0, -1, float("inf"), float("nan")])
def test_a_gap_is_minutes_above_0(gap: float) -> None:
    with pytest.raises(InputError, match="minutes above 0"):
        StagingOptions(keep_ids=True, session_gap=gap)


def priced(customer: str, minute: int, cost: str, *, channel: str = "search") -> str:
    time = f"2026-01-01T10:{minute:02}:00Z"
    return f"{customer}{minute},{customer},{time},visit,{channel},{cost},EUR"


PRICED = "event_id,customer_id,timestamp,kind,channel,cost,currency\n"


def test_each_user_of_a_shared_browser_has_sessions_with_their_sources(
    staged: Stage, write: Write
) -> None:
    lines = [
        "tv,,2026-01-01T12:00:00Z,visit,search,,a",
        "tv,ann,2026-01-01T12:05:00Z,visit,,,b",
        "tv,,2026-01-01T12:10:00Z,visit,,,c",
        "tv,bob,2026-01-01T12:15:00Z,visit,,,d",
        "tv,,2026-01-01T14:00:00Z,visit,mail,,e",
    ]
    header = "customer_id,user_id,timestamp,kind,channel,campaign,event_id\n"
    result = staged(write("e.csv", header + "\n".join(lines)), source="events", sessions=True)
    (batch,) = result.batches()
    touches = batch.touches
    names = batch.customers[touches.customer].tolist()
    found = zip(touches.id.tolist(), names, touches.channel.values().tolist(), strict=True)
    assert sorted(found) == [("a", "ann", "search"), ("d", "bob", None), ("e", "tv", "mail")]
    assert result.counts.merged == 2


def test_the_costs_of_the_visits_of_a_session_add_up(staged: Stage, write: Write) -> None:
    rows = [
        *(priced("a", minute, cost) for minute, cost in ((0, "1"), (9, "2"), (20, ".5"))),
        *(priced("b", minute, cost) for minute, cost in ((0, "1"), (5, "2"))),
        *(priced("c", minute, ".1", channel="search" * (minute == 0)) for minute in range(10)),
        # inner pages have no cost of their own
        *(priced("d", minute, cost, channel="" if minute else "tv") for minute, cost in
          ((0, "3"), (1, ""))),
        # the cost of an arrival is missing
        *(priced("e", minute, cost) for minute, cost in ((0, ""), (1, "4"))),
        *(priced("f", minute, "") for minute in (0, 1)),
        "p,a,2026-01-01T11:00:00Z,conversion,,,EUR",
    ]  # fmt: skip
    for order in (rows, rows[::-1]):
        result = staged(write("e.csv", PRICED + "\n".join(order)), source="events", sessions=True)
        touches = result.events().touches
        costs = dict(zip(touches.id.tolist(), touches.cost.tolist(), strict=True))
        assert np.isnan(costs.pop("f0"))
        assert costs == {"a0": 3.5, "b0": 3.0, "c0": 1.0, "d0": 3.0, "e0": 4.0}
        known = dict(zip(touches.id.tolist(), touches.priced().tolist(), strict=True))
        assert known == {"a0": 1, "b0": 1, "c0": 1, "d0": 1, "e0": 0.5, "f0": 0}
        (note,) = (note for note in result.notes if "arrivals" in note)
        assert note.startswith("1 touch of sessions in which some arrivals have a cost and others")


def test_costs_of_a_session_in_several_currencies_are_converted_first(
    staged: Stage, write: Write
) -> None:
    rows = [priced("a", 0, "1"), priced("a", 5, "10").replace("EUR", "USD")]
    path = write("e.csv", PRICED + "\n".join(rows))
    rates = Rates.of([("USD", None, 0.5)])
    result = staged(path, source="events", sessions=True, currency="EUR", rates=rates)
    assert result.events().touches.cost.tolist() == [6.0]
    with pytest.raises(InputError, match="amounts of events are in EUR and USD"):
        staged(path, source="events", sessions=True)


def test_an_account_that_a_later_page_names_is_that_of_the_customer(
    staged: Stage, write: Write
) -> None:
    rows = ["e1,a,2026-01-01T10:00Z,visit,search,", "e2,a,2026-01-01T10:01Z,visit,,acme"]
    path = write(
        "e.csv", "event_id,customer_id,timestamp,kind,channel,account_id\n" + "\n".join(rows)
    )
    result = staged(path, source="events", sessions=True)
    assert result.accounts().certain() == {"a": "acme"}
