"""``attrigraph up``: start both stores, or reuse running ones, and migrate them."""

from __future__ import annotations

from pathlib import Path

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.messages import print_messages
from attrigraph.quantities import counted


@click.command("up", cls=Command)
@home_option
@click.option(
    "--docker/--no-docker",
    default=None,
    envvar="ATTRIGRAPH_DOCKER",
    show_envvar=True,
    help="Run the stores in Docker or as local processes. Default: Docker if an engine answers.",
)
@click.option(
    "--java-home",
    type=click.Path(path_type=Path),
    envvar="ATTRIGRAPH_JAVA_HOME",
    show_envvar=True,
    metavar="DIR",
    help="Java 17 or 21 for Neo4j. Default: the packaged one.",
)
@click.option(
    "--migrate/--no-migrate",
    default=True,
    help="Bring the schemas up to date (the default), or leave them.",
)
@json_option
def command(
    home: Path | None,
    docker: bool | None,
    java_home: Path | None,
    migrate: bool,
    as_json: bool,
) -> None:
    """Start Neo4j and Postgres locally, or reuse running ones.

    Stores at the addresses in ATTRIGRAPH_NEO4J_URI and ATTRIGRAPH_POSTGRES_URL are used as they
    are. Then both schemas are brought up to date.
    """
    from attrigraph import bootstrap
    from attrigraph.cli.tables.stores import as_object, print_stores
    from attrigraph.errors import StoreError

    settings = settings_of(home, docker=docker, java_home=java_home)
    bootstrap.up(settings)
    stores = bootstrap.health(settings, timeout=bootstrap.START_TIMEOUT)
    for store in stores:
        if store.error is not None:
            raise StoreError(store.error)
    if migrate and any(store.pending for store in stores):
        for store in stores:
            if store.pending:
                print_messages(f"migrating {store.store}: {counted(len(store.pending), 'step')}")
        bootstrap.migrate(settings)
        stores = bootstrap.health(settings, timeout=bootstrap.START_TIMEOUT)
    shown = as_object(settings, stores)
    print_stores(shown, as_json=as_json)
