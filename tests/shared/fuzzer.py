"""A seeded fuzzer of everything that users hand in as files.

A case takes a small right input of one form (events as CSV, JSON lines, gzip or Parquet, tables of
reference data, paths, a mapping, lift tests), breaks it in one to three places, and runs the
command that reads it. Whatever the bytes are, the command either does its work or ends with an
error of attrigraph, one sentence; its counts add up, and the file of rejected rows agrees with
them.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import duckdb
from click.testing import CliRunner

from attrigraph.cli.main import cli
from attrigraph.errors import AttrigraphError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from click.testing import Result

    Build = Callable[[random.Random, Path], list[str]]

PARTS: Final = ("taken", "duplicates", "ignored", "merged", "rejected")
"""What becomes of rows."""

MAX_LINE: Final = 300
"""The longest message, in characters, that still reads as one sentence."""

EVENTS: Final = (
    "event_id,customer_id,timestamp,kind,channel,campaign,creative,cost,value\n"
    "e1,ada,2026-06-01T10:00:00Z,click,search,spring,banner,0.5,\n"
    "e2,ada,2026-06-02T10:00:00.123456Z,impression,social,spring,video,,\n"
    'e3,ada,2026-06-03T10:00:00+02:00,conversion:sale,"a, ""b""",,,,20\n'
    "e4,ben,2026-06-01T11:00:00Z,email,email,,,0,\n"
    "e5,ben,2026-06-04T00:00:00Z,conversion,,,,,5.25\n"
    "e6,cleo,2026-06-05T00:00:00Z,visit,direct,,,,\n"
)
OTHER_TABLES: Final[Mapping[str, str]] = {
    "customers": "customer_id,age,plan\nada,34,gold\nben,,silver\ncleo,51,gold\n",
    "campaigns": (
        "campaign_id,name,channel,start_date,end_date,budget\n"
        "spring,Spring sale,search,2026-06-01,2026-06-30,1000\nfall,,social,,,\n"
    ),
    "creatives": "creative_id,name,format,text,campaign_id\nbanner,B,image,Buy,spring\n",
    "audiences": "audience_id,name,parent_id\nall,Everybody,\nnew,New customers,all\n",
    "creative-days": (
        "creative_id,audience_id,date,impressions,reach,clicks,conversions,cost\n"
        "banner,all,2026-06-01,1000,800,20,2,12.5\nbanner,all,2026-06-02,900,700,18,1,11\n"
    ),
    "identities": "anonymous_id,user_id,valid_from\nada,u1,\nben,u1,2026-06-01T00:00:00Z\n",
    "spend": (
        "date,start,end,platform,channel,campaign_id,cost,currency,clicks\n"
        "2026-06-01,,,google,search,spring,12.5,EUR,10\n,2026-06-01,2026-06-07,meta,,,70,EUR,\n"
    ),
    "claims": (
        "date,platform,channel,conversions,value\n2026-06-01,google,search,3,60\n"
        "2026-06-02,meta,social,1.5,\n"
    ),
    "experiments": (
        "channel,lift,standard_error,start,end\nsearch,10.5,2,2026-06-01,2026-06-07\n"
        "email,-1,0.5,2026-06-01,2026-06-30\n"
    ),
    "paths": (
        "path,total_conversions,total_conversion_value,total_null\n"
        "search > email,3,30.5,10\nsocial,0,0,7\n,1,5,2\n"
    ),
}
MAPPING: Final = """
[[tables]]
rows = "events"
files = "events*.csv"
kinds = ["podcast"]
columns = {channel = "channel", campaign = "campaign"}
values = {kind = {tap = "click"}}

[[tables]]
rows = "customers"
types = {age = "integer"}
"""
ORDERS: Final = (
    "Report of orders;;;;;\n#;made;by;a;tool;\n"
    "Order;Buyer;When;Item;Price;Url\n"
    "o1;ada;01.06.2026 10:00;shirt;1.234,50 €;https://shop.example/?utm_source=news&gclid=1\n"
    "o1;;;hat;--;\no2;ben;02.06.2026 11:30;shirt;20;shop.example/a?utm_medium=email\n"
    "o3;cleo;03.06.2026;gift;(not set);\nTotal;;;;1.254,50 €;\n"
)
PREPARATION: Final = """
[[tables]]
rows = "events"
delimiter = ";"
preamble = true
footer = ["Total"]
group = "Order"
where = 'Item != "gift" and Buyer is not None'
null = ["--", "(not set)"]
numbers = "1.234,56"
times = ["%d.%m.%Y %H:%M", "%d.%m.%Y"]
zone = "Europe/Berlin"
conversions = ["sale"]
sessions = true

[tables.columns]
event_id = "Order"
customer_id = "Buyer"
timestamp = "When"

[tables.expressions]
kind = 'concat("conversion:", "sale") if is_conversion("sale") else "visit"'
value = "sum(number(Price) - 1)"
utm_source = 'coalesce(url_param(Url, "utm_source"), click_source(Url))'
campaign = 'optional(Nothing)'
"""
RULES: Final = """
description = "own"
version = "1"

[lists]
paid = ["cpc", "ppc"]

[hosts]
search = ["google", "bing.com"]

[[rules]]
channel = "paid"
source = { hosts = ["search"] }
medium = { lists = ["paid"], matches = "cp.*" }

[[rules]]
channel = "mail"
medium = ["email", ""]
campaign = { partially_matches = "spring" }
"""

