"""Spend and claims in the graph: written per day by loads, linked to what they name, and read."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from neo4j import RoutingControl

from attrigraph.domain import Categorical, ClaimDays, SpendDays
from attrigraph.errors import InputError
from attrigraph.graph.catalogue import query
from attrigraph.settings import DATABASE
from attrigraph.spend.matching import Names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from neo4j import Driver, Record

    from attrigraph.graph.catalogue import Query

ROWS: Final = 5000
"""Rows per transaction."""

TEXTS: Final = {
    "zone": "zone",
    "platform": "platform",
    "channel": "channel",
    "campaign": "campaign",
    "campaign_name": "campaignName",
    "creative": "creative",
    "currency": "currency",
}
"""Columns of text, and the properties that hold them; absent where unknown."""

SPEND: Final = ("cost", "impressions", "clicks")
CLAIMS: Final = ("conversions", "value")
"""Columns of numbers."""

TARGET: Final = ("platform", "channel", "campaign", "campaignName", "creative")


@dataclass(frozen=True, slots=True)
class WrittenDays:
    """Days of spend or claims of a load, by what became of them.

    Attributes:
        written: that are new.
        corrected: that took the place of a day of the same target with other content.
        present: that were stored already with the same content.
    """

    written: int = 0
    corrected: int = 0
    present: int = 0


def write_spend(driver: Driver, spend: SpendDays) -> WrittenDays:
    """Write spend per day; the same day of the same target is replaced."""
    return _merge_days(driver, "merge_spend_days", list(daily_rows(spend, SPEND)))


def write_claims(driver: Driver, claims: ClaimDays) -> WrittenDays:
    """Write claims per day; the same day of the same target is replaced."""
    return _merge_days(driver, "merge_claims", list(daily_rows(claims, CLAIMS)))


def _merge_days(driver: Driver, name: str, rows: Sequence[Mapping[str, Any]]) -> WrittenDays:
    days: Counter[str] = Counter()
    for record in _write_rows(driver, name, rows):
        days[record["outcome"]] += record["days"]
    return WrittenDays(**days)


def _write_rows(driver: Driver, name: str, rows: Sequence[Mapping[str, Any]]) -> list[Record]:
    """What a statement returns for all rows."""
    records: list[Record] = []
    for start in range(0, len(rows), ROWS):
        chunk = list(rows[start : start + ROWS])
        statement = query(f"ingest/{name}").text
        records += driver.execute_query(statement, {"rows": chunk}, database_=DATABASE).records
    return records


def daily_rows(daily: SpendDays | ClaimDays, numbers: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Rows for the statements that merge them."""
    texts = {stored: getattr(daily, name).values().tolist() for name, stored in TEXTS.items()}
    for name in numbers:
        column = getattr(daily, name).tolist()
        texts[name] = [None if math.isnan(number) else number for number in column]
    for row, day in enumerate(daily.date.astype(object)):
        known = {name: column[row] for name, column in texts.items()}
        # an id identifies a campaign, whatever its name is
        campaign = known["campaign"] or known["campaignName"]
        same = (known["platform"], known["channel"], campaign, known["creative"])
        key = _digest([day.isoformat(), *same])
        properties = {name: value for name, value in known.items() if value is not None}
        target = _digest([known[name] for name in TARGET])
        yield {"key": key, "properties": {**properties, "key": key, "target": target, "date": day}}


