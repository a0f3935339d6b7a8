"""The composition root: where addresses are resolved, and drivers and engines are opened."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from attrigraph.addresses import shown_address
from attrigraph.errors import AttrigraphError, SchemaError, StoreError, StoreUnreachableError
from attrigraph.local.credentials import read_credentials
from attrigraph.local.record import read_stack
from attrigraph.local.stack import home_of, look, wanted
from attrigraph.runs.unfinished import read_unfinished
from attrigraph.stores import Stores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from attrigraph.graph.facts import FactsCache
    from attrigraph.local.credentials import Credentials
    from attrigraph.local.record import Stack
    from attrigraph.settings import Settings


HEALTH_TIMEOUT: Final = 5.0
"""Seconds in which a healthy server accepts a connection and a login."""
START_TIMEOUT: Final = 60.0
"""The same for a server that has just been started."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where both stores are and how to log in; passwords are hidden in ``repr``.

    Attributes:
        neo4j_uri: Bolt address.
        neo4j_user: its user.
        neo4j_password: the user's password.
        postgres_url: address with user and password.
    """

    neo4j_uri: str
    neo4j_user: str
    neo4j_password: SecretStr
    postgres_url: SecretStr


def resolve_addresses(settings: Settings) -> Addresses:
    """The addresses of the environment, or else those of the home's local stores.

    Raises:
        StoreError: a store has no address in the environment and the home has no local one.
    """
    uri, user, password = _neo4j(settings)
    return Addresses(uri, user, password, _postgres(settings))


def _neo4j(settings: Settings) -> tuple[str, str, SecretStr]:
    if settings.neo4j_uri is not None:
        if settings.neo4j_password is None:
            raise StoreError(
                "ATTRIGRAPH_NEO4J_URI is set and ATTRIGRAPH_NEO4J_PASSWORD is not; set both"
            )
        return settings.neo4j_uri, settings.neo4j_user, settings.neo4j_password
    stack, credentials = _local(settings, "Neo4j", "ATTRIGRAPH_NEO4J_URI")
    return stack.neo4j_uri, credentials.neo4j_user, SecretStr(credentials.neo4j_password)


def _postgres(settings: Settings) -> SecretStr:
    if settings.postgres_url is not None:
        return settings.postgres_url
    stack, credentials = _local(settings, "Postgres", "ATTRIGRAPH_POSTGRES_URL")
    return SecretStr(stack.postgres_url(credentials))


def _local(settings: Settings, store: str, variable: str) -> tuple[Stack, Credentials]:
    home = home_of(settings)
    stack, running = look(home)
    credentials = read_credentials(home)
    if stack is None or credentials is None or store.lower() not in running:
        raise StoreError(
            f"{store} of {home.path} is not running; start it with `attrigraph up --home "
            f"{quote(str(home.path))}`, or give the address of another server in {variable}"
        )
    return stack, credentials


@contextmanager
def open_stores(settings: Settings, *, check_schema: bool = True) -> Iterator[Stores]:
    """Open both stores and close them at the end.

    Args:
        settings: where they are.
        check_schema: see that both schemas are those of this version.

    Raises:
        StoreError: a store cannot be reached, rejects the login, or fails in the block.
        SchemaError: a schema is older or newer than this version of attrigraph expects.
    """
    from attrigraph.graph.connection import open_driver, store_errors
    from attrigraph.local.importing import local_graph, resume_exchange
    from attrigraph.staging.pseudonyms import existing_customer_key
    from attrigraph.store.engine import open_engine, sql_errors

    resume_exchange(settings)
    addresses = resolve_addresses(settings)
    with ExitStack() as opened:
        opened.enter_context(_remedies(settings))
        driver = opened.enter_context(
            open_driver(
                addresses.neo4j_uri,
                addresses.neo4j_user,
                addresses.neo4j_password.get_secret_value(),
            )
        )
        engine = open_engine(addresses.postgres_url.get_secret_value())
        opened.callback(engine.dispose)
        opened.enter_context(store_errors(addresses.neo4j_uri))
        opened.enter_context(sql_errors(engine.url))
        key = existing_customer_key(settings)
        home, cache = home_of(settings).path, facts_cache(settings)
        stores = Stores(driver, engine, home, cache, local_graph(settings), key)
        if any(load.mode == "bulk" and not load.running for load in read_unfinished(stores.home)):
            # it may have been killed before the new graph had its constraints
            migrate_stores(stores)
        if check_schema:
            _check_schema(stores)
        yield stores


def facts_cache(settings: Settings) -> FactsCache:
    """Files of events that were read from the graph of a home."""
    from attrigraph.graph.facts import FactsCache

    return FactsCache(home_of(settings).path / "cache", settings.facts_cache_mb * 1_000_000)


@contextmanager
def open_postgres(settings: Settings) -> Iterator[Engine]:
    """Open Postgres alone, for what needs no graph, and close it at the end.

    Raises:
        StoreError: it cannot be reached, rejects the login, or fails in the block.
    """
    from attrigraph.store.engine import open_engine, sql_errors

    addresses = resolve_addresses(settings)
    engine = open_engine(addresses.postgres_url.get_secret_value())
    try:
        with _remedies(settings), sql_errors(engine.url):
            yield engine
    finally:
        engine.dispose()


@contextmanager
def _remedies(settings: Settings) -> Iterator[None]:
    """Add what to do to the errors of a store that does not answer."""
    try:
        yield
    except StoreUnreachableError as error:
        raise StoreError(f"{error}; {_remedy(settings, error.store)}") from error


def _remedy(settings: Settings, store: str) -> str:
    if store not in wanted(settings):
        variable = {"neo4j": "ATTRIGRAPH_NEO4J_URI", "postgres": "ATTRIGRAPH_POSTGRES_URL"}[store]
        return f"check the server, and the address in {variable}"
    home = home_of(settings)
    option = f"--home {quote(str(home.path))}"
    _, running = look(home)
    if store in running:
        return (
            f"its process exists and hangs; restart it with `attrigraph down {option}`, then "
            f"`attrigraph up {option}`"
        )
    return f"it is not running; start it with `attrigraph up {option}`"


def _check_schema(stores: Stores) -> None:
    from attrigraph.graph import migrations as graph
    from attrigraph.store import migrations as store

    missing = [
        f"{len(todo)} of {name}"
        for name, todo in (
            ("the graph", graph.pending(stores.driver)),
            ("Postgres", store.pending(stores.engine)),
        )
        if todo
    ]
    if missing:
        raise SchemaError(
            f"migrations are pending ({' and '.join(missing)}); run `attrigraph migrate`"
        )


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a call of ``migrate`` ran, by store.

    Attributes:
        graph: migrations of the graph.
        postgres: revisions of Postgres.
    """

    graph: tuple[str, ...]
    postgres: tuple[str, ...]


