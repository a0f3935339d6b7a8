"""What is wrong with a table of a mapping beyond the types of its settings.

The checks read what a file declares, so that they run where a type is wrong too, and all mistakes
are listed in one go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from attrigraph.staging.expressions import parse, sums_of
from attrigraph.staging.expressions.nodes import IsConversion, walk
from attrigraph.staging.expressions.parse import ExpressionError
from attrigraph.staging.fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attrigraph.staging.expressions import Node
    from attrigraph.staging.expressions.nodes import Kind
    from attrigraph.staging.fields import Rows
    from attrigraph.staging.toml_lines import Place

    Declarations = Mapping[str, Any]
    Mistakes = Iterator[tuple[Place, str]]

PARTS: Final = {"columns": "a column", "expressions": "an expression", "constants": "a constant"}
"""Settings that give a field, with what they give it."""

NAME: Final = "[a-z][A-Za-z0-9]*"
"""Pattern of the names of properties."""

RESERVED: Final = {
    *("id", "customerId", "timestamp", "position", "kind", "channel", "cost", "costShare"),
    *("identity", "userId", "load", "value", "gross", "refunded", "orderId", "messageId"),
    *("audienceId", "utmSource", "utmMedium", "utmTerm"),
}
"""Names of properties that events have anyway."""

OF_EVENTS: Final[Mapping[str, object]] = {
    "channel_rules": "classic",
    "own_domains": (),
    "payment_referrals": False,
}
"""Settings that only rows of events may change, with their defaults."""


def mistakes_of(declared: Declarations) -> Mistakes:
    """Place within the table and message of each mistake; settings of wrong types are skipped."""
    rows = next((name for name in FIELDS if name == declared.get("rows")), None)
    if rows is not None:
        yield from _unknown_fields(declared, rows)
        yield from _misplaced(declared, rows)
    yield from _doubled_fields(declared)
    if declared.get("preamble") and (declared.get("skip") or declared.get("escaped")):
        yield ("preamble",), "preamble finds the header by itself; leave out skip and escaped"
    yield from _wrong_expressions(declared)


def _part(declared: Declarations, name: str) -> Declarations:
    part = declared.get(name)
    return part if isinstance(part, dict) else {}


def _unknown_fields(declared: Declarations, rows: Rows) -> Mistakes:
    fields = FIELDS[rows]
    for part in (*PARTS, "values"):
        for name in _part(declared, part):
            if name not in fields:
                known = ", ".join(fields)
                yield (part, name), f"there is no such field; rows of {rows} have {known}"


def _doubled_fields(declared: Declarations) -> Mistakes:
    names = dict.fromkeys(name for part in PARTS for name in _part(declared, part))
    for name in names:
        given = [part for part in PARTS if name in _part(declared, part)]
        if len(given) > 1:
            both = " and ".join(PARTS[part] for part in given)
            yield (given[-1], name), f"the field {name!r} is both {both}"


def _misplaced(declared: Declarations, rows: str) -> Mistakes:
    if declared.get("types") and rows not in ("customers", "events"):
        yield ("types",), f"types are for rows of customers and events, not of {rows}"
    if rows == "events":
        yield from _wrong_properties(declared)
        return
    if declared.get("properties"):
        yield ("properties",), f"properties are for rows of events, not of {rows}"
    if declared.get("ignore"):
        yield ("ignore",), f"ignore is for rows of events, not of {rows}; use where"
    if declared.get("link_ignored"):
        yield ("link_ignored",), f"link_ignored is for rows of events, not of {rows}"
    if declared.get("conversions"):
        yield ("conversions",), f"conversions are for rows of events, not of {rows}"
    for name, default in OF_EVENTS.items():
        if declared.get(name, default) not in (default, None, []):
            yield (name,), f"{name} is for rows of events, not of {rows}, which name their channels"


def _wrong_properties(declared: Declarations) -> Mistakes:
    """Names that properties cannot have, and types of what is no property."""
    properties = _part(declared, "properties")
    for name in properties:
        if not re.fullmatch(NAME, name):
            message = "names of properties are of the form landingPage: letters and digits"
            yield ("properties", name), message
        elif name in RESERVED:
            taken = ", ".join(sorted(RESERVED))
            yield ("properties", name), f"events have a property {name!r} already, as {taken} are"
    for name in _part(declared, "types"):
        if name not in properties:
            yield ("types", name), f"types of events are those of properties, and {name!r} is none"


def _wrong_expressions(declared: Declarations) -> Mistakes:
    """Sums and tests of conversions where there are no lines or conversions, or the reverse."""
    conversions, grouped = declared.get("conversions"), declared.get("group") is not None
    nodes = {place: _parsed(place, text) for place, text in _expressions(declared)}
    tests = None in nodes.values()
    for place, node in nodes.items():
        if node is None:
            continue
        if any(sums_of(node)) and (len(place) == 1 or not grouped):
            yield place, "it has a sum over lines; sums belong to fields of a table with a group"
        if any(isinstance(each, IsConversion) for each in walk(node)):
            tests = True
            if not conversions:
                yield place, "it has is_conversion(...), and the table states no conversions"
    if conversions and not tests:
        yield ("conversions",), "conversions are stated, and no expression has is_conversion(...)"


def _expressions(declared: Declarations) -> Iterator[tuple[Place, object]]:
    for part in ("expressions", "properties"):
        for name, text in _part(declared, part).items():
            yield (part, name), text
    for name in ("where", "group"):
        if declared.get(name) is not None:
            yield (name,), declared[name]


def _parsed(place: Place, text: object) -> Node | None:
    """The expression; None where it is none, which is a mistake of its own."""
    try:
        kind: Kind | None = "boolean" if place == ("where",) else None
        return parse(text, kind=kind) if isinstance(text, str) else None
    except ExpressionError:
        return None
