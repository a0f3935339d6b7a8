"""Daily figures of creatives, read as the lists of ``DELIVERED_TO`` in which loads keep them."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.domain import Categorical
from attrigraph.fatigue.daily_rows import CreativeTable, DailyRows
from attrigraph.graph.catalogue import query
from attrigraph.graph.names import pages_of, record_of
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from neo4j import Driver
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Record = dict[str, Any]

AT_ONCE: Final = 250
"""Creatives that are read at once."""


def read_daily_rows(
    driver: Driver, *, as_of: date | None = None, at_once: int = AT_ONCE
) -> tuple[CreativeTable, DailyRows]:
    """All creatives by id, and their daily figures.

    Figures that were written otherwise than by a load are listed first, so this may write.

    Args:
        driver: an open driver.
        as_of: day after which nothing is read; None for all days.
        at_once: how many creatives at once.
    """
    creatives, rows = _read(driver, at_once)
    if len(rows) != _count(driver):
        _list_days(driver, creatives.ids, at_once)
        creatives, rows = _read(driver, at_once)
    return creatives, _until(rows, as_of)


def _read(driver: Driver, at_once: int) -> tuple[CreativeTable, DailyRows]:
    records = list(pages_of(driver, "fatigue/read_creatives", at_once))
    return _creatives(records), _rows(records)


def _count(driver: Driver) -> int:
    return int(record_of(driver, "fatigue/count_days")["days"])


def _list_days(driver: Driver, creatives: Sequence[str], at_once: int) -> None:
    statement = query("ingest/link_deliveries").text
    for start in range(0, len(creatives), at_once):
        part = list(creatives[start : start + at_once])
        driver.execute_query(statement, {"creatives": part}, database_=DATABASE)


def _until(rows: DailyRows, as_of: date | None) -> DailyRows:
    return rows if as_of is None else rows.where(rows.day <= np.datetime64(as_of, "D"))


def _creatives(records: Sequence[Record]) -> CreativeTable:
    channels: dict[str, set[str]] = defaultdict(set)
    for campaign, channel in _joined(records, "runsOn"):
        channels[campaign].add(channel)
    campaigns = _joined(records, "campaigns")
    return CreativeTable(
        ids=tuple(_joined(records, "id")),
        campaigns=tuple(campaign or None for campaign in campaigns),
        channels=tuple(tuple(sorted(channels.get(campaign, ()))) for campaign in campaigns),
        elements=tuple(
            tuple((kind, id_) for kind, id_ in own) for own in _joined(records, "elements")
        ),
    )


def _rows(records: Sequence[Record]) -> DailyRows:
    lists = _joined(records, "days")
    lengths = np.array([len(days) for days in lists], np.int64)

    def figure(name: str) -> NDArray[np.float64]:
        numbers = _flat(_joined(records, name), float, lengths)
        return np.where(numbers == -1, np.nan, numbers)

    starts = np.cumsum([0, *(len(record["id"]) for record in records)])
    numbers = [
        start + number
        for start, record in zip(starts.tolist(), records, strict=False)
        for number in record["creative"]
    ]
    audiences = Categorical.encode(_joined(records, "audience"))
    return DailyRows(
        creative=np.repeat(np.array(numbers, np.int64), lengths),
        audience=Categorical(audiences.keys, np.repeat(audiences.codes, lengths)),
        day=_flat(lists, np.int64, lengths).astype("datetime64[D]"),
        channel=_labels(_joined(records, "channels"), lengths),
        campaign=_labels(_joined(records, "ofCampaigns"), lengths),
        currency=_labels(_joined(records, "currencies"), lengths),
        impressions=figure("impressions"),
        clicks=figure("clicks"),
        reach=figure("reach"),
        cost=figure("cost"),
    )


def _joined(records: Iterable[Record], name: str) -> list[Any]:
    return [one for record in records for one in record[name]]


def _flat(lists: Sequence[Sequence[float]], kind: type, lengths: Integers) -> NDArray[Any]:
    """Numbers of several lists as one array."""
    return np.fromiter(chain.from_iterable(lists), kind, int(lengths.sum()))


def _labels(lists: Sequence[Sequence[str]], lengths: Integers) -> Categorical:
    """Texts of rows; a list of one text holds for all rows of its unit, '' is none."""
    keys = sorted({text for own in lists for text in own} - {""})
    code = {text: number for number, text in enumerate(keys)} | {"": -1}
    parts = [
        np.full(length, code[own[0]]) if len(own) == 1 else np.array([code[text] for text in own])
        for own, length in zip(lists, lengths.tolist(), strict=True)
    ]
    codes = np.concatenate([np.empty(0, np.int64), *parts])
    return Categorical(tuple(keys), codes.astype(np.int32))
