"""The one settings object, read once from the environment and handed down as an argument."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from attrigraph.errors import InputError

DATABASE: Final = "neo4j"
"""The one user database of Neo4j Community; named on every call."""


class Settings(BaseSettings):
    """Where the stores and folders are; each field is read from ``ATTRIGRAPH_<FIELD>``."""

    model_config = SettingsConfigDict(
        env_prefix="ATTRIGRAPH_", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    home: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("attrigraph"),
        description="Folder of one data set: local stores, credentials, staged and rejected rows.",
    )
    cache: Path = Field(
        default_factory=lambda: platformdirs.user_cache_path("attrigraph"),
        description="Folder of downloaded server jars, shared by all homes.",
    )
    facts_cache_mb: int = Field(
        default=2000,
        ge=0,
        description="Bound of the events that runs keep in the home, in MB; 0 keeps none.",
    )
    neo4j_uri: str | None = Field(
        default=None, description="Bolt address of a Neo4j to use instead of a local one."
    )
    neo4j_user: str = Field(default="neo4j", description="User of that Neo4j.")
    neo4j_password: SecretStr | None = Field(default=None, description="Password of that user.")
    postgres_url: SecretStr | None = Field(
        default=None,
        description="postgresql:// address of a Postgres to use instead of a local one.",
    )
    customer_key: SecretStr | None = Field(
        default=None,
        description="Secret that turns customer ids into pseudonyms; else `customer.key` in home.",
    )
    java_home: Path | None = Field(
        default=None, description="A Java 17 or 21 to run the local Neo4j with, instead of our own."
    )
    neo4j_heap: str | None = Field(
        default=None,
        description="Heap of the local Neo4j, such as 2g; else a quarter of memory, 1g to 4g.",
    )
    neo4j_page_cache: str | None = Field(
        default=None,
        description="Page cache of the local Neo4j, such as 512m; else the store and a fifth.",
    )
    docker: bool | None = Field(
        default=None,
        description="Whether `attrigraph up` uses Docker; by default it does if an engine answers.",
    )
    maven_repository: str | None = Field(
        default=None,
        description="Maven repository to fetch Neo4j's jars from, instead of Maven Central.",
    )
    neo4j_lock: Path | None = Field(
        default=None,
        description="Lock file of another version of the local Neo4j, see Upgrades of Neo4j.",
    )


def read_settings(**given: Any) -> Settings:
    """The settings of the environment; what is given and not None goes before it.

    Raises:
        InputError: a value is not of its setting's kind.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = "ATTRIGRAPH_" + "_".join(str(part) for part in first["loc"]).upper()
        raise InputError(f"{name} cannot be used: {first['msg'].lower()}") from None