def _digest(parts: Sequence[str | None]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def read_spend(driver: Driver) -> SpendDays:
    """All spend in the graph."""
    return SpendDays(**_read(driver, "read_spend_days", SPEND))


def read_claims(driver: Driver) -> ClaimDays:
    """All claims in the graph."""
    return ClaimDays(**_read(driver, "read_claims", CLAIMS))


def _read(driver: Driver, name: str, numbers: Sequence[str]) -> dict[str, Any]:
    records, _, _ = driver.execute_query(
        query(f"ingest/{name}").text, database_=DATABASE, routing_=RoutingControl.READ
    )
    days = [record["date"].to_native() for record in records]
    return {
        "date": np.array(days, "datetime64[D]"),
        **{text: Categorical.encode(_column(records, stored)) for text, stored in TEXTS.items()},
        **{number: _numbers(records, number) for number in numbers},
    }


def _column(records: Sequence[Record], name: str) -> list[Any]:
    return [record[name] for record in records]


def _numbers(records: Sequence[Record], name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    values = _column(records, name)
    return np.array([np.nan if value is None else value for value in values], np.float64)


def mark_currency(driver: Driver, currency: str | None) -> None:
    """Store the currency of the amounts that a load brings, or check that it is the stored one.

    Raises:
        InputError: the graph's amounts are in another currency.
    """
    if currency is None:
        return
    (record,) = driver.execute_query(
        query("ingest/mark_currency").text, {"currency": currency}, database_=DATABASE
    ).records
    if record["stored"] != currency:
        raise InputError(
            f"the amounts in the graph are in {record['stored']}, and those of these files in "
            f"{currency}; give --currency {record['stored']} and --rates FILE to convert them"
        )


def read_currency(driver: Driver) -> str | None:
    """Code of the currency of the graph's amounts; None where it is not known."""
    (record,) = driver.execute_query(
        query("ingest/read_currency").text, database_=DATABASE, routing_=RoutingControl.READ
    ).records
    currency: str | None = record["currency"]
    return currency


def read_campaign_names(driver: Driver) -> dict[str, str]:
    """Names of campaigns by id, where they have one."""
    return _names(driver, query("ingest/read_campaign_names"))


def read_creative_names(driver: Driver) -> dict[str, str]:
    """Names of creatives by id, where they have one."""
    return _names(driver, query("ingest/read_creative_names"))


def _names(driver: Driver, statement: Query) -> dict[str, str]:
    (record,) = driver.execute_query(
        statement.text, database_=DATABASE, routing_=RoutingControl.READ
    ).records
    return dict(zip(record["id"], record["name"], strict=True))


def merge_spent_on(driver: Driver, keys: Mapping[str, Sequence[str]]) -> None:
    """Create channels, campaigns and creatives that have spend and no touch, and link them.

    Args:
        driver: an open driver.
        keys: by level.
    """
    if any(keys.values()):
        parameters = {level: list(names) for level, names in keys.items()}
        driver.execute_query(query("ingest/merge_spent_on").text, parameters, database_=DATABASE)
        link_spend(driver)


def link_spend(driver: Driver) -> None:
    """Link spend and claims to the channels, campaigns and creatives that they name.

    Safe to repeat. A name counts as in ``spend.matching``; what it names may come with a later
    load.
    """
    stored = None
    for what in ("spend", "claims"):
        unlinked, _, _ = driver.execute_query(
            query(f"ingest/unlinked_{what}").text, database_=DATABASE, routing_=RoutingControl.READ
        )
        if unlinked:
            stored = _named(driver) if stored is None else stored
            _write_rows(driver, f"link_{what}", list(_links(unlinked, stored)))


def _named(driver: Driver) -> Record:
    """What spend and claims can be linked to."""
    return driver.execute_query(
        query("ingest/read_spent_on").text, database_=DATABASE, routing_=RoutingControl.READ
    ).records[0]


def _links(unlinked: Sequence[Record], stored: Record) -> Iterator[dict[str, Any]]:
    """Rows for ``ingest/link_spend`` and ``ingest/link_claims``."""
    channels, creatives = Names(stored["channels"]), Names(stored["creatives"])
    ids = [key for key, _ in stored["campaigns"]]
    campaigns = Names(ids, {key: name for key, name in stored["campaigns"] if name is not None})
    for one in unlinked:
        of_campaign = campaigns.with_id(one["campaign"]) or campaigns.named(one["campaignName"])
        found = {
            "channel": [stored["channels"][i] for i in channels.named(one["channel"])],
            "campaign": [ids[i] for i in of_campaign],
            "creative": [stored["creatives"][i] for i in creatives.named(one["creative"])],
        }
        if any(found.values()):
            yield {"target": one["target"], **found}
