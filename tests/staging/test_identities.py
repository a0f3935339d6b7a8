"""Ids of one person in files: events, logins and tables of identities."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.domain import NO_TIME, epoch_ms
from attrigraph.domain.identities import owners
from attrigraph.errors import InputError
from attrigraph.staging import StagingOptions, preset
from attrigraph.staging.pseudonyms import pseudonym

if TYPE_CHECKING:
    from tests.staging.conftest import Reasons, Stage, Write

    from attrigraph.staging import Staged

EVENTS = "customer_id,user_id,timestamp,kind,channel,value\n"
LINKS = "anonymous_id,user_id,valid_from\n"


def day(number: int) -> str:
    return f"2026-01-{number:02}T12:00:00Z"


def customers_of(staged: Staged) -> dict[str, list[str]]:
    """Channels by customer, in their order."""
    events = staged.events()
    names = events.customers[events.touches.customer].tolist()
    channels = events.touches.channel.values().tolist()
    return {
        name: [channel for own, channel in zip(names, channels, strict=True) if own == name]
        for name in events.customers.tolist()
    }


def test_a_login_joins_what_came_before_it(staged: Stage, write: Write) -> None:
    events = write(
        "e.csv",
        EVENTS
        + f"phone,,{day(1)},click,search,\n"
        + f"laptop,,{day(2)},click,mail,\n"
        + f"laptop,u77,{day(3)},conversion,,120\n"
        + f"other,,{day(3)},click,mail,\n"
        + f",u77,{day(4)},click,store,\n",
    )
    links = write("i.csv", LINKS + "phone,u77,\n")
    result = staged(events, links, source=preset("events", "identities"))
    assert customers_of(result) == {"u77": ["search", "mail", "store"], "other": ["mail"]}
    counts = result.counts
    assert (counts.joined_ids, counts.conflicting_ids, counts.separated_ids) == (2, 0, 0)
    assert counts.read == counts.taken == 6


def test_the_order_of_events_logins_and_links_decides_nothing(staged: Stage, write: Write) -> None:
    lines = [
        f"a,,{day(1)},click,search,\n",
        f"a,u1,{day(2)},conversion,,10\n",
        f"b,,{day(1)},click,mail,\n",
    ]
    links = ["b,u1,\n", "c,b,\n", f"d,u1,{day(5)}\n"]
    seen = set()
    for number, order in enumerate(permutations(range(3))):
        files = (
            write(f"e{number}.csv", EVENTS + "".join(lines[i] for i in order)),
            write(f"i{number}.csv", LINKS + "".join(links[i] for i in order[::-1])),
        )
        result = staged(*files, source=preset("events", "identities"))
        events = result.events()
        seen.add((*events.touches.id.tolist(), *events.conversions.id.tolist()))
        assert {name: sorted(each) for name, each in customers_of(result).items()} == {
            "u1": ["mail", "search"]
        }
    assert len(seen) == 1


def test_users_of_a_shared_device_have_the_events_that_name_them(
    staged: Stage, write: Write
) -> None:
    events = EVENTS + "".join(
        f"{device},{user},{day(1 + i)},click,{channel},\n"
        for i, (device, user, channel) in enumerate(
            [("tv", "ann", "a"), ("tv", "bob", "b"), ("phone", "ann", "c"), ("tv", "", "d")]
        )
    )
    result = staged(write("e.csv", events), source="events")
    assert customers_of(result) == {"tv": ["d"], "ann": ["a", "c"], "bob": ["b"]}
    assert (result.counts.joined_ids, result.counts.conflicting_ids) == (1, 1)
    assert any("1 id with several users" in note for note in result.notes)


def test_a_row_that_names_its_user_counts_more_than_a_link_with_a_time(
    staged: Stage, write: Write
) -> None:
    events = EVENTS + f"tv,,{day(3)},click,a,\ntv,bob,{day(4)},click,b,\nbob,,{day(4)},click,c,\n"
    links = LINKS + f"tv,ann,{day(2)}\nbob,robert,\n"
    result = staged(
        write("e.csv", events), write("i.csv", links), source=preset("events", "identities")
    )
    assert customers_of(result) == {"ann": ["a"], "robert": ["b", "c"]}
    assert recorded_of(result) == {
        "a": ("ann", "tv", None),
        "b": ("robert", "tv", "bob"),
        "c": ("robert", "bob", None),
    }


def test_the_word_for_guests_on_shared_devices_is_no_user(staged: Stage, write: Write) -> None:
    pairs = [(i, user) for i in range(5) for user in ("guest", f"u{i}")]
    events = EVENTS + "".join(f"d{i},{u},{day(i + 1)},click,{u}{i},\n" for i, u in pairs)
    result = staged(write("e.csv", events), source="events", max_ids=5)
    whose = [(f"d{i}" if user == "guest" else user, f"{user}{i}") for i, user in pairs]
    assert customers_of(result) == {owner: [channel] for owner, channel in whose}
    assert (result.counts.conflicting_ids, result.counts.separated_ids) == (5, 1)


def test_equal_rows_of_which_one_names_the_user_are_one_event(staged: Stage, write: Write) -> None:
    row = f"{day(1)},click,a,\n"
    for lines in (f"tv,,{row}tv,ann,{row}", f"tv,ann,{row}tv,,{row}"):
        result = staged(write("e.csv", EVENTS + lines), source="events")
        assert recorded_of(result) == {"a": ("ann", "tv", "ann")}
        assert result.counts.duplicates == 1


def test_an_account_belongs_to_the_user_that_its_row_names(staged: Stage, write: Write) -> None:
    rows = "".join(
        f"tv,{user},{account},{day(1)},click,{user or 'none'}\n"
        for user, account in (("ann", "acme"), ("bob", "bolt"), ("", ""))
    )
    events = write("e.csv", "customer_id,user_id,account_id,timestamp,kind,channel\n" + rows)
    result = staged(events, source="events")
    assert result.accounts().certain() == {"ann": "acme", "bob": "bolt"}


def test_a_link_with_a_time_holds_from_then_on(staged: Stage, write: Write) -> None:
    events = EVENTS + "".join(f"tv,,{day(d)},click,d{d},\n" for d in (1, 3, 5, 7))
    links = LINKS + f"tv,ann,{day(3)}\ntv,bob,{day(6)}\ntv,eve,{day(6)}\nbob,robert,\n"
    result = staged(
        write("e.csv", events), write("i.csv", links), source=preset("events", "identities")
    )
    assert customers_of(result) == {"tv": ["d1"], "ann": ["d3", "d5", "d7"]}
    assert (result.counts.joined_ids, result.counts.conflicting_ids) == (2, 1)
    links = LINKS + f"tv,ann,{day(3)}\ntv,bob,{day(6)}\nbob,robert,\n"
    result = staged(
        write("e.csv", events), write("i.csv", links), source=preset("events", "identities")
    )
    assert customers_of(result) == {"tv": ["d1"], "ann": ["d3", "d5"], "robert": ["d7"]}
    assert (result.counts.joined_ids, result.counts.conflicting_ids) == (2, 0)


@pytest.mark.parametrize("seed", range(4))
def test_each_event_goes_to_the_owner_of_its_id_at_its_time(
    staged: Stage, write: Write, seed: int
) -> None:
    """Against the rule of ``attrigraph.domain.identities``, applied row by row."""
    random = Random(seed)
    devices, users = [f"d{n:02}" for n in range(30)], [f"u{n}" for n in range(8)]
    links = [
        (random.choice(devices), random.choice(users), random.choice([0, 0, *range(1, 28)]))
        for _ in range(20)
    ]
    logins = [(random.choice(devices), random.choice(users)) for _ in range(12)]
    rows = [(random.choice(devices), "", random.randint(1, 28)) for _ in range(150)]
    rows += [(*login, random.randint(1, 28)) for login in logins]
    own = [(name, user, number, f"row {line}") for line, (name, user, number) in enumerate(rows)]
    events = "".join(f"{n},{user},{day(d)},click,{channel},\n" for n, user, d, channel in own)
    identities = "".join(f"{n},{user},{day(d) if d else ''}\n" for n, user, d in links)
    result = staged(
        write("e.csv", EVENTS + events),
        write("i.csv", LINKS + identities),
        source=preset("events", "identities"),
    )
    names = sorted({n for link in links for n in link[:2]} | {n for link in logins for n in link})
    code = {name: number for number, name in enumerate(names)}
    every = [(code[n], code[user], ms(d) if d else NO_TIME) for n, user, d in links]
    every += [(code[n], code[user], NO_TIME) for n, user in logins]
    device, user, since = np.array(every, np.int64).T
    found = owners(len(names), device, user, since, 50)
    recorded = recorded_of(result)
    for name, login, number, channel in own:
        owner = name
        if name in code:
            row = np.array([[code[name]], [ms(number)], [code.get(login, -1)]])
            owner = names[found.of_events(*row)[0]]
        assert recorded[channel] == (owner, None if owner == name else name, login or None)


def ms(number: int) -> int:
    return epoch_ms(datetime(2026, 1, number, 12, tzinfo=UTC))


def recorded_of(staged: Staged) -> dict[str | None, tuple[str, str | None, str | None]]:
    """Customer, id where it is not the customer's, and named user of the touch of each channel."""
    recorded: dict[str | None, tuple[str, str | None, str | None]] = {}
    for batch in staged.batches():
        touches = batch.touches
        assert touches.identity is not None
        assert touches.user_id is not None
        names = batch.customers[touches.customer].tolist()
        ids = zip(names, touches.identity.tolist(), touches.user_id.tolist(), strict=True)
        recorded |= dict(zip(touches.channel.values().tolist(), ids, strict=True))
    return recorded


