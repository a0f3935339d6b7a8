"""The customer of each id, against a naive walk over the links."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.domain import NO_TIME
from attrigraph.domain.identities import JoinedIds, owners, owners_of


def naive(
    count: int, links: list[tuple[int, int]], max_ids: int
) -> tuple[list[int], set[int], set[int]]:
    """The owners, by following the links of one id after another."""
    users = {b for _, b in links} - {a for a, _ in links}
    shared = {i for i in range(count) if len({b for a, b in links if a == i and b in users}) > 1}
    kept = [(a, b) for a, b in links if not {a, b} & shared]
    owners, conflicting, separated = list(range(count)), set(shared), set()
    for i in range(count):
        group, grown = {i}, True
        while grown:
            more = {x for link in kept if set(link) & group for x in link}
            grown = not more <= group
            group |= more
        named = sorted(group & users)
        crowded = any(len({a for a, b in links if b == i}) >= max_ids for i in group)
        if len(group) > max_ids or crowded:
            separated.add(i)
        elif len(named) > 1:
            own = {b for a, b in kept if a == i and b in users}
            owners[i] = own.pop() if own else i
            if not own and owners[i] == i and i not in users:
                conflicting.add(i)
        else:
            owners[i] = named[0] if named else min(group)
    return owners, conflicting, separated


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=14),
    st.integers(2, 8),
)
def test_owners_are_those_of_a_naive_walk(links: list[tuple[int, int]], max_ids: int) -> None:
    links = sorted({(a, b) for a, b in links if a != b})
    one, other = (np.array([link[i] for link in links], np.int64) for i in (0, 1))
    owner, conflicting, separated = owners_of(10, one, other, max_ids)
    found = owner.tolist(), *(set(np.flatnonzero(ids)) for ids in (conflicting, separated))
    assert found == naive(10, links, max_ids)


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 4), st.sampled_from([NO_TIME, 0, 5, 10])),
        max_size=10,
    ),
    st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 11)), max_size=8),
)
def test_the_customer_at_a_time_is_that_of_the_last_link_before_it(
    links: list[tuple[int, int, int]], events: list[tuple[int, int]]
) -> None:
    links = [link for link in links if link[0] != link[1]]
    one, other, begin = (np.array([link[i] for link in links], np.int64) for i in range(3))
    found = owners(5, one, other, begin, 50)
    always = found.always.tolist()
    for code, time in events:
        persons: dict[int, set[int]] = {}
        for anonymous, person, since in links:
            if anonymous == code and NO_TIME < since <= time:
                persons.setdefault(since, set()).add(person)
        certain = {since: each for since, each in persons.items() if len(each) == 1}
        expected = always[certain[max(certain)].pop()] if certain else always[code]
        assert found.at(np.array([code]), np.array([time])).tolist() == [expected]
    lasting = sorted({link[:2] for link in links if link[2] == NO_TIME})
    _, conflicting, separated = naive(5, lasting, 50)
    joined = {id_ for id_ in range(5) if always[id_] != id_}
    for anonymous, _, since in links:
        persons_then = {b for a, b, then in links if (a, then) == (anonymous, since)}
        if since > NO_TIME and len(persons_then) > 1:
            conflicting.add(anonymous)
        elif since > NO_TIME and always[persons_then.pop()] != anonymous:
            joined.add(anonymous)
    assert found.outcome == JoinedIds(len(joined), len(conflicting), len(separated))
    everything = np.array(events, np.int64).reshape(-1, 2)
    assert len(found.at(everything[:, 0], everything[:, 1])) == len(events)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=14),
    st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 9)), max_size=8),
    st.integers(2, 8),
)
def test_an_event_that_names_a_user_is_the_users_unless_the_ids_are_too_many(
    links: list[tuple[int, int]], events: list[tuple[int, int]], max_ids: int
) -> None:
    links = sorted({(a, b) for a, b in links if a != b})
    one, other = (np.array([link[i] for link in links], np.int64) for i in (0, 1))
    found = owners(10, one, other, np.full(len(links), NO_TIME), max_ids)
    always, _, separated = naive(10, links, max_ids)
    expected = [always[code if user < 0 or user in separated else user] for code, user in events]
    code, user = np.array(events, np.int64).reshape(-1, 2).T
    assert found.of_events(code, np.zeros(len(events), np.int64), user).tolist() == expected
