"""The tables of Postgres as typed models; ``migrations/`` creates exactly these."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables; constraints have names that do not depend on the order of their creation."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        }
    )


class JobRun(Base):
    """One run of a job.

    Attributes:
        id: of the run; the Run node in the graph has the same.
        job: the job's name, such as ``attribute``.
        status: ``running``, ``done`` or ``failed``.
        parameters: of the run.
        started: when, UTC.
        finished: when, UTC; none while it runs.
        input_fingerprint: a hash of what it read; none until it has read it.
        summary: counts and totals when done, the error when failed.
        code_version: of attrigraph.
    """

    __tablename__ = "job_run"
    __table_args__ = (
        CheckConstraint("status IN ('running', 'done', 'failed')", name="status"),
        CheckConstraint("(status = 'running') = (finished IS NULL)", name="finished"),
        Index(None, "job", "started"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(String)
    status: Mapped[str] = mapped_column(String)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    started: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    finished: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    input_fingerprint: Mapped[str | None] = mapped_column(String)
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB)
    code_version: Mapped[str] = mapped_column(String)
