"""Runs the queries of the cookbook, ``cypher/explore``, after checking their parameters."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from neo4j import RoutingControl
from neo4j.exceptions import ClientError

from attrigraph.errors import InputError
from attrigraph.graph.catalogue import names, query
from attrigraph.graph.native_values import native
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from neo4j import Driver

    from attrigraph.graph.catalogue import Parameter, Query

AREA: Final = "explore"
OPTIONAL: Final = "STRING OR NULL"
"""Type of a parameter that may be left out."""
INVALID: Final = "invalid parameter: "
"""Begins the sentence of a query about a wrong value, inside the server's message."""


def queries() -> dict[str, Query]:
    """All queries of the cookbook by name, with summaries and parameters."""
    return {name.removeprefix(f"{AREA}/"): query(name) for name in names(AREA)}


def find_query(name: str) -> Query:
    """The query of a name.

    Raises:
        InputError: there is none.
    """
    available = queries()
    if name not in available:
        raise InputError(f"there is no query {name!r}; available are: {', '.join(available)}")
    return available[name]


def run_query(
    driver: Driver,
    name: str,
    parameters: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Run one query of the cookbook.

    Args:
        driver: an open driver.
        name: the query's name, such as ``top_paths``.
        parameters: a value for each parameter of its header, except those that may be null; times
            may be ISO 8601 strings.

    Returns:
        One dict per row; times as ``datetime`` and ``date``.

    Raises:
        InputError: the query is unknown, its parameters do not match its header, or a value is
            wrong: a period that ends before it starts, or a name that the graph does not have.
    """
    chosen = find_query(name)
    values = _checked(name, chosen, parameters or {})
    try:
        records, _, _ = driver.execute_query(
            chosen.text, values, database_=DATABASE, routing_=RoutingControl.READ
        )
    except ClientError as error:
        _, found, sentence = (error.message or "").partition(INVALID)
        if not found:
            raise
        parameter = sentence.split()[0].removeprefix("$")
        raise InputError(f"query {name!r}: {sentence}, got {values[parameter]!r}") from None
    return [{key: native(value) for key, value in dict(record).items()} for record in records]


def _checked(name: str, chosen: Query, values: Mapping[str, Any]) -> dict[str, Any]:
    declared = {parameter.name: parameter for parameter in chosen.parameters}
    missing = [key for key, one in declared.items() if key not in values and one.type != OPTIONAL]
    surplus = [key for key in values if key not in declared]
    if missing or surplus:
        listed = ", ".join(f"{p.name} ({p.type})" for p in chosen.parameters) or "none"
        wrong = " and ".join(
            [*(f"lacks {key}" for key in missing), *(f"does not take {key}" for key in surplus)]
        )
        raise InputError(f"query {name!r} {wrong}; its parameters are: {listed}")
    return {key: _value(name, one, values.get(key)) for key, one in declared.items()}


def _value(name: str, parameter: Parameter, value: Any) -> Any:
    read = _READERS.get(parameter.type)
    try:
        return value if read is None else read(value)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"parameter {parameter.name} of query {name!r} must be {parameter.type}: {error}"
        ) from None


def _instant(value: Any) -> datetime:
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(instant, datetime):
        raise TypeError(f"got {value!r}")
    if instant.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    return instant.astimezone(UTC)


def _day(value: Any) -> date:
    day = date.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(day, date) or isinstance(day, datetime):
        raise TypeError(f"got {value!r}")
    return day


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"got {value!r}")
    if value < 0:
        raise ValueError(f"{value} is below 0")
    return value


def _words(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"got {value!r}")
    return value


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "DATETIME": _instant,
    "DATE": _day,
    "INTEGER": _whole,
    "STRING": _words,
    OPTIONAL: lambda value: None if value is None else _words(value),
}
