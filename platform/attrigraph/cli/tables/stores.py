"""How ``up`` and ``status`` show the stores: a few lines for people, an object for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrigraph.cli.console import print_json, print_lines
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attrigraph.bootstrap import Health
    from attrigraph.settings import Settings


def as_object(settings: Settings, stores: Iterable[Health]) -> dict[str, Any]:
    """Addresses, users and state of the stores, and the file with their passwords."""
    from attrigraph.bootstrap import facts_cache
    from attrigraph.local.stack import home_of, look
    from attrigraph.runs.unfinished import read_unfinished
    from attrigraph.settings import DATABASE

    home = home_of(settings)
    stack, _ = look(home)
    shown: dict[str, Any] = {"home": str(home.path)}
    for store in stores:
        shown[store.store] = {
            "source": store.source,
            "address": store.address,
            "user": store.user,
            "running": store.error is None,
            "error": store.error,
            "pending": list(store.pending),
        }
    if stack is not None and shown["neo4j"]["source"] == stack.kind:
        shown["neo4j"] |= {"browser": stack.browser, "pid": stack.neo4j_pid}
    if stack is not None and shown["postgres"]["source"] == stack.kind:
        shown["postgres"] |= {"pid": stack.postgres_pid}
    shown["neo4j"]["database"] = DATABASE
    shown["unfinished_loads"] = [load.to_json() for load in read_unfinished(home.path)]
    shown["cache"] = facts_cache(settings).figures()
    shown["credentials"] = str(home.credentials) if home.credentials.exists() else None
    return shown


def print_stores(shown: dict[str, Any], *, as_json: bool) -> None:
    """Print the object, as JSON or as lines for people."""
    if as_json:
        print_json(shown, indent=2)
    else:
        print_lines(*as_lines(shown))


def as_lines(shown: dict[str, Any]) -> list[str]:
    """The object as lines for people."""
    lines = [f"Home      {shown['home']}"]
    for name, title in (("neo4j", "Neo4j"), ("postgres", "Postgres")):
        store = shown[name]
        lines.append(f"{title:<10}{_state(store)}")
        if "browser" in store and store["running"]:
            lines.append(f"Browser   {store['browser']}")
    lines += map(_load_state, shown["unfinished_loads"])
    if shown["cache"]["load"] is not None:
        lines.append(f"Cache     {_cache_state(shown['cache'])}")
    if shown["credentials"] is not None:
        lines.append(f"Passwords {shown['credentials']} (only you can read it)")
    if "browser" in shown["neo4j"] and shown["neo4j"]["running"]:
        lines.append("")
        lines.append(
            f"In Neo4j Browser connect to {shown['neo4j']['address']} as {shown['neo4j']['user']} "
            "with the neo4j_password of that file."
        )
    return lines


def _cache_state(cache: dict[str, Any]) -> str:
    megabytes, most = (cache[name] / 1e6 for name in ("bytes", "max_bytes"))
    files = counted(cache["files"], "file")
    state = f"{megabytes:,.0f} of {most:,.0f} MB, {files} with events up to load {cache['load']}"
    if cache["complete"]:
        return state
    return f"{state}; every run reads those of other customers (ATTRIGRAPH_FACTS_CACHE_MB)"


def _load_state(load: dict[str, Any]) -> str:
    files = f"{', '.join(load['files'])} (begun {load['started']})"
    if load["running"]:
        return f"Loading   {files}"
    return (
        f"Loads     UNFINISHED: {files}; the graph may hold only part of it; run the same "
        f"`attrigraph load` again, or delete {load['marker']} to keep the graph as it is"
    )


def _state(store: dict[str, Any]) -> str:
    if store["error"] is not None:
        return f"not usable: {store['error']}"
    pending = len(store["pending"])
    schema = "schema up to date" if pending == 0 else f"{counted(pending, 'migration')} pending"
    return f"{store['address']} (user {store['user']}, by {store['source']}, {schema})"
