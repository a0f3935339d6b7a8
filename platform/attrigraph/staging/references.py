"""Reference things put together: from their tables, and from the events that name them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from attrigraph.domain import Audience, Campaign, Creative, Element, References
from attrigraph.staging.creative_days import creative_days
from attrigraph.staging.path_counts import channels

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import duckdb

    from attrigraph.staging.reference_rows import Thing

ELEMENTS: Final = ("hook", "promise", "frame", "cta")


def collect(
    database: duckdb.DuckDBPyConnection,
    things: Mapping[str, Mapping[str, Thing]],
    separator: str | None,
) -> References:
    """All references of a staging.

    Args:
        database: where events and daily figures are.
        things: campaigns, creatives and audiences of the tables, by kind and id.
        separator: what stands between the channels of paths; None when there are events instead.
    """
    campaigns, creatives, audiences = (
        things[kind] for kind in ("campaigns", "creatives", "audiences")
    )
    runs_on = _pairs(database, "campaign", "channel") | _listed(campaigns, "channel")
    targets = _pairs(database, "campaign", "audience") | _listed(campaigns, "audience")
    part_of = dict(database.execute("SELECT creative, campaign FROM part_of").fetchall())
    days = creative_days(database)
    parents = {str(thing.given["parent"]) for thing in audiences.values() if thing.given["parent"]}
    elements, has_element = _elements(creatives)
    return References(
        channels=_sorted(_channels(database, separator), (channel for _, channel in runs_on)),
        campaigns=tuple(
            _campaign(key, campaigns.get(key))
            for key in _sorted(_named(database, "campaign"), campaigns, part_of.values())
        ),
        creatives=tuple(
            _creative(key, creatives.get(key), part_of.get(key))
            for key in _sorted(_named(database, "creative"), creatives, days.creative.keys)
        ),
        elements=elements,
        audiences=tuple(
            _audience(key, audiences.get(key))
            for key in _sorted(
                _named(database, "audience"),
                audiences,
                parents,
                days.audience.keys,
                (audience for _, audience in targets),
            )
        ),
        has_element=has_element,
        runs_on=tuple(sorted(runs_on)),
        targets=tuple(sorted(targets)),
        shown_to=_shown_to(database),
        creative_days=days,
    )


def _sorted(*names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set().union(*names)))


def _channels(database: duckdb.DuckDBPyConnection, separator: str | None) -> set[str]:
    if separator is None:
        return _named(database, "channel")
    return set(channels(database, separator))


def _named(database: duckdb.DuckDBPyConnection, name: str) -> set[str]:
    """What touches name, by the name of the column."""
    rows = database.execute(f"""
        SELECT DISTINCT {name} FROM event
        WHERE reason IS NULL AND (NOT conversion OR also_touch) AND {name} IS NOT NULL""")
    return {row[0] for row in rows.fetchall()}


def _pairs(database: duckdb.DuckDBPyConnection, first: str, second: str) -> set[tuple[str, str]]:
    """Pairs that touches name together, the campaign perhaps by the creative."""
    rows = database.execute(f"""
        SELECT DISTINCT coalesce(event.{first}, part_of.{first}) AS first, event.{second} AS second
        FROM event LEFT JOIN part_of ON part_of.creative = event.creative
        WHERE reason IS NULL AND (NOT conversion OR also_touch)
            AND first IS NOT NULL AND second IS NOT NULL""")
    return set(rows.fetchall())


def _shown_to(database: duckdb.DuckDBPyConnection) -> tuple[tuple[str, str], ...]:
    """Creatives with the audiences that touches name beside them."""
    rows = database.execute("""
        SELECT DISTINCT creative, audience FROM event
        WHERE reason IS NULL AND (NOT conversion OR also_touch)
            AND creative IS NOT NULL AND audience IS NOT NULL
        ORDER BY creative, audience""")
    return tuple(rows.fetchall())


def _listed(campaigns: Mapping[str, Thing], name: str) -> set[tuple[str, str]]:
    return {(key, value) for key, thing in campaigns.items() for value in thing.lists[name]}


def _campaign(key: str, thing: Thing | None) -> Campaign:
    given: dict[str, Any] = {} if thing is None else dict(thing.given)
    return Campaign(key, **given)


def _creative(key: str, thing: Thing | None, campaign: str | None) -> Creative:
    given: dict[str, Any] = {} if thing is None else thing.given
    known = {name: given.get(name) for name in ("name", "format", "text")}
    return Creative(key, **known, campaign=campaign)


def _audience(key: str, thing: Thing | None) -> Audience:
    given: dict[str, Any] = {} if thing is None else dict(thing.given)
    return Audience(key, **given)


def _elements(
    creatives: Mapping[str, Thing],
) -> tuple[tuple[Element, ...], tuple[tuple[str, str], ...]]:
    """Elements of the creatives, each once, and which creative has which."""
    found: dict[str, Element] = {}
    pairs: set[tuple[str, str]] = set()
    for key, thing in creatives.items():
        for kind in ELEMENTS:
            text = thing.given[kind]
            if text is not None:
                element = Element(element_id(kind, str(text)), kind, str(text))
                found[element.id] = element
                pairs.add((key, element.id))
    return tuple(found[key] for key in sorted(found)), tuple(sorted(pairs))


def element_id(kind: str, text: str) -> str:
    """The id of an element: its kind and a hash of its words."""
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
