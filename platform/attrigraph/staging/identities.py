"""Joins the ids of one person: devices, browsers and logins become one customer.

Links come from rows of identities and from events with two ids. Ids that links connect are one
customer, named by its user id, or without one by the id whose hash is smallest. A link with a time
holds for the events of its id from then on and connects nothing else.

An id with two users, as a shared device has, belongs to neither. Ids that connect too many, as the
id of a kiosk or a test account does, are taken apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]
    Mask = NDArray[np.bool_]

MAX_IDS: Final = 50
"""Number of ids that one customer may have, unless stated otherwise."""

CREATE: Final = "CREATE TEMP TABLE ignored_link (anonymous VARCHAR, person VARCHAR)"
"""SQL of the table of ids that rows link which a mapping leaves out."""

LINKS: Final = """
CREATE OR REPLACE TEMP TABLE identity_link AS
SELECT anonymous, person FROM identity
WHERE reason IS NULL AND since IS NULL AND anonymous <> person
UNION SELECT customer, person FROM event
WHERE reason IS NULL AND person IS NOT NULL AND person <> customer
UNION SELECT anonymous, person FROM ignored_link WHERE anonymous <> person
"""

IDS: Final = """
CREATE OR REPLACE TEMP TABLE identity_id AS
SELECT (row_number() OVER (ORDER BY md5(id)) - 1)::BIGINT AS code, id FROM (
    SELECT anonymous AS id FROM identity_link UNION SELECT person FROM identity_link)
"""

CODED: Final = """
SELECT a.code AS anonymous, b.code AS person FROM identity_link
JOIN identity_id AS a ON a.id = anonymous JOIN identity_id AS b ON b.id = person
"""

OWNER_AT: Final = """
CREATE OR REPLACE TEMP TABLE identity_since AS
SELECT anonymous, since, coalesce(max(owner), max(person)) AS owner
FROM identity LEFT JOIN identity_owner ON identity_owner.id = person
WHERE reason IS NULL AND since IS NOT NULL
GROUP BY anonymous, since HAVING count(DISTINCT person) = 1
"""


@dataclass(frozen=True, slots=True)
class JoinedIds:
    """What became of ids that links name.

    Attributes:
        joined: ids that became part of the customer of another id.
        conflicting: ids that are linked with several users and stay customers of their own.
        separated: ids of customers with too many ids, which were taken apart.
    """

    joined: int = 0
    conflicting: int = 0
    separated: int = 0


def join_identities(database: duckdb.DuckDBPyConnection, max_ids: int) -> JoinedIds:
    """Give the events and attributes of all ids of a person the person's id.

    Args:
        database: where ``event``, ``identity`` and ``customer_attribute`` are.
        max_ids: number of ids that one customer may have.
    """
    database.execute(LINKS)
    database.execute(IDS)
    coded = database.execute(CODED).fetchnumpy()
    count = int(database.execute("SELECT count(*) FROM identity_id").fetchall()[0][0])
    owners, outcome = owners_of(
        count,
        np.asarray(coded["anonymous"], np.int64),
        np.asarray(coded["person"], np.int64),
        max_ids,
    )
    code = np.flatnonzero(owners != np.arange(count))
    database.register("registered_owners", {"code": code, "owner": owners[code]})
    database.execute("""
        CREATE OR REPLACE TEMP TABLE identity_owner AS
        SELECT own.id AS id, other.id AS owner FROM registered_owners
        JOIN identity_id AS own USING (code)
        JOIN identity_id AS other ON other.code = registered_owners.owner""")
    database.unregister("registered_owners")
    database.execute(OWNER_AT)
    _rename(database)
    for name in ("link", "id", "owner", "since"):
        database.execute(f"DROP TABLE identity_{name}")
    return outcome


RENAMED: Final = """
UPDATE event SET customer = owner, id = CASE WHEN starts_with(event.id, chr(0))
    THEN chr(0) || owner || chr(0) || right(event.id, 32) ELSE event.id END
"""
"""SQL that renames customers of events; ids that are derived from content begin with theirs."""

TIMED: Final = """
FROM (
    SELECT event.rowid AS row, timed.owner FROM event
    ASOF JOIN identity_since AS timed
        ON timed.anonymous = event.customer AND event.time >= timed.since
    WHERE reason IS NULL) AS named
WHERE event.rowid = named.row
"""


def _rename(database: duckdb.DuckDBPyConnection) -> None:
    """Rename customers of events and of attributes; a link with a time decides first."""
    if database.execute("SELECT count(*) FROM identity_since").fetchall()[0][0]:
        database.execute(f"{RENAMED} {TIMED}")
    database.execute(
        f"{RENAMED} FROM identity_owner WHERE event.customer = identity_owner.id "
        "AND event.reason IS NULL"
    )
    database.execute("""
        UPDATE customer_attribute SET customer = owner FROM identity_owner
        WHERE customer_attribute.customer = identity_owner.id""")


def owners_of(count: int, anonymous: Codes, person: Codes, max_ids: int) -> tuple[Codes, JoinedIds]:
    """The id that names the customer of each id, and what became of the ids.

    Args:
        count: number of ids; they are numbered from 0, in an order that decides between ids of
            which none is a user's.
        anonymous: (links,) one end of each link.
        person: (links,) the other end, the user's. An id is a user's if it is never ``anonymous``.
        max_ids: number of ids that one customer may have.

    Returns:
        (count,) numbers of ids, an id's own number where it stays by itself.
    """
    users = np.zeros(count, bool)
    users[person] = True
    users[anonymous] = False
    shared = _with_several_users(count, anonymous, person, users)
    kept = ~shared[anonymous] & ~shared[person]
    anonymous, person = anonymous[kept], person[kept]
    component = _components(count, anonymous, person)
    n_ids = np.bincount(component, minlength=count)
    n_users = np.bincount(component, weights=users, minlength=count)
    owners = _first(component, users)
    separated = n_ids[component] > max_ids
    mixed = (n_users[component] > 1) & ~separated
    own = np.arange(count)
    owners = np.where(separated | mixed, own, owners)
    # where a chain of ids leads to several users, each id stays with the user it is linked to
    direct = mixed[anonymous] & users[person]
    owners[anonymous[direct]] = person[direct]
    lost = shared | (mixed & ~users & (owners == own))
    outcome = JoinedIds(
        joined=int((owners != own).sum()),
        conflicting=int(lost.sum()),
        separated=int(separated.sum()),
    )
    return owners, outcome


def _with_several_users(count: int, anonymous: Codes, person: Codes, users: Mask) -> Mask:
    """Which ids are linked with more than one user."""
    pairs = np.unique(np.stack([anonymous, person])[:, users[person]], axis=1)
    return np.bincount(pairs[0], minlength=count) > 1


def _components(count: int, one: Codes, other: Codes) -> Codes:
    links = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(count, count))
    return connected_components(links, directed=False)[1].astype(np.int64)


def _first(component: Codes, users: Mask) -> Codes:
    """The user of each id's component, or the smallest number of an id in it."""
    # users come first, so that the first of a component is one if there is any
    order = np.lexsort((np.arange(len(users)), ~users, component))
    first = np.ones(len(users), bool)
    first[1:] = component[order][1:] != component[order][:-1]
    return order[np.flatnonzero(first)][component]