def migrate(settings: Settings) -> Migrated:
    """Bring the schemas of both stores up to date; safe to repeat and from several processes.

    Raises:
        StoreError: a store cannot be reached.
        SchemaError: a schema is newer than this version, or a migration fails.
    """
    with open_stores(settings, check_schema=False) as stores:
        return migrate_stores(stores)


def migrate_stores(stores: Stores) -> Migrated:
    """Bring the schemas of stores that are open up to date.

    Raises:
        SchemaError: a schema is newer than this version, or a migration fails.
    """
    from attrigraph.graph import migrations as graph
    from attrigraph.store import migrations as store

    done = graph.migrate(stores.driver)
    return Migrated(tuple(map(str, done)), store.migrate(stores.engine))


@dataclass(frozen=True, slots=True)
class Health:
    """The state of one store.

    Attributes:
        store: ``neo4j`` or ``postgres``.
        source: ``environment``, ``processes`` or ``docker``; None when there is no such store yet.
        address: without password; None when there is no such store yet.
        user: whom to log in as.
        error: why it cannot be used; None when it can.
        pending: migrations it has not seen yet.
    """

    store: str
    source: str | None
    address: str | None
    user: str | None
    error: str | None = None
    pending: tuple[str, ...] = ()


def up(settings: Settings) -> None:
    """Start the local stores or find them running, and remove what killed commands left.

    Raises:
        LocalStoreError: a store cannot be started.
        MissingExtraError: the extra ``local`` is not installed.
    """
    from attrigraph.local import stack
    from attrigraph.staging.scratch_dir import remove_abandoned

    stack.up(settings)
    remove_abandoned(home_of(settings).path / "staging")


def health(settings: Settings, *, timeout: float = HEALTH_TIMEOUT) -> tuple[Health, Health]:
    """The state of Neo4j and Postgres, checked at the same time.

    Args:
        settings: where they are.
        timeout: seconds after which a server that does not answer counts as unusable.
    """
    with ThreadPoolExecutor(2) as pool:
        neo4j = pool.submit(_neo4j_health, settings, timeout)
        postgres = pool.submit(_postgres_health, settings, timeout)
        return neo4j.result(), postgres.result()


def _neo4j_health(settings: Settings, timeout: float) -> Health:
    from attrigraph.graph import migrations
    from attrigraph.graph.connection import open_driver, store_errors

    source = _source(settings, settings.neo4j_uri)
    try:
        uri, user, password = _neo4j(settings)
    except AttrigraphError as error:
        address = None if settings.neo4j_uri is None else shown_address(settings.neo4j_uri)
        return Health("neo4j", source, address, None, str(error))
    address = shown_address(uri)
    try:
        with (
            _remedies(settings),
            # the driver tries twice
            open_driver(uri, user, password.get_secret_value(), timeout=timeout / 2) as driver,
            store_errors(uri),
        ):
            todo = tuple(map(str, migrations.pending(driver)))
    except AttrigraphError as error:
        return Health("neo4j", source, address, user, str(error))
    return Health("neo4j", source, address, user, pending=todo)


def _postgres_health(settings: Settings, timeout: float) -> Health:
    from attrigraph.store import migrations
    from attrigraph.store.engine import open_engine, parse_url, sql_errors, without_password

    source = _source(settings, settings.postgres_url)
    try:
        secret = _postgres(settings).get_secret_value()
        url = parse_url(secret)
    except AttrigraphError as error:
        return Health("postgres", source, None, None, str(error))
    address = without_password(url)
    try:
        with _remedies(settings), ExitStack() as opened:
            engine = open_engine(secret, timeout=timeout)
            opened.callback(engine.dispose)
            opened.enter_context(sql_errors(url))
            todo = migrations.pending(engine)
    except AttrigraphError as error:
        return Health("postgres", source, address, url.username, str(error))
    return Health("postgres", source, address, url.username, pending=todo)


def _source(settings: Settings, address: object | None) -> str | None:
    if address is not None:
        return "environment"
    stack = read_stack(home_of(settings))
    return None if stack is None else stack.kind
