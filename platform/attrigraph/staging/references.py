"""Reference entities put together: from their tables, and from the events that name them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from attrigraph.domain import Audience, Campaign, Creative, Element, References
from attrigraph.staging.ad_days import audience_names, creative_names
from attrigraph.staging.creative_days import creative_days
from attrigraph.staging.daily_rows import claim_days, spend_days
from attrigraph.staging.event_groups import TOUCHES
from attrigraph.staging.experiment_rows import experiments
from attrigraph.staging.path_counts import channels

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import duckdb

    from attrigraph.domain import CreativeDays, Experiment
    from attrigraph.staging.reference_rows import MergedEntity

ELEMENTS: Final = ("hook", "promise", "frame", "cta")


def collect(
    database: duckdb.DuckDBPyConnection,
    entities: Mapping[str, Mapping[str, MergedEntity]],
    separator: str | None,
) -> References:
    """All references of a staging.

    Args:
        database: where events and daily figures are.
        entities: campaigns, creatives and audiences of the tables, by kind and id.
        separator: separator of the channels of paths; None when there are events instead.
    """
    campaigns, creatives, audiences = (
        entities[kind] for kind in ("campaigns", "creatives", "audiences")
    )
    runs_on = _pairs(database, "campaign", "channel") | _listed(campaigns, "channel")
    targets = _pairs(database, "campaign", "audience") | _listed(campaigns, "audience")
    creative_campaigns = dict(
        database.execute("SELECT creative, campaign FROM creative_campaigns").fetchall()
    )
    days = creative_days(database)
    measured = experiments(database)
    elements, has_element = _elements(creatives)
    return References(
        channels=_sorted(
            _channels(database, separator),
            (channel for _, channel in runs_on),
            (one.channel for one in measured if one.channel),
        ),
        campaigns=_campaigns(database, campaigns, creative_campaigns, measured),
        creatives=_creatives(database, creatives, creative_campaigns, days),
        elements=elements,
        audiences=_audiences(database, audiences, targets, days),
        has_element=has_element,
        runs_on=tuple(sorted(runs_on)),
        targets=tuple(sorted(targets)),
        shown_to=_shown_to(database),
        creative_days=days,
        experiments=measured,
        spend=spend_days(database),
        claims=claim_days(database),
    )


def _campaigns(
    database: duckdb.DuckDBPyConnection,
    entities: Mapping[str, MergedEntity],
    by_creative: Mapping[str, str],
    measured: Sequence[Experiment],
) -> tuple[Campaign, ...]:
    """Campaigns of the table, and those that touches, creatives and experiments name."""
    of_experiments = (one.campaign for one in measured if one.campaign)
    keys = _sorted(_named(database, "campaign"), entities, by_creative.values(), of_experiments)
    return tuple(_campaign(key, entities.get(key)) for key in keys)


def _creatives(
    database: duckdb.DuckDBPyConnection,
    entities: Mapping[str, MergedEntity],
    campaigns: Mapping[str, str],
    days: CreativeDays,
) -> tuple[Creative, ...]:
    """Creatives of the table, and those that touches and daily figures name."""
    keys = _sorted(_named(database, "creative"), entities, days.creative.keys)
    ads = creative_names(database)
    return tuple(
        _creative(key, entities.get(key), campaigns.get(key), ads.get(key)) for key in keys
    )


def _audiences(
    database: duckdb.DuckDBPyConnection,
    entities: Mapping[str, MergedEntity],
    targets: Iterable[tuple[str, str]],
    days: CreativeDays,
) -> tuple[Audience, ...]:
    """Audiences of the table, and those that it, campaigns, touches and daily figures name."""
    parents = (entity.attributes["parent"] for entity in entities.values())
    keys = _sorted(
        _named(database, "audience"),
        entities,
        (str(parent) for parent in parents if parent),
        days.audience.keys,
        (audience for _, audience in targets),
    )
    ad_sets = audience_names(database)
    return tuple(_audience(key, entities.get(key), ad_sets.get(key)) for key in keys)


def _sorted(*names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set().union(*names)))


def _channels(database: duckdb.DuckDBPyConnection, separator: str | None) -> set[str]:
    if separator is None:
        return _named(database, "channel")
    return set(channels(database, separator))


def _named(database: duckdb.DuckDBPyConnection, name: str) -> set[str]:
    """What touches name, by the name of the column."""
    rows = database.execute(
        f"SELECT DISTINCT {name} FROM event_group WHERE {TOUCHES} AND {name} IS NOT NULL"
    )
    return {row[0] for row in rows.fetchall()}


def _pairs(database: duckdb.DuckDBPyConnection, first: str, second: str) -> set[tuple[str, str]]:
    """Pairs that touches name together, the campaign perhaps by the creative."""
    rows = database.execute(f"""
        SELECT DISTINCT coalesce(given.{first}, known.{first}) AS first, given.{second} AS second
        FROM event_group AS given
        LEFT JOIN creative_campaigns AS known ON known.creative = given.creative
        WHERE {TOUCHES} AND first IS NOT NULL AND second IS NOT NULL""")
    return set(rows.fetchall())


def _shown_to(database: duckdb.DuckDBPyConnection) -> tuple[tuple[str, str], ...]:
    """Creatives with the audiences that touches name together with them."""
    rows = database.execute(f"""
        SELECT DISTINCT creative, audience FROM event_group
        WHERE {TOUCHES} AND creative IS NOT NULL AND audience IS NOT NULL
        ORDER BY creative, audience""")
    return tuple(rows.fetchall())


def _listed(campaigns: Mapping[str, MergedEntity], name: str) -> set[tuple[str, str]]:
    return {(key, value) for key, entity in campaigns.items() for value in entity.lists[name]}


def _campaign(key: str, entity: MergedEntity | None) -> Campaign:
    attributes: dict[str, Any] = {} if entity is None else dict(entity.attributes)
    return Campaign(key, **attributes)


def _creative(
    key: str, entity: MergedEntity | None, campaign: str | None, ad: str | None
) -> Creative:
    stated: dict[str, Any] = {} if entity is None else entity.attributes
    attributes = {name: stated.get(name) for name in ("format", "text", "ad_set_id")}
    return Creative(key, name=stated.get("name") or ad, **attributes, campaign=campaign)


def _audience(key: str, entity: MergedEntity | None, ad_set: str | None) -> Audience:
    stated: dict[str, Any] = {} if entity is None else entity.attributes
    return Audience(key, name=stated.get("name") or ad_set, parent=stated.get("parent"))


def _elements(
    creatives: Mapping[str, MergedEntity],
) -> tuple[tuple[Element, ...], tuple[tuple[str, str], ...]]:
    """Elements of the creatives, each once, and which creative has which."""
    elements: dict[str, Element] = {}
    pairs: set[tuple[str, str]] = set()
    for key, entity in creatives.items():
        for kind in ELEMENTS:
            text = entity.attributes[kind]
            if text is not None:
                element = Element(element_id(kind, str(text)), kind, str(text))
                elements[element.id] = element
                pairs.add((key, element.id))
    return tuple(elements[key] for key in sorted(elements)), tuple(sorted(pairs))


def element_id(kind: str, text: str) -> str:
    """The id of an element: its kind and a hash of its words."""
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
