"""The tables of Postgres as typed models; ``migrations/`` creates exactly these."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pgvector import HalfVector
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    String,
    UniqueConstraint,
)
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
        window: the window of which it is an attempt; none for records that services keep.
    """

    __tablename__ = "job_run"
    __table_args__ = (
        CheckConstraint("status IN ('running', 'done', 'failed')", name="status"),
        CheckConstraint("(status = 'running') = (finished IS NULL)", name="finished"),
        Index(None, "job", "started"),
        Index(None, "window"),
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
    window: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("job_window.id", ondelete="CASCADE")
    )


class ScheduledJob(Base):
    """A job that a schedule has named.

    Attributes:
        name: of the job.
        since: when a schedule named it first, UTC; periods that were due before are not owed.
        paused: whether no window of it is begun.
    """

    __tablename__ = "scheduled_job"

    name: Mapped[str] = mapped_column(String, primary_key=True)
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    paused: Mapped[bool] = mapped_column(Boolean)


class JobWindow(Base):
    """A period for which a job runs; its attempts are rows of ``job_run``.

    Attributes:
        id: of the window.
        job: the job's name.
        start: of the period, UTC.
        end: of the period, excluded; the start for jobs without a window.
        state: ``due``, ``running``, ``done``, ``unchanged`` (nothing to do), ``skipped`` (missed
            and not caught up) or ``failed`` (after the last retry).
        due_at: when it became due, UTC.
        not_before: when the next attempt may begin, UTC.
        attempts: that have begun.
        failures: attempts that failed; those whose worker died or stopped are none.
        requested: whether someone named it, so that a newer window does not replace it.
        token: counts the claims; a worker with an older one has lost the window.
        owner: the worker that runs it.
        heartbeat: when its worker was heard of last, UTC.
        lease_until: until when it is the worker's, UTC.
        finished: when it ended last, UTC.
        basis: a hash of all that the result follows from.
        result: a hash of the result's content.
        reason: why it failed, or was skipped.
    """

    __tablename__ = "job_window"
    __table_args__ = (
        UniqueConstraint("job", "start", "end"),
        CheckConstraint(
            "state IN ('due', 'running', 'done', 'unchanged', 'skipped', 'failed')", name="state"
        ),
        CheckConstraint("(state = 'running') = (owner IS NOT NULL)", name="owner"),
        CheckConstraint('start <= "end"', name="end"),
        Index(None, "state"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    job: Mapped[str] = mapped_column(String)
    start: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    end: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    state: Mapped[str] = mapped_column(String)
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    not_before: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    requested: Mapped[bool] = mapped_column(Boolean, default=False)
    token: Mapped[int] = mapped_column(BigInteger, default=0)
    owner: Mapped[str | None] = mapped_column(String)
    heartbeat: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    finished: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    basis: Mapped[str | None] = mapped_column(String)
    result: Mapped[str | None] = mapped_column(String)
    reason: Mapped[str | None] = mapped_column(String)


class FileWatermark(Base):
    """A file that a job has loaded, as it was then.

    Attributes:
        job: the job's name.
        path: of the file, absolute.
        size: bytes.
        modified_ns: when it was changed last, nanoseconds since 1970.
        loaded: when the load ended, UTC.
    """

    __tablename__ = "file_watermark"

    job: Mapped[str] = mapped_column(String, primary_key=True)
    path: Mapped[str] = mapped_column(String, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    modified_ns: Mapped[int] = mapped_column(BigInteger)
    loaded: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Collection(Base):
    """Vectors that may be compared: of one kind, dimension, metric and version of an embedder.

    Attributes:
        id: of the collection, also in the name of its index.
        name: by which it is asked for; a name is never that of an alias.
        kind: what the keys are, such as ``campaign``.
        dimension: of every vector.
        metric: ``cosine``, ``l2``, ``inner_product`` or ``hyperbolic``.
        embedder: that made the vectors.
        embedder_version: changes whenever its vectors would.
        version: counts the writes; what is read at one version is what later reads at it give.
        fields: type of each field that metadata have: ``text``, ``number`` or ``boolean``.
        created: when, UTC.
        ef_search: candidates that a search in its index keeps; 0 where all vectors are compared,
            none where it was not measured.
        ef_search_rows: vectors that it had when that was measured.
    """

    __tablename__ = "collection"
    __table_args__ = (
        UniqueConstraint("name"),
        CheckConstraint("dimension BETWEEN 1 AND 4000", name="dimension"),
        CheckConstraint("metric IN ('cosine', 'l2', 'inner_product', 'hyperbolic')", name="metric"),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(String)
    kind: Mapped[str] = mapped_column(String)
    dimension: Mapped[int] = mapped_column(Integer)
    metric: Mapped[str] = mapped_column(String)
    embedder: Mapped[str] = mapped_column(String)
    embedder_version: Mapped[str] = mapped_column(String)
    version: Mapped[int] = mapped_column(BigInteger)
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ef_search: Mapped[int | None] = mapped_column(Integer)
    ef_search_rows: Mapped[int | None] = mapped_column(Integer)


class CollectionAlias(Base):
    """Another name of a collection, which can be given to another one in one step."""

    __tablename__ = "collection_alias"
    __table_args__ = (Index(None, "collection"),)

    name: Mapped[str] = mapped_column(String, primary_key=True)
    collection: Mapped[int] = mapped_column(
        Integer, ForeignKey("collection.id", ondelete="CASCADE")
    )


class Embedding(Base):
    """One vector.

    Attributes:
        collection: whose it is.
        key: of what it stands for, such as a campaign's id.
        vector: of the collection's dimension, in 16-bit floats.
        metadata_: by field, for filters.
        content_hash: of what it was made of; none where the caller gave the vector.
    """

    __tablename__ = "embedding"
    __table_args__ = (
        Index(
            "ix_embedding_metadata",
            "metadata",
            postgresql_using="gin",
            postgresql_ops={"metadata": "jsonb_path_ops"},
        ),
    )

    collection: Mapped[int] = mapped_column(
        Integer, ForeignKey("collection.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String, primary_key=True)
    vector: Mapped[HalfVector] = mapped_column(HALFVEC)
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB)
    content_hash: Mapped[str | None] = mapped_column(String)


class ModelArtifact(Base):
    """A fitted model; a row never changes.

    Attributes:
        id: of the model.
        model: its kind, such as ``hierarchy``.
        created: when, UTC.
        code_version: of attrigraph.
        input_fingerprint: a hash of what it was fitted on.
        settings: with which it was fitted.
        metrics: what was measured of it.
        content: its parameters, in a form of the kind's own.
        checksum: SHA-256 of the content.
    """

    __tablename__ = "model_artifact"
    __table_args__ = (Index(None, "model", "created"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(String)
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    code_version: Mapped[str] = mapped_column(String)
    input_fingerprint: Mapped[str] = mapped_column(String)
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB)
    metrics: Mapped[dict[str, Any]] = mapped_column(JSONB)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    checksum: Mapped[str] = mapped_column(String)


class ModelPromotion(Base):
    """A fitted model that became the champion of its kind.

    Attributes:
        number: ascending; the champion is the model of the last one that was not withdrawn.
        model: kind of the model.
        artifact: id of the model.
        promoted: when, UTC.
        withdrawn: when it was rolled back, UTC; none if it was not.
    """

    __tablename__ = "model_promotion"
    __table_args__ = (Index(None, "model"), Index(None, "artifact"))

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    model: Mapped[str] = mapped_column(String)
    artifact: Mapped[UUID] = mapped_column(ForeignKey("model_artifact.id", ondelete="CASCADE"))
    promoted: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    withdrawn: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class AdapterState(Base):
    """What corrects the predictions of one frozen model, and learns from feedback.

    Attributes:
        name: of the adapter, such as ``conversion rates by channel``.
        state: all that was learnt, as an archive of arrays; none until it learns.
        version: counts the writes.
        outcomes: number of feedbacks by what became of them.
        updated: when it was written last, UTC.
    """

    __tablename__ = "adapter"

    name: Mapped[str] = mapped_column(String, primary_key=True)
    state: Mapped[bytes | None] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(BigInteger)
    outcomes: Mapped[dict[str, int]] = mapped_column(JSONB)
    updated: Mapped[datetime] = mapped_column(DateTime(timezone=True))


FEEDBACK_NUMBERS = Sequence("trajectory_feedback", metadata=Base.metadata)
"""In which order feedback was learnt."""


class LoggedPrediction(Base):
    """A prediction that waits for feedback, or has had it; arrays are 64-bit floats.

    Attributes:
        adapter: which corrected it.
        id: of the prediction, unique for the adapter.
        status: ``waiting``, ``answered``, ``expired`` or ``dropped``.
        at: seconds since 1970.
        x: features.
        frozen: scores of the frozen model.
        served: the prediction.
        propensity: probability of the decision, if it was one.
        context: embedding of the context, if it has one.
        feedback: number of the feedback, ascending in the order of learning.
        observed: of the feedback.
        observed_at: when it came, seconds since 1970.
        weight: of the gradient.
        score_offset: added to the frozen scores, one number or one per output.
    """

    __tablename__ = "trajectory"
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'answered', 'expired', 'dropped')", name="status"),
        CheckConstraint("(status = 'answered') = (feedback IS NOT NULL)", name="feedback"),
        Index(None, "adapter", "status", "at"),
    )

    adapter: Mapped[str] = mapped_column(
        String, ForeignKey("adapter.name", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[str] = mapped_column(String, primary_key=True)
    status: Mapped[str] = mapped_column(String)
    at: Mapped[float] = mapped_column(Double)
    x: Mapped[bytes] = mapped_column(LargeBinary)
    frozen: Mapped[bytes] = mapped_column(LargeBinary)
    served: Mapped[bytes] = mapped_column(LargeBinary)
    propensity: Mapped[float | None] = mapped_column(Double)
    context: Mapped[bytes | None] = mapped_column(LargeBinary)
    feedback: Mapped[int | None] = mapped_column(BigInteger)
    observed: Mapped[bytes | None] = mapped_column(LargeBinary)
    observed_at: Mapped[float | None] = mapped_column(Double)
    weight: Mapped[float | None] = mapped_column(Double)
    score_offset: Mapped[bytes | None] = mapped_column(LargeBinary)
