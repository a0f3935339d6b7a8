"""Joins the ids of one person: devices, browsers and logins become one customer.

Links come from rows of identities, from events with two ids, and from the graph where the files are
loaded into one. ``attrigraph.domain.identities`` decides what they mean.

``identity_owner`` (id, code, owner, owner_code) says whose ids are, but for links with times; what
reads rows of events looks them up there. Links with times change the rows themselves.
``identity_named`` (id, person, code, owner) has the ids of which rows that name a user belong to
that user, ``owner``, and other rows to somebody else.

``identity_link`` (anonymous, person, since) holds the links in the words of the files, and
``identity_id`` (code, id, hash) numbers the ids that they name. Pseudonyms take longest to make and
few are needed to read events, so that ``hash`` may be NULL until ``name_ids`` makes it.
``recorded_id`` (code, hash) has those that ids of events are made of, and ``identity_hash``
(id, hash) those that are needed at once. An id that only the graph knows is ``STORED`` and its
pseudonym.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.domain import NO_TIME
from attrigraph.domain.identities import IdLinks, JoinedIds, owners
from attrigraph.staging.pseudonyms import pseudonym_sql

if TYPE_CHECKING:
    import duckdb

    from attrigraph.domain.identities import Codes, Owners
    from attrigraph.staging.options import StagingOptions

STORED: Final = "chr(0)"
"""SQL of what comes before the pseudonym of an id that is in no file; files hold no NUL."""

CREATE: Final = """
CREATE TABLE identity_link (anonymous VARCHAR, person VARCHAR, since BIGINT);
CREATE TABLE identity_id (code INTEGER, id VARCHAR, hash VARCHAR);
CREATE TEMP TABLE identity_hash (id VARCHAR, hash VARCHAR);
CREATE TEMP TABLE identity_owner (id VARCHAR, code INTEGER, owner VARCHAR, owner_code INTEGER);
CREATE TEMP TABLE identity_named (id VARCHAR, person VARCHAR, code INTEGER, owner VARCHAR);
CREATE TEMP TABLE ignored_link (anonymous VARCHAR, person VARCHAR)
"""
"""SQL of the tables; ``ignored_link`` holds ids of rows which a mapping leaves out."""

COLUMNS: Final = ("anonymous", "person", "since")
"""Columns of links."""

LINKS: Final = """
INSERT INTO identity_link
SELECT anonymous, person, since FROM identity WHERE reason IS NULL AND anonymous <> person
UNION SELECT customer, person, NULL FROM event_row
WHERE reason IS NULL AND person IS NOT NULL
UNION SELECT anonymous, person, NULL FROM ignored_link WHERE anonymous <> person
"""

LINKED: Final = "SELECT anonymous AS id FROM identity_link UNION SELECT person FROM identity_link"
"""SQL of the ids that links name."""

EVERY_ID: Final = f"""
{LINKED} UNION SELECT customer FROM event_row WHERE reason IS NULL
UNION SELECT customer FROM customer_attribute WHERE reason IS NULL
"""
"""SQL of all ids that files name, of which the graph may know links."""

ADD_STORED: Final = f"""
INSERT INTO identity_link
SELECT coalesce(a.id, {STORED} || anonymous), coalesce(p.id, {STORED} || person),
    nullif(since, {NO_TIME}) FROM registered_links
LEFT JOIN identity_hash AS a ON a.hash = anonymous LEFT JOIN identity_hash AS p ON p.hash = person
EXCEPT SELECT anonymous, person, since FROM identity_link
"""

NUMBER: Final = f"""
INSERT INTO identity_id
SELECT row_number() OVER () - 1, id, hash FROM (
    SELECT id, coalesce(hash, substr(id, 2)) AS hash
    FROM ({LINKED}) LEFT JOIN identity_hash USING (id) ORDER BY hash)