TOKENS: Final = (
    *(b"\r", b"\n", b"\r\n", b'"', b'""', b",", b";", b"\t", b"\0", b"\x1d", b"\x1b[2J", b"\x85"),
    *(b"\xff\xfe", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xed\xa0\x80", b"\\ud800"),
    *(b"[" * 3000, b'{"a":' * 3000, b"{}", b"[]", b"null", b"NaN", b"Infinity", b"true", b"-"),
    *(b"1e400", b"-1", b"9" * 40, b"0.1", b"1_000", b"1.234,5", b"\xd9\xa1", b"''", b"'; DROP --"),
    *(
        b"2026-02-30T25:61:61Z",
        b"0000-01-01T00:00:00Z",
        b"9999-12-31T23:59:60+18:00",
        b"2026-06-01",
    ),
    *(b"x" * 70_000, b"#", b"//", b"${HOME}", b"{{7*7}}", b"%s", b"\\", b"\\u0000", b"=cmd()"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case.

    Attributes:
        form: the form of input.
        ok: whether the command did its work; else it ended with an error of attrigraph.
        rows: rows that were read.
        rejected: rows that were rejected.
    """

    form: str
    ok: bool
    rows: int = 0
    rejected: int = 0


class FuzzError(AssertionError):
    """A case broke a rule; the message names form, seed and number, with which it can be rerun."""


def run_case(form: str, seed: int, number: int, folder: Path) -> Outcome:
    """Run one case; the same form, seed and number give the same input.

    Args:
        form: one of ``FORMS``.
        seed: of the series.
        number: of the case in it.
        folder: an empty folder of the case's own.

    Raises:
        FuzzError: the command raised something else than an error of attrigraph, its counts do not
            add up, or the file of rejected rows does not agree with them.
    """
    chance = random.Random(f"{form} {seed} {number}")
    arguments = FORMS[form](chance, folder)
    result = CliRunner().invoke(cli, arguments)
    try:
        return _checked(form, result, folder)
    except AssertionError as error:
        raise FuzzError(f"{form}, seed {seed}, case {number}: {error}") from result.exception


def _checked(form: str, result: Result, folder: Path) -> Outcome:
    if isinstance(result.exception, AttrigraphError):
        _check_sentence(str(result.exception))
        return Outcome(form, ok=False)
    assert result.exception is None, f"raised {result.exception!r}"[:MAX_LINE]
    if "load" not in form:
        json.loads(result.stdout)
        return Outcome(form, ok=True)
    report = json.loads(result.stdout)
    rows = report["rows"]
    parts = sum(rows[part] for part in PARTS)
    assert rows["read"] == parts, f"read {rows['read']} rows, counted {parts}"
    listed = _listed(folder / "rejects.csv")
    assert listed == report["rejected"] == rows["rejected"], f"{listed} rows in the reject file"
    return Outcome(form, ok=True, rows=rows["read"], rejected=rows["rejected"])


def _check_sentence(message: str) -> None:
    assert message, "an empty error message"
    assert "\n" not in message.strip(), f"a message of several lines: {message[:MAX_LINE]!r}"
    assert "Traceback" not in message


def _listed(file: Path) -> int:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    assert rows[0] == ["file", "line", "reason"], "the reject file has another header"
    assert all(len(row) == 3 and row[1].isdigit() for row in rows[1:]), "a row lacks a field"
    return len(rows) - 1


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The data, broken in one to three places."""
    for _ in range(chance.randint(1, 3)):
        data = chance.choice(MUTATIONS)(data, chance)
    return data


def _insert(data: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] + chance.choice(TOKENS) + data[at:]


def _replace_field(data: bytes, chance: random.Random) -> bytes:
    """A token in the place of what stands between two delimiters."""
    ends = [-1, *(i for i, byte in enumerate(data) if byte in b',\n":='), len(data)]
    place = chance.randrange(len(ends) - 1)
    return data[: ends[place] + 1] + chance.choice(TOKENS) + data[ends[place + 1] :]


def _flip(data: bytes, chance: random.Random) -> bytes:
    if not data:
        return data
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]


def _delete(data: bytes, chance: random.Random) -> bytes:
    start = chance.randint(0, len(data))
    return data[:start] + data[start + chance.randint(1, 30) :]


def _truncate(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randint(0, len(data))]


def _repeat_line(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    line = chance.choice(lines)
    return b"".join([*lines, line * chance.randint(1, 3)])


def _shuffle_lines(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


MUTATIONS: Final = (
    *(_insert, _insert, _replace_field, _replace_field, _replace_field, _flip, _delete),
    *(_truncate, _repeat_line, _shuffle_lines),
)


def _load(
    folder: Path, *files: Path, presets: tuple[str, ...] = (), more: tuple[str, ...] = ()
) -> list[str]:
    return [
        *("load", *map(str, files), "--dry-run", "--json", "--keep-ids"),
        *("--home", str(folder / "home"), "--rejects", str(folder / "rejects.csv")),
        *(word for name in presets for word in ("--preset", name)),
        *more,
    ]


def _as_json_lines(text: str) -> bytes:
    rows = csv.DictReader(text.splitlines())
    lines = (json.dumps({name: value for name, value in row.items() if value}) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode()


def _events(chance: random.Random, folder: Path) -> list[str]:
    file = folder / "events.csv"
    file.write_bytes(mutated(EVENTS.encode(), chance))
    return _load(folder, file, presets=("events",))


def _json_lines(chance: random.Random, folder: Path) -> list[str]:
    file = folder / "events.jsonl"
    file.write_bytes(mutated(_as_json_lines(EVENTS), chance))
    return _load(folder, file, presets=("events",))


def _gzip(chance: random.Random, folder: Path) -> list[str]:
    """Broken text, well compressed; or right text whose compressed bytes are broken."""
    json_lines = chance.random() < 0.5
    text = _as_json_lines(EVENTS) if json_lines else EVENTS.encode()
    file = folder / ("events.jsonl.gz" if json_lines else "events.csv.gz")
    if chance.random() < 0.7:
        file.write_bytes(gzip.compress(mutated(text, chance)))
    else:
        file.write_bytes(mutated(gzip.compress(text), chance))
    return _load(folder, file, presets=("events",))


def _parquet(chance: random.Random, folder: Path) -> list[str]:
    """Awkward values in a right file; or a right file whose bytes are broken."""
    file = folder / "events.parquet"
    rows = [dict(row) for row in csv.DictReader(EVENTS.splitlines())]
    for _ in range(chance.randint(1, 3)):
        row = chance.choice(rows)
        row[chance.choice(list(row))] = chance.choice(TOKENS).decode("utf-8", "replace")
    source = folder / "values.json"
    source.write_text(json.dumps(rows), encoding="utf-8")
    duckdb.sql(
        f"COPY (SELECT * FROM read_json('{source}', maximum_object_size = 100000000)) "
        f"TO '{file}' (FORMAT parquet)"
    )
    if chance.random() < 0.4:
        file.write_bytes(mutated(file.read_bytes(), chance))
    return _load(folder, file, presets=("events",))


def _tables(chance: random.Random, folder: Path) -> list[str]:
    """All tables at once, one of them broken."""
    broken = chance.choice([*OTHER_TABLES])
    names = [name for name in OTHER_TABLES if name != "paths" or broken == "paths"]
    if broken == "paths":
        names = ["paths"]
    files = []
    for name in names:
        text = OTHER_TABLES[name].encode()
        files.append(folder / f"{name}.csv")
        files[-1].write_bytes(mutated(text, chance) if name == broken else text)
    return _load(folder, *files, presets=tuple(names))


def _mapping(chance: random.Random, folder: Path) -> list[str]:
    for name, text in {"events": EVENTS, "customers": OTHER_TABLES["customers"]}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    mapping = folder / "mapping.toml"
    mapping.write_bytes(mutated(MAPPING.encode(), chance))
    files = (folder / "events.csv", folder / "customers.csv")
    return _load(folder, *files, more=("--mapping", str(mapping)))


def _preparation(chance: random.Random, folder: Path) -> list[str]:
    """An export that needs many settings of a mapping; the export or the mapping is broken."""
    orders, mapping = folder / "orders.csv", folder / "mapping.toml"
    broken = chance.random() < 0.5
    orders.write_bytes(mutated(ORDERS.encode(), chance) if broken else ORDERS.encode())
    mapping.write_bytes(PREPARATION.encode() if broken else mutated(PREPARATION.encode(), chance))
    return _load(folder, orders, more=("--mapping", str(mapping)))


def _rules(chance: random.Random, folder: Path) -> list[str]:
    """Broken channel rules."""
    events, rules = folder / "events.csv", folder / "rules.toml"
    events.write_text(EVENTS.replace(",channel,", ",utm_source,"), encoding="utf-8")
    rules.write_bytes(mutated(RULES.encode(), chance))
    return _load(folder, events, presets=("events",), more=("--channel-rules", str(rules)))


def _inspect(chance: random.Random, folder: Path) -> list[str]:
    """A broken file of which nothing is known."""
    text = chance.choice([EVENTS, ORDERS, *OTHER_TABLES.values()])
    json_lines = chance.random() < 0.3 and text is not ORDERS
    file = folder / ("unknown.jsonl" if json_lines else "unknown.csv")
    file.write_bytes(mutated(_as_json_lines(text) if json_lines else text.encode(), chance))
    return ["inspect", str(file), "--json"]


def _spend(chance: random.Random, folder: Path) -> list[str]:
    """Broken spend beside right events."""
    events, spend = folder / "events.csv", folder / "spend.csv"
    events.write_text(EVENTS, encoding="utf-8")
    spend.write_bytes(mutated(OTHER_TABLES["spend"].encode(), chance))
    return [
        *("attribute", "--input", str(events), "--preset", "events", "--spend", str(spend)),
        *("--models", "last,linear", "--draws", "0", "--json"),
    ]


def _attribute(chance: random.Random, folder: Path) -> list[str]:
    """Broken events and customers as ``attribute --input`` reads them."""
    broken = chance.random() < 0.5
    events, customers = folder / "events.csv", folder / "customers.csv"
    text = EVENTS.encode(), OTHER_TABLES["customers"].encode()
    events.write_bytes(mutated(text[0], chance) if broken else text[0])
    customers.write_bytes(text[1] if broken else mutated(text[1], chance))
    return [
        *("attribute", "--input", str(events), "--customers", str(customers)),
        *("--preset", "events", "--models", "first,last,linear,markov-1", "--draws", "0", "--json"),
    ]


def _lift(chance: random.Random, folder: Path) -> list[str]:
    """A broken list of lift tests; the data have too few conversions to use a right one."""
    events, lift = folder / "events.csv", folder / "lift.csv"
    events.write_text(EVENTS, encoding="utf-8")
    lift.write_bytes(mutated(OTHER_TABLES["experiments"].encode(), chance))
    return [
        *("attribute", "--input", str(events), "--preset", "events", "--lift", str(lift)),
        *("--models", "incremental", "--json"),
    ]


FORMS: Final[Mapping[str, Build]] = {
    "load events": _events,
    "load JSON lines": _json_lines,
    "load gzip": _gzip,
    "load Parquet": _parquet,
    "load tables": _tables,
    "load by mapping": _mapping,
    "load prepared": _preparation,
    "load with rules": _rules,
    "inspect": _inspect,
    "spend": _spend,
    "attribute": _attribute,
    "experiments": _lift,
}
"""What is broken, and the command that reads it."""
