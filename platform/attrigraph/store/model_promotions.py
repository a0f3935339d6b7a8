"""Champions among fitted models: the last one of its kind that was promoted and not withdrawn."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import desc, func, insert, select, text, update

from attrigraph.store.engine import sql_errors
from attrigraph.store.models import ModelPromotion

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection, Engine

LOCK = text("LOCK TABLE model_promotion IN SHARE ROW EXCLUSIVE MODE")


def champion_of(engine: Engine, model: str) -> UUID | None:
    """Id of the champion of a kind; None if there is none."""
    with sql_errors(engine.url), engine.connect() as connection:
        return _champion(connection, model)


def was_champion(engine: Engine, artifact: UUID) -> bool:
    """Whether a model is or was a champion."""
    count = select(func.count()).where(ModelPromotion.artifact == artifact)
    with sql_errors(engine.url), engine.connect() as connection:
        return bool(connection.scalar(count))


def promote(engine: Engine, model: str, artifact: UUID, *, only_first: bool = False) -> bool:
    """Make a model the champion of its kind; whether it was another one before.

    Args:
        engine: of Postgres.
        model: kind of the model.
        artifact: id of the model.
        only_first: whether a champion that there is stays.
    """
    with sql_errors(engine.url), engine.begin() as connection:
        connection.execute(LOCK)
        champion = _champion(connection, model)
        if champion == artifact or (only_first and champion is not None):
            return False
        row = {"model": model, "artifact": artifact, "promoted": datetime.now(UTC)}
        connection.execute(insert(ModelPromotion).values(row))
    return True


def withdraw(engine: Engine, model: str, artifact: UUID) -> UUID | None:
    """Make the champion before a model the champion again, if the model is the champion.

    Args:
        engine: of Postgres.
        model: kind of the model.
        artifact: id of the model.

    Returns:
        The id of the champion afterwards; None if the model is the champion and was the first one,
        so that it stays.
    """
    with sql_errors(engine.url), engine.begin() as connection:
        connection.execute(LOCK)
        promoted = _promotions(connection, model)
        if not promoted or promoted[0][1] != artifact:
            return promoted[0][1] if promoted else None
        if len(promoted) == 1:
            return None
        (number, _), (_, former) = promoted[:2]
        withdrawn = update(ModelPromotion).where(ModelPromotion.number == number)
        connection.execute(withdrawn.values(withdrawn=datetime.now(UTC)))
        return former


def _champion(connection: Connection, model: str) -> UUID | None:
    return next((artifact for _, artifact in _promotions(connection, model)), None)


def _promotions(connection: Connection, model: str) -> list[tuple[int, UUID]]:
    """The promotions of a kind that were not withdrawn, newest first; neighbours differ."""
    rows = select(ModelPromotion.number, ModelPromotion.artifact).where(
        ModelPromotion.model == model, ModelPromotion.withdrawn.is_(None)
    )
    found = connection.execute(rows.order_by(desc(ModelPromotion.number)))
    return [(row.number, row.artifact) for row in found]
