"""Visits of a web shop, from which tests write exports of tools, and the credits of their rules."""

from __future__ import annotations

import codecs
import csv
import gzip
import json
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import duckdb
import numpy as np
import pytest

from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.staging import StagingOptions, preset
from walked_histories import RULES, credit_by_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from attrigraph.staging.number_notations import Notation
    from walked_histories import Event

Row = dict[str, Any]
Histories = dict[str, list["Event"]]

START: Final = datetime(2026, 10, 1, 22, tzinfo=UTC)
SHOP: Final = "https://www.shop.example.org/shirts"

ARRIVALS: Final[dict[str, tuple[str, str]]] = {
    "paid search": (f"{SHOP}?x=1&gclid=Cj0K", "https://www.google.com/"),
    "paid social": (f"{SHOP}?utm_source=facebook&utm_medium=paid_social&utm_campaign=a%20b", ""),
    "email": (f"{SHOP}?utm_source=crm&utm_medium=email&utm_campaign=autumn", ""),
    "social": (f"{SHOP}?fbclid=IwAR0", "https://l.facebook.com/"),
    "organic search": (SHOP, "https://www.google.co.uk/"),
    "referral": (SHOP, "https://blog.example.net/post"),
    "None": (SHOP, ""),
}
"""URL and referrer of the page of arrival by the channel that they mean."""

MUTATIONS: Final = (
    "as it comes",
    "shuffled, with other columns and blank lines",
    "without optional columns",
    "a file a day",
    "compressed, with a byte order mark and CRLF",
)


@dataclass(frozen=True, slots=True)
class Hit:
    """One event of the shop.

    Attributes:
        number: of the event, unique.
        what: what happened; ``scroll`` is of no interest.
        device: id of the device or browser.
        user: id of the user who is logged in, or empty.
        time: when it was.
        session: id of the session, unique.
        arrival: whether it is the first page of its session.
        channel: channel by which the session came.
        url: of the page.
        referrer: URL of the page before, or empty.
        value: of an order.
    """

    number: int
    what: Literal["page", "order", "login", "scroll"]
    device: str
    user: str
    time: datetime
    session: int
    arrival: bool
    channel: str
    url: str
    referrer: str
    value: float = 0.0


class Shop:
    """Makes the hits of one shop, and the histories that its customers have.

    Args:
        seed: of everything that is drawn.
        people: how many.
        sourceless: the channel of visits without UTM parameters, click id and referrer.

    Attributes:
        hits: by person and time.
        histories: touches and orders by user, or by device of people who never log in.
    """

    def __init__(self, seed: int, people: int = 120, sourceless: str = "None") -> None:
        self._sourceless = sourceless
        self.hits: list[Hit] = []
        self.histories: Histories = defaultdict(list)
        self._rng = np.random.default_rng(seed)
        for person in range(people):
            self._visit_often(person)

    def _visit_often(self, person: int) -> None:
        """Sessions on one or two devices, on each of which people with an account log in."""
        user = f"user-{person}" if self._rng.random() < 0.6 else ""
        n_devices = self._rng.integers(1, 3) if user else 1
        devices = [f"device-{person}-{i}" for i in range(n_devices)]
        time = START
        for visit in range(max(n_devices, self._rng.integers(1, 5))):
            time += timedelta(minutes=float(self._rng.uniform(40, 1_000)))
            time = self._visit(devices[visit % n_devices], user, time)

    def _visit(self, device: str, user: str, time: datetime) -> datetime:
        """One session; the time of its last event."""
        rng, session = self._rng, 1_759_000_000_000 + len(self.hits)
        channel = list(ARRIVALS)[rng.integers(0, len(ARRIVALS))]
        known = self._sourceless if channel == "None" else channel
        self.histories[user or device].append((time, known))
        for page in range(rng.integers(1, 5)):
            url, referrer = ARRIVALS[channel] if page == 0 else (f"{SHOP}/{page}", SHOP)
            where = (session, page == 0, channel, url, referrer)
            self._add("page", device, "", time, where)
            time += timedelta(seconds=int(rng.integers(2, 800)))
            self._add("scroll", device, "", time - timedelta(seconds=1), where)
        where = (session, False, channel, f"{SHOP}/account", SHOP)
        if user:
            self._add("login", device, user, time, where)
        if rng.random() < 0.5:
            time += timedelta(seconds=5)
            value = round(float(rng.gamma(2, 30)), 2)
            self._add("order", device, user, time, where, value)
            self.histories[user or device].append((time, value))
        return time

    def _add(
        self,
        what: Literal["page", "order", "login", "scroll"],
        device: str,
        user: str,
        time: datetime,
        where: tuple[int, bool, str, str, str],
        value: float = 0.0,
    ) -> None:
        self.hits.append(Hit(len(self.hits), what, device, user, time, *where, value))


@dataclass(frozen=True, slots=True)
class Return:
    """What was paid back of an order, or that it was cancelled, a week later.

    Attributes:
        order: the hit of the order.
        hit: of the return, by the same person.
        what: which of both.
        amount: what was paid back; None for the whole order.
    """

    order: Hit
    hit: Hit
    what: Literal["refund", "cancellation"]
    amount: float | None = None


