"""Functions and operators of expressions, each with its SQL.

A missing argument makes the value missing, except where the meaning says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from attrigraph.staging.columns import number
from attrigraph.staging.expressions.web_sources import click_source

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrigraph.staging.expressions.nodes import Kind

HOST: Final = r"^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#@]*@)?([^/?#:]+)"
PATH: Final = r"^(?:(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*)?([^?#]*)"
SHARE: Final = r"\s*\([0-9]+([.,][0-9]+)?\s?%\)$"
REPEATED: Final = r"(.*\S)\s+[x\x{00D7}]\s?([0-9]{1,4})"
QUERY: Final = r"^[^?#]*\?([^#]*)"


@dataclass(frozen=True, slots=True)
class Function:
    """One function or operator.

    Attributes:
        name: as it is written.
        takes: kinds of its arguments; arguments of kind ``same`` become one kind, number if any of
            them is a number.
        gives: kind of its value.
        sql: SQL of the value from SQL of the arguments.
        repeats: whether the last argument may occur several times.
    """

    name: str
    takes: tuple[Kind | Literal["same"], ...]
    gives: Kind | Literal["same"]
    sql: Callable[..., str]
    repeats: bool = False

    def expects(self, count: int) -> bool:
        """Whether it takes so many arguments."""
        return count >= len(self.takes) if self.repeats else count == len(self.takes)

    def taken(self, place: int) -> Kind | Literal["same"]:
        """Kind of the argument at a place from 0."""
        return self.takes[min(place, len(self.takes) - 1)]


def _infix(operator: str) -> Callable[..., str]:
    return lambda *parts: f"({f' {operator} '.join(parts)})"


def _calls(function: str) -> Callable[..., str]:
    return lambda *arguments: f"{function}({', '.join(arguments)})"


def _part(pattern: str) -> Callable[..., str]:
    return lambda text: f"nullif(regexp_extract({text}, '{pattern}', 1), '')"


def _url_param(url: str, name: str) -> str:
    pairs = f"string_split(regexp_extract({url}, '{QUERY}', 1), '&')"
    own = f"list_filter({pairs}, lambda pair: url_decode(split_part(pair, '=', 1)) = {name})"
    value = f"substr(list_extract({own}, 1), instr(list_extract({own}, 1), '=') + 1)"
    return (
        f"CASE WHEN instr(list_extract({own}, 1), '=') > 0 "
        f"THEN nullif(url_decode(replace({value}, '+', ' ')), '') END"
    )


def _split(text: str, separator: str, place: str) -> str:
    return f"nullif(split_part({text}, {separator}, CAST({place} AS BIGINT) + 1), '')"


def _total_parts(text: str, items: str, parts: str, place: str) -> str:
    part = f"split_part(item, {parts}, CAST({place} AS BIGINT) + 1)"
    values = f"list_transform(string_split({text}, {items}), lambda item: {number(part)})"
    return f"list_sum({values})"


def _expand_path(path: str, separator: str) -> str:
    steps = f"string_split({path}, {separator})"
    plain = f"regexp_replace(trim(step), '{SHARE}', '')"
    repeated = (
        f"CASE WHEN regexp_full_match({plain}, '{REPEATED}') "
        f"THEN list_transform(range(CAST(regexp_extract({plain}, '{REPEATED}', 2) AS BIGINT)), "
        f"lambda i: regexp_extract({plain}, '{REPEATED}', 1)) ELSE [{plain}] END"
    )
    return (
        f"array_to_string(flatten(list_transform({steps}, lambda step: {repeated})), {separator})"
    )


OPERATORS: Final = {
    function.name: function
    for function in (
        Function("==", ("same", "same"), "boolean", _infix("IS NOT DISTINCT FROM")),
        Function("!=", ("same", "same"), "boolean", _infix("IS DISTINCT FROM")),
        Function("<", ("same", "same"), "boolean", _infix("<")),
        Function("<=", ("same", "same"), "boolean", _infix("<=")),
        Function(">", ("same", "same"), "boolean", _infix(">")),
        Function(">=", ("same", "same"), "boolean", _infix(">=")),
        Function(
            "+", ("number", "number"), "number", lambda left, right: f"list_sum([{left}, {right}])"
        ),
        Function(
            "-",
            ("number", "number"),
            "number",
            lambda left, right: f"list_sum([{left}, -({right})])",
        ),
        Function("*", ("number", "number"), "number", _infix("*")),
        Function(
            "/",
            ("number", "number"),
            "number",
            lambda left, right: f"({left} / nullif({right}, 0))",
        ),
        Function("and", ("boolean", "boolean"), "boolean", _infix("AND"), repeats=True),
        Function("or", ("boolean", "boolean"), "boolean", _infix("OR"), repeats=True),
        Function("not", ("boolean",), "boolean", lambda fact: f"(NOT coalesce({fact}, false))"),
        Function("is None", ("same",), "boolean", lambda value: f"({value} IS NULL)"),
        Function(
            "in", ("text", "text"), "boolean", lambda text, words: f"list_contains({words}, {text})"
        ),
        Function(
            "if",
            ("boolean", "same", "same"),
            "same",
            lambda fact, then, other: f"CASE WHEN {fact} THEN {then} ELSE {other} END",
        ),
    )
}
"""Operators by their sign."""

FUNCTIONS: Final = {
    function.name: function
    for function in (
        Function("coalesce", ("same",), "same", _calls("coalesce"), repeats=True),
        Function(
            "concat",
            ("text",),
            "text",
            lambda *texts: f"nullif(concat({', '.join(texts)}), '')",
            repeats=True,
        ),
        Function("abs", ("number",), "number", _calls("abs")),
        Function("lower", ("text",), "text", _calls("lower")),
        Function("upper", ("text",), "text", _calls("upper")),
        Function("trim", ("text",), "text", lambda text: f"nullif(trim({text}), '')"),
        Function(
            "replace",
            ("text", "text", "text"),
            "text",
            lambda *texts: f"nullif(replace({', '.join(texts)}), '')",
        ),
        Function("split", ("text", "text", "number"), "text", _split),
        Function("expand_path", ("text", "text"), "text", _expand_path),
        Function("contains", ("text", "text"), "boolean", _calls("contains")),
        Function("starts_with", ("text", "text"), "boolean", _calls("starts_with")),
        Function("ends_with", ("text", "text"), "boolean", _calls("ends_with")),
        Function("url_host", ("text",), "text", _part(HOST)),
        Function("url_path", ("text",), "text", _part(PATH)),
        Function("url_param", ("text", "text"), "text", _url_param),
        Function("click_source", ("text",), "text", click_source),
        Function("total_parts", ("text", "text", "text", "number"), "number", _total_parts),
    )
}
"""Functions by name. ``parse`` adds those that take columns rather than values."""
