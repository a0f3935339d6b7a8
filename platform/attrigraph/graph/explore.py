"""Runs the queries of the cookbook, ``cypher/explore``, with parameters checked against headers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from neo4j import RoutingControl

from attrigraph.errors import InputError
from attrigraph.graph.catalogue import names, query
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from neo4j import Driver

    from attrigraph.graph.catalogue import Parameter, Query

AREA: Final = "explore"


def queries() -> dict[str, Query]:
    """All queries of the cookbook by name, each with its summary and its parameters."""
    return {name.removeprefix(f"{AREA}/"): query(name) for name in names(AREA)}


def run_query(
    driver: Driver,
    name: str,
    parameters: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Ask one question of the cookbook.

    Args:
        driver: an open driver.
        name: the query's name, such as ``top_paths``.
        parameters: a value for each parameter of its header; times may be ISO 8601 texts.

    Returns:
        One row a dict; times as ``datetime`` and ``date``.

    Raises:
        InputError: an unknown query, or parameters that are not those of its header.
    """
    known = queries()
    if name not in known:
        raise InputError(f"there is no query {name!r}; known are: {', '.join(known)}")
    asked = known[name]
    records, _, _ = driver.execute_query(
        asked.text,
        _checked(name, asked, parameters or {}),
        database_=DATABASE,
        routing_=RoutingControl.READ,
    )
    return [{key: _native(value) for key, value in dict(record).items()} for record in records]


def _checked(name: str, asked: Query, given: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {parameter.name: parameter for parameter in asked.parameters}
    missing = [key for key in wanted if key not in given]
    surplus = [key for key in given if key not in wanted]
    if missing or surplus:
        listed = ", ".join(f"{p.name} ({p.type})" for p in asked.parameters) or "none"
        wrong = " and ".join(
            [*(f"lacks {key}" for key in missing), *(f"does not take {key}" for key in surplus)]
        )
        raise InputError(f"query {name!r} {wrong}; its parameters are: {listed}")
    return {key: _value(name, parameter, given[key]) for key, parameter in wanted.items()}


def _value(name: str, parameter: Parameter, given: Any) -> Any:
    read = _READERS.get(parameter.type)
    try:
        return given if read is None else read(given)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"parameter {parameter.name} of query {name!r} must be {parameter.type}: {error}"
        ) from None


def _instant(given: Any) -> datetime:
    instant = datetime.fromisoformat(given) if isinstance(given, str) else given
    if not isinstance(instant, datetime):
        raise TypeError(f"got {given!r}")
    if instant.tzinfo is None:
        raise ValueError(f"{given!r} has no time zone")
    return instant.astimezone(UTC)


def _day(given: Any) -> date:
    day = date.fromisoformat(given) if isinstance(given, str) else given
    if not isinstance(day, date) or isinstance(day, datetime):
        raise TypeError(f"got {given!r}")
    return day


def _whole(given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise TypeError(f"got {given!r}")
    if given < 0:
        raise ValueError(f"{given} is below 0")
    return given


def _words(given: Any) -> str:
    if not isinstance(given, str):
        raise TypeError(f"got {given!r}")
    return given


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "DATETIME": _instant,
    "DATE": _day,
    "INTEGER": _whole,
    "STRING": _words,
}


def _native(value: Any) -> Any:
    """Times of the driver as those of Python, in lists too."""
    if isinstance(value, list):
        return [_native(one) for one in value]
    to_native = getattr(value, "to_native", None)
    return value if to_native is None else to_native()