"""

NUMBER_HASHED: Final = """
INSERT INTO identity_id
SELECT row_number() OVER () - 1, id, hash FROM (FROM identity_hash ORDER BY hash)
"""
"""The same where no links are stored, so that those ids have a hash that links name."""

NUMBER_UNNAMED: Final = f"""
INSERT INTO identity_id SELECT row_number() OVER () - 1, id, NULL FROM ({LINKED})
"""
"""The same in any order, without pseudonyms."""

CHAINED: Final = """
SELECT 1 FROM identity_link SEMI JOIN (SELECT anonymous AS person FROM identity_link) USING (person)
LIMIT 1
"""
"""SQL of whether the person of a link has a link, so that ids may be joined without a user."""

RECORDED: Final = """
CREATE TEMP TABLE recorded_id AS
WITH made AS MATERIALIZED (
    SELECT customer, origin FROM event_store WHERE starts_with(id, chr(0))
        OR id IS NULL AND label IN (SELECT label FROM event_label WHERE conversion))
SELECT code, {} AS hash FROM identity_id
WHERE id IN (SELECT customer FROM made) OR code IN (SELECT origin FROM made)
"""
"""SQL of the pseudonyms that ids of rows are made of; those of other touches are made later."""

CODED: Final = f"""
SELECT a.code AS anonymous, p.code AS person, coalesce(since, {NO_TIME}) AS since
FROM identity_link
JOIN identity_id AS a ON a.id = anonymous JOIN identity_id AS p ON p.id = person
"""

HASHED: Final = f"""
SELECT a.hash AS anonymous, p.hash AS person, coalesce(since, {NO_TIME}) AS since
FROM identity_link
JOIN identity_id AS a ON a.id = anonymous JOIN identity_id AS p ON p.id = person
ORDER BY ALL
"""


def join_identities(
    database: duckdb.DuckDBPyConnection, options: StagingOptions, *, name_all: bool
) -> JoinedIds:
    """Give the events and attributes of all ids of a person the person's id.

    Args:
        database: where ``event``, ``identity`` and ``customer_attribute`` are.
        options: the key of pseudonyms, links that are stored, and how many ids a customer may have.
        name_all: whether the ids get their pseudonyms at once; otherwise ``name_ids`` makes them.
    """
    database.execute(LINKS)
    _number(database, options, name_all=name_all)
    coded = database.execute(CODED).fetchnumpy()
    count = int(database.execute("SELECT count(*) FROM identity_id").fetchall()[0][0])
    anonymous, person, since = (np.asarray(coded[name], np.int64) for name in COLUMNS)
    found = owners(count, anonymous, person, since, options.max_ids)
    if len(found.always):
        _write_named(database, found, anonymous, person)
        _rename(database, found)
    return found.outcome


def links_of(database: duckdb.DuckDBPyConnection) -> IdLinks:
    """All links that were used, by pseudonyms and in their order."""
    columns = database.execute(HASHED).fetchnumpy()
    return IdLinks(*(np.asarray(columns[name]) for name in COLUMNS))


def name_ids(database: duckdb.DuckDBPyConnection, key: bytes | None) -> None:
    """Make the pseudonyms in ``identity_id`` that are missing; without a key they are the ids."""
    pseudonym, parameters = _pseudonym(key)
    database.execute(f"UPDATE identity_id SET hash = {pseudonym} WHERE hash IS NULL", parameters)


def name_recorded(database: duckdb.DuckDBPyConnection, key: bytes | None) -> None:
    """Make ``recorded_id`` of rows in their final state; without a key pseudonyms are the ids."""
    if database.execute("SELECT 1 FROM identity_id WHERE hash IS NULL LIMIT 1").fetchall():
        pseudonym, parameters = _pseudonym(key)
        database.execute(RECORDED.format(pseudonym), parameters)
    else:
        database.execute("CREATE TEMP VIEW recorded_id AS SELECT code, hash FROM identity_id")


def _number(
    database: duckdb.DuckDBPyConnection, options: StagingOptions, *, name_all: bool
) -> None:
    """Fill ``identity_id``, by pseudonyms where their order decides."""
    if options.stored_links is not None:
        _hash(database, options)
        _add_stored(database, options)
        database.execute(NUMBER)
    elif name_all or database.execute(CHAINED).fetchall():
        _hash(database, options)
        database.execute(NUMBER_HASHED)
    else:
        database.execute(NUMBER_UNNAMED)


def _pseudonym(key: bytes | None) -> tuple[str, dict[str, Any]]:
    """SQL of the pseudonym of ``id``, and its parameters."""
    return ("id", {}) if key is None else pseudonym_sql(key, "id")


def _hash(database: duckdb.DuckDBPyConnection, options: StagingOptions) -> None:
    """Make the pseudonyms of ids that are linked, or of all if the graph may link them."""
    ids = LINKED if options.stored_links is None else EVERY_ID
    pseudonym, parameters = _pseudonym(options.key)
    database.execute(f"INSERT INTO identity_hash SELECT id, {pseudonym} FROM ({ids})", parameters)


def _add_stored(database: duckdb.DuckDBPyConnection, options: StagingOptions) -> None:
    """Add the links of the graph that lead to ids of the files, directly or through others."""
    assert options.stored_links is not None
    hashes = database.execute("SELECT hash FROM identity_hash").fetchnumpy()["hash"]
    links = options.stored_links(np.asarray(hashes).tolist())
    if len(links):
        columns = {"anonymous": links.anonymous, "person": links.person, "since": links.since}
        database.register("registered_links", columns)
        database.execute(ADD_STORED)
        database.unregister("registered_links")


TIMED: Final = """
UPDATE event_store SET customer = named.owner, origin = named.code FROM (
    SELECT event_row.rowid AS row, timed.owner,
        CASE WHEN timed.owner <> event_row.customer THEN timed.code END AS code
    FROM event_row ASOF JOIN identity_since AS timed
        ON timed.id = event_row.customer AND event_row.time >= timed.since
    ANTI JOIN identity_named
        ON identity_named.id = event_row.customer AND identity_named.person = event_row.person
    WHERE reason IS NULL) AS named