def take_back(shop: Shop) -> list[Return]:
    """Returns of some orders of a shop, whose histories then have what is left of their values."""
    returns: list[Return] = []
    orders = [hit for hit in shop.hits if hit.what == "order"]
    for number, order in enumerate(orders):
        later = replace(order, number=order.number + 1_000_000, time=order.time + timedelta(days=7))
        half = round(order.value / 2, 2)
        match number % 9:
            case 1:
                returns.append(Return(order, later, "refund", half))
            case 2:
                returns.append(Return(order, later, "refund"))
            case 3:
                returns.append(Return(order, later, "cancellation"))
            case 4:
                again = replace(later, number=later.number + 1_000_000)
                returns.append(Return(order, later, "refund", half))
                returns.append(Return(order, again, "refund", 0.01))
    for each in returns:
        _lessen(shop.histories[each.order.user or each.order.device], each)
    return returns


def _lessen(own: list[Event], taken: Return) -> None:
    (place,) = (i for i, (time, _) in enumerate(own) if time == taken.order.time)
    left = own[place][1]
    assert isinstance(left, float)
    if taken.what == "cancellation":
        del own[place]
    else:
        own[place] = (own[place][0], 0.0 if taken.amount is None else max(0.0, left - taken.amount))


def written(
    rows: Sequence[Row],
    path: Path,
    columns: Collection[str] = (),
    *,
    header: bool = True,
    blank: bool = False,
) -> Path:
    """Write rows as the suffix states: CSV, tabs, JSON lines or Parquet.

    Args:
        rows: values by column; of JSON lines also nested ones.
        path: the file.
        columns: their names in order, others being left out; all of the first row if empty.
        header: whether CSV gets one.
        blank: whether blank lines lie between rows.
    """
    columns = list(columns or rows[0])
    if path.suffix in (".jsonl", ".parquet"):
        kept = [{name: row[name] for name in columns if name in row} for row in rows]
        lines = path.with_suffix(".jsonl")
        lines.write_text(("\n\n" if blank else "\n").join(map(json.dumps, kept)), encoding="utf-8")
        return lines if path.suffix == ".jsonl" else _as_parquet(lines, path)
    with path.open("w", newline="", encoding="utf-8") as file:
        delimiter = "\t" if path.suffix == ".tsv" else ","
        end = "\r\n\r\n" if blank else "\n"
        out = csv.DictWriter(
            file,
            columns,
            restval="",
            extrasaction="ignore",
            delimiter=delimiter,
            lineterminator=end,
        )
        if header:
            out.writeheader()
        out.writerows(rows)
    return path


def _as_parquet(lines: Path, path: Path) -> Path:
    with duckdb.connect() as database:
        rows = database.read_json(str(lines), sample_size=-1)
        rows.write_parquet(str(path))
    lines.unlink()
    return path


def mutated(
    rows: Sequence[Row],
    path: Path,
    mutation: str,
    *,
    optional: Collection[str],
    day: Callable[[Row], object],
) -> list[Path]:
    """Write an export in one of the forms ``MUTATIONS``.

    Args:
        rows: of the export.
        path: the file; of several, the first name.
        mutation: which form.
        optional: columns that another export may lack.
        day: the day of a row, for a file a day.
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    match mutation:
        case "shuffled, with other columns and blank lines":
            order = np.random.default_rng(0).permutation(len(rows))
            shuffled = [{**rows[i], "further": "x", "other": "1"} for i in order]
            return [written(shuffled, path, ["further", *columns[::-1], "other"], blank=True)]
        case "without optional columns":
            return [written(rows, path, [name for name in columns if name not in optional])]
        case "a file a day":
            days: dict[object, list[Row]] = defaultdict(list)
            for row in rows:
                days[day(row)].append(row)
            assert len(days) > 1
            return [
                written(own, path.with_stem(f"{path.stem}-{i}"), columns)
                for i, own in enumerate(days.values())
            ]
        case "compressed, with a byte order mark and CRLF":
            return [compressed(written(rows, path, columns))]
    return [written(rows, path, columns)]


def compressed(path: Path) -> Path:
    """A text file as other systems write it; Parquet as it is."""
    if path.suffix == ".parquet":
        return path
    text = path.read_bytes().replace(b"\n", b"\r\n")
    path.unlink()
    other = path.with_suffix(f"{path.suffix}.gz")
    other.write_bytes(gzip.compress(codecs.BOM_UTF8 + text))
    return other


def check_credits(
    files: Sequence[Path],
    histories: Histories,
    folder: Path,
    *presets: str,
    kind: str,
    numbers: Notation = "1234.56",
    **options: Any,
) -> None:
    """Check that the files have the credits of the histories by all rules, and reject no row.

    Args:
        files: the export.
        histories: what each customer did.
        folder: for staged rows.
        presets: names of the presets that read the files.
        kind: of the conversions.
        numbers: how the files write numbers, if not as presets state.
        options: of ``StagingOptions``.
    """
    journeys = JourneyOptions(lookback_days=None, conversion_kinds=(kind,))
    source = preset(*presets)
    answer = attribute_files(
        files,
        source if numbers == "1234.56" else source.with_numbers(numbers),
        AttributionOptions(models=RULES, journeys=journeys),
        staging=StagingOptions(keep_ids=True, **options),
        folder=folder / "staged",
        strict=True,
    )
    expected = credit_by_rules(histories)
    assert len(expected["linear"]) > 3
    for rule in RULES:
        credits = {str(each.key): each.value for each in answer.models[rule].credits}
        assert credits == pytest.approx(expected[rule], rel=1e-9), rule
