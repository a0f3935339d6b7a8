"""Fitted models in Postgres: each is written once, and read by its id or as the newest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import desc, insert, select
from sqlalchemy.orm import Session, defer

from attrigraph.errors import StoreError
from attrigraph.store.engine import sql_errors
from attrigraph.store.models import ModelArtifact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine, Select


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A model to keep.

    Attributes:
        model: its kind, such as ``hierarchy``.
        input_fingerprint: a hash of what it was fitted on.
        settings: with which it was fitted, as JSON values.
        metrics: what was measured of it, as JSON values.
        content: its parameters.
        code_version: of attrigraph.
    """

    model: str
    input_fingerprint: str
    settings: Mapping[str, Any]
    metrics: Mapping[str, Any]
    content: bytes
    code_version: str


def save_model(engine: Engine, fitted: FittedModel) -> UUID:
    """Keep a fitted model, and return its id."""
    id_ = uuid4()
    row = {
        "id": id_,
        "model": fitted.model,
        "created": datetime.now(UTC),
        "code_version": fitted.code_version,
        "input_fingerprint": fitted.input_fingerprint,
        "settings": dict(fitted.settings),
        "metrics": dict(fitted.metrics),
        "content": fitted.content,
        "checksum": _checksum(fitted.content),
    }
    with sql_errors(engine.url), engine.begin() as connection:
        connection.execute(insert(ModelArtifact).values(row))
    return id_


def read_model(engine: Engine, id_: UUID) -> ModelArtifact | None:
    """The model of an id; None if there is none.

    Raises:
        StoreError: its content has changed since it was written.
    """
    return _read(engine, select(ModelArtifact).where(ModelArtifact.id == id_))


def newest_model(engine: Engine, model: str) -> ModelArtifact | None:
    """The newest model of a kind; None if there is none.

    Raises:
        StoreError: its content has changed since it was written.
    """
    of_kind = select(ModelArtifact).where(ModelArtifact.model == model)
    return _read(engine, of_kind.order_by(desc(ModelArtifact.created), ModelArtifact.id).limit(1))


def same_model(engine: Engine, fitted: FittedModel) -> UUID | None:
    """Id of a model of the same kind, input, settings, content and code; None if there is none."""
    same = select(ModelArtifact.id).where(
        ModelArtifact.model == fitted.model,
        ModelArtifact.input_fingerprint == fitted.input_fingerprint,
        ModelArtifact.settings == dict(fitted.settings),
        ModelArtifact.checksum == _checksum(fitted.content),
        ModelArtifact.code_version == fitted.code_version,
    )
    with sql_errors(engine.url), Session(engine) as session:
        return session.scalar(same.order_by(ModelArtifact.created).limit(1))


def list_models(engine: Engine, prefix: str) -> tuple[ModelArtifact, ...]:
    """The models whose kind begins with a text, oldest first; their contents are not read."""
    listed = select(ModelArtifact).where(ModelArtifact.model.startswith(prefix, autoescape=True))
    listed = listed.options(defer(ModelArtifact.content, raiseload=True))
    with sql_errors(engine.url), Session(engine, expire_on_commit=False) as session:
        return tuple(session.scalars(listed.order_by(ModelArtifact.created, ModelArtifact.id)))


def _read(engine: Engine, statement: Select[ModelArtifact]) -> ModelArtifact | None:
    with sql_errors(engine.url), Session(engine, expire_on_commit=False) as session:
        found = session.scalar(statement)
    if found is not None and _checksum(found.content) != found.checksum:
        raise StoreError(
            f"the {found.model} model {found.id} in Postgres is damaged: its content does not have "
            "its checksum; fit it again"
        )
    return found


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