def test_too_many_ids_are_taken_apart(staged: Stage, write: Write) -> None:
    events = EVENTS + "".join(f"d{i},test,{day(1)},click,x,\n" for i in range(5))
    events += f"phone,ann,{day(1)},click,y,\n"
    result = staged(write("e.csv", events), source="events", max_ids=5)
    assert len(customers_of(result)) == 6
    assert (result.counts.joined_ids, result.counts.separated_ids) == (1, 6)
    assert any("6 ids of customers with more than 5 ids" in note for note in result.notes)
    result = staged(write("e.csv", events), source="events", max_ids=6)
    assert sorted(customers_of(result)) == ["ann", "test"]


def test_rows_of_identities_are_checked(staged: Stage, write: Write, reasons: Reasons) -> None:
    events = write("e.csv", EVENTS + f"a,,{day(1)},click,x,\n")
    links = LINKS + f"a,u,\na,u,\n,u,\na,,\na,v,yesterday\na,v,{day(2)[:-1]}\n"
    result = staged(events, write("i.csv", links), source=preset("events", "identities"))
    assert reasons(result) == [
        (4, "missing-id"),
        (5, "missing-id"),
        (6, "bad-time"),
        (7, "naive-time"),
    ]
    assert (result.counts.taken, result.counts.duplicates) == (2, 1)
    local = LINKS + "a,u,2026-01-01T12:00:00\n"  # a second before the event, in UTC
    result = staged(
        events,
        write("i.csv", local),
        source=preset("events", "identities"),
        zone="Europe/Berlin",
    )
    assert customers_of(result) == {"u": ["x"]}