WHERE event_store.rowid = named.row
"""


def _rename(database: duckdb.DuckDBPyConnection, found: Owners) -> None:
    """Rename customers of attributes, and those of events of which a link with a time decides."""
    _write_owners(database, found)
    if len(found.since):
        database.execute(TIMED)
    database.execute("""
        UPDATE customer_attribute SET customer = owner, origin = hash
        FROM identity_owner JOIN identity_id USING (code)
        WHERE customer_attribute.customer = identity_owner.id""")
    database.execute("DROP TABLE identity_since")


NAMED: Final = """
UPDATE event_store SET customer = named.owner, origin = named.code FROM (
    SELECT event_row.rowid AS row, owner, CASE WHEN owner <> customer THEN code END AS code
    FROM event_row JOIN identity_named AS user_of
        ON user_of.id = event_row.customer AND user_of.person = event_row.person) AS named
WHERE event_store.rowid = named.row
"""


def give_to_users(database: duckdb.DuckDBPyConnection) -> None:
    """Give events to the users that they name, where the id that they name is not the user's.

    Sessions are joined before, as they are those of one browser, whoever uses it.
    """
    if database.execute("SELECT 1 FROM identity_named LIMIT 1").fetchall():
        database.execute(NAMED)


def _write_named(
    database: duckdb.DuckDBPyConnection, found: Owners, anonymous: Codes, person: Codes
) -> None:
    """Fill ``identity_named``, given the links."""
    differs = found.always[anonymous] != found.always[person]
    differs |= np.isin(anonymous, found.anonymous)
    rows = np.flatnonzero(differs & ~found.separated[person])
    columns = {
        "code": anonymous[rows],
        "person_code": person[rows],
        "owns": found.always[person[rows]],
    }
    database.register("registered_named", columns)
    database.execute("""
        INSERT INTO identity_named
        SELECT DISTINCT own.id, person.id, own.code, owner.id FROM registered_named
        JOIN identity_id AS own USING (code) JOIN identity_id AS person ON person.code = person_code
        JOIN identity_id AS owner ON owner.code = owns""")
    database.unregister("registered_named")


def _write_owners(database: duckdb.DuckDBPyConnection, found: Owners) -> None:
    """Make ``identity_owner`` and ``identity_since``, which has ``since``, too."""
    code = np.flatnonzero(found.always != np.arange(len(found.always)))
    for name, columns in (
        ("owner", {"code": code, "owns": found.always[code]}),
        ("since", {"code": found.anonymous, "owns": found.owner, "since": found.since}),
    ):
        database.register("registered_owners", columns)
        database.execute(f"""
            CREATE OR REPLACE TEMP TABLE identity_{name} AS
            SELECT own.id, own.code, other.id AS owner, other.code AS owner_code,
                registered_owners.* EXCLUDE (code, owns) FROM registered_owners
            JOIN identity_id AS own USING (code) JOIN identity_id AS other ON other.code = owns""")
        database.unregister("registered_owners")
