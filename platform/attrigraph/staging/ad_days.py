"""Daily figures of creatives that rows of spend state: reports of platforms by ad and day.

The rows stay parts of the spend of their campaign, and are counted as rows of spend alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.quantities import counted
from attrigraph.staging.columns import digest
from attrigraph.staging.creative_days import KEY
from attrigraph.staging.daily_rows import REPORTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

AUDIENCE: Final = """coalesce(audience, ad_set,
    nullif(concat_ws(' / ', coalesce(campaign, campaign_name), ad_set_name), ''), channel)"""
"""SQL of the audience of an ad: as given, else the ad set, else its campaign."""

PARTS: Final = f"""
CREATE OR REPLACE TEMP TABLE ad_part AS
SELECT rowid AS row, {digest(*REPORTED)} AS report, file, line, start_date AS date,
    start_date = end_date AS one_day, coalesce(ad, ad_name) AS creative, ad_name,
    {AUDIENCE} AS audience, coalesce(ad_set_name, campaign_name) AS audience_name, channel,
    ad_set, coalesce(campaign, campaign_name) AS campaign, currency, impressions, reach, clicks,
    claimed_conversions AS conversions, cost
FROM spend_row
WHERE reason IS NULL AND EXISTS (FROM spend_row WHERE coalesce(ad, ad_name) IS NOT NULL)
"""

TAKEN: Final = """
CREATE OR REPLACE TEMP TABLE taken_ad_part AS
SELECT * FROM ad_part
WHERE creative IS NOT NULL AND report NOT IN (
    SELECT report FROM ad_part JOIN spend_row ON spend_row.rowid = ad_part.row
    WHERE reason IN ('other-content', 'overlapping-days'))
"""
"""Rows of ads whose spend is taken, perhaps as that of another file."""

DAYS: Final = f"""
CREATE OR REPLACE TEMP TABLE ad_day AS
SELECT *, {KEY} IN (SELECT {KEY} FROM creative_day WHERE reason IS NULL) AS stated FROM (
    SELECT file, min(line) AS line, creative, audience, date, min(channel) AS channel,
        min(ad_set) AS ad_set, min(campaign) AS campaign, min(currency) AS currency,
        round(sum(impressions)) AS impressions, round(sum(clicks)) AS clicks,
        -- people of several rows may be the same
        CASE WHEN count(*) = 1 THEN round(min(reach)) END AS reach,
        sum(conversions) AS conversions,
        CASE WHEN count(DISTINCT currency) < 2 THEN sum(cost) END AS cost
    FROM taken_ad_part WHERE one_day AND impressions IS NOT NULL
    GROUP BY file, creative, audience, date)
QUALIFY row_number() OVER (PARTITION BY creative, audience, date
    ORDER BY impressions DESC, clicks DESC, cost DESC, file) = 1
"""
"""One row per ad, audience and day: reports by device or age have several."""

FITTING: Final = "NOT stated AND coalesce(clicks <= impressions, true)"
"""SQL of whether a day is taken."""

INSERT: Final = f"""
INSERT INTO creative_day BY NAME
SELECT * EXCLUDE (stated) FROM ad_day WHERE {FITTING}
"""

COUNTS: Final = """
SELECT (SELECT count(*) FROM taken_ad_part WHERE NOT one_day),
    (SELECT count(*) FROM taken_ad_part WHERE one_day AND impressions IS NULL),
    (SELECT count(*) FROM ad_day WHERE clicks > impressions),
    (SELECT count(*) FROM ad_day WHERE stated)
"""

NAMES: Final = """
SELECT {key}, min({name}) FROM taken_ad_part WHERE {name} IS NOT NULL GROUP BY {key}
"""


def keep_parts(database: duckdb.DuckDBPyConnection) -> None:
    """Keep rows of ads as they are, before they are added up to their campaign."""
    database.execute(PARTS)


def add_days(database: duckdb.DuckDBPyConnection) -> None:
    """Put days of ads into ``creative_day``; call it when spend and that table are resolved.

    A row of that table counts for its creative, audience and day.
    """
    for sql in (TAKEN, DAYS, INSERT):
        database.execute(sql)


def creative_names(database: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Names of ads by the creative that they are."""
    return dict(database.execute(NAMES.format(key="creative", name="ad_name")).fetchall())


def audience_names(database: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Names of ad sets or campaigns by the audience that they are."""
    return dict(database.execute(NAMES.format(key="audience", name="audience_name")).fetchall())


def ad_notes(database: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Sentences about rows of ads that are no daily figures of a creative."""
    several, without, clicks, stated = database.execute(COUNTS).fetchall()[0]
    why = "no daily figures of a creative; their spend counts"
    if several:
        yield f"{counted(several, 'row')} of ads on several days: {why}; export by day"
    if without:
        yield f"{counted(without, 'row')} of ads without impressions: {why}"
    if clicks:
        yield f"{counted(clicks, 'day')} of ads with more clicks than impressions: {why}"
    if stated:
        yield (
            f"{counted(stated, 'day')} of ads that a table of creative-days has too; those of the "
            "table count"
        )