def test_attributes_of_joined_ids_are_those_of_the_customer(staged: Stage, write: Write) -> None:
    result = staged(
        write("e.csv", EVENTS + f"phone,ann,{day(1)},click,x,\n"),
        write("c.csv", "customer_id,age\nphone,30\n"),
        source=preset("events", "customers"),
    )
    (attributes,) = result.customer_attributes()
    assert attributes.customers.tolist() == ["ann"]


def test_a_customer_has_at_least_two_ids() -> None:
    with pytest.raises(InputError, match="at least 2 ids, got 1"):
        StagingOptions(keep_ids=True, max_ids=1)


def test_the_ids_under_which_touches_were_recorded_are_counted(staged: Stage, write: Write) -> None:
    events = write(
        "e.csv",
        EVENTS
        + f"phone,,{day(1)},click,search,\n"
        + f"phone,,{day(2)},click,search,\n"
        + f"laptop,,{day(2)},click,mail,\n"
        + f"tablet,,{day(2)},conversion,,5\n"
        + f",u77,{day(4)},click,store,\n"
        + f"other,,{day(3)},click,mail,\n",
    )
    links = write("i.csv", LINKS + "phone,u77,\nlaptop,u77,\ntablet,u77,\n")
    joined = staged(events, links, source=preset("events", "identities")).events()
    assert joined.n_aliases is not None
    # the tablet has a conversion and no touch, and u77 is the customer's own id
    aliases = dict(zip(joined.customers.tolist(), joined.n_aliases.tolist(), strict=True))
    assert aliases == {"u77": 2, "other": 0}
    assert staged(events, source=preset("events")).events().n_aliases is None


def test_ids_of_events_have_the_pseudonym_of_their_id_whenever_it_is_made(
    staged: Stage, write: Write
) -> None:
    key = b"sixteen or more bytes"
    files = (
        write(
            "e.csv",
            EVENTS
            + f"phone,,{day(1)},click,search,\n"
            + f"phone,,{day(1)},click,mail,\n"  # tied, so that its id decides the order
            + f"phone,u77,{day(2)},click,store,\n"
            + f"laptop,u77,{day(2)},conversion,,5\n"
            + f"tablet,,{day(3)},conversion,,6\n",
        ),
        write("i.csv", LINKS + f"tablet,u77,{day(2)}\n"),
    )
    source = preset("events", "identities")
    own = {name: pseudonym(key, name) for name in ("phone", "laptop", "tablet", "u77")}

    early = staged(*files, source=source, customer_key=key).events()
    late = staged(*files, source=source, customer_key=key)
    without_ids = late.events(touch_ids=False)
    for events in (early, late.events()):
        assert events.customers.tolist() == [own["u77"]]
        names = [one.partition("-")[0] for one in events.touches.id.tolist()]
        assert names == [own["phone"]] * 3
        names = [one.partition("-")[0] for one in events.conversions.id.tolist()]
        assert names == [own["laptop"], own["tablet"]]
        channels = events.touches.channel.values().tolist()
        assert channels == without_ids.touches.channel.values().tolist()
    links = staged(*files, source=source, customer_key=key).identity_links().rows()
    user = own["u77"]
    expected = {(own["phone"], user), (own["laptop"], user), (own["tablet"], user)}
    assert {row[:2] for row in links} == expected


def test_of_ids_without_a_user_the_first_by_pseudonym_names_the_customer(
    staged: Stage, write: Write
) -> None:
    key = b"sixteen or more bytes"
    names = ["phone", "laptop", "tablet", "watch"]
    events = write("e.csv", EVENTS + "".join(f"{name},,{day(1)},click,mail,\n" for name in names))
    links = write("i.csv", LINKS + "phone,laptop,\nlaptop,tablet,\ntablet,watch,\nwatch,phone,\n")
    joined = staged(events, links, source=preset("events", "identities"), customer_key=key)
    first = min(pseudonym(key, name) for name in names)
    assert joined.events().customers.tolist() == [first]
