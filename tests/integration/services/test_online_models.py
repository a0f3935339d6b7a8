"""Models that learn in Postgres: restarts, workers, and feedback that is late, lost or wrong."""

from __future__ import annotations

import multiprocessing
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy import create_engine

from attrigraph.adaptation.losses import PoissonLoss
from attrigraph.adaptation.low_rank import LowRank
from attrigraph.adaptation.online import OnlineModel, Outcome
from attrigraph.adaptation.trajectories import EXPIRY_SECONDS, MemoryTrajectories
from attrigraph.archive import to_bytes
from attrigraph.errors import InputError
from attrigraph.services.online_models import learning_model, predicting_model
from attrigraph.store.trajectories import PostgresTrajectories

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from attrigraph.adaptation.losses import Floats
    from attrigraph.adaptation.trajectories import TrajectoryStore
    from attrigraph.stores import Stores

X, FROZEN, OBSERVED = np.arange(1.0, 5.0), np.array([0.5, -0.5]), np.array([2.0, 1.0])


def make(store: TrajectoryStore) -> OnlineModel:
    return OnlineModel(LowRank(2, 4), PoissonLoss(), store)


@pytest.fixture
def name() -> str:
    return f"adapter {uuid4()}"


def predict(engine: Engine, name: str, n: int, *, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    with predicting_model(engine, name, make) as model:
        return [model.predict(rng.normal(size=4), FROZEN, at=0)[1] for _ in range(n)]


def counts(n: int, *, seed: int = 0) -> list[Floats]:
    return list(np.random.default_rng(seed).poisson(2.0, (n, 2)).astype(float))


def learn(engine: Engine, name: str, ids: list[str], *, seed: int = 0) -> None:
    """One transaction per feedback, as workers do."""
    for each, observed in zip(ids, counts(len(ids), seed=seed), strict=True):
        with learning_model(engine, name, make) as model:
            model.feedback(each, observed, at=1, weight=0.5, offset=0.25)


def state(engine: Engine, name: str) -> bytes:
    with predicting_model(engine, name, make) as model:
        return to_bytes(model.state())


@contextmanager
def store(engine: Engine, name: str, *, capacity: int) -> Iterator[PostgresTrajectories]:
    with engine.begin() as connection:
        yield PostgresTrajectories(connection, name, capacity=capacity)


def test_a_model_of_each_transaction_is_that_of_one_process_to_the_bit(
    stores: Stores, name: str
) -> None:
    ids = predict(stores.engine, name, 20)
    learn(stores.engine, name, ids)
    memory, rng = make(MemoryTrajectories()), np.random.default_rng(0)
    made = [memory.predict(rng.normal(size=4), FROZEN, at=0)[1] for _ in range(20)]
    for each, observed in zip(made, counts(20), strict=True):
        memory.feedback(each, observed, at=1, weight=0.5, offset=0.25)
    assert state(stores.engine, name) == to_bytes(memory.state())
    with predicting_model(stores.engine, name, make) as model:
        assert model.outcomes == memory.outcomes
        np.testing.assert_array_equal(
            model.predict(X, FROZEN, at=2)[0], memory.predict(X, FROZEN, at=2)[0]
        )


def replayed(engine: Engine, name: str) -> bytes:
    """The state that the log gives, feedback for feedback."""
    memory = make(MemoryTrajectories())
    with store(engine, name, capacity=100) as logged:
        for made, seen in logged.recent():
            memory.store.add(made)
            memory.feedback(made.id, seen.observed, at=1, weight=seen.weight, offset=seen.offset)
    return to_bytes(memory.state())


def worker(url: str, name: str, ids: list[str], seed: int) -> None:
    learn(create_engine(url), name, ids, seed=seed)


def test_two_processes_learn_at_the_same_time_and_lose_nothing(stores: Stores, name: str) -> None:
    ids = predict(stores.engine, name, 60)
    url = stores.engine.url.render_as_string(hide_password=False)
    spawn = multiprocessing.get_context("spawn")
    # the last ten are answered by both
    parts = [ids[:25] + ids[50:], ids[25:]]
    workers = [
        spawn.Process(target=worker, args=(url, name, part, seed))
        for seed, part in enumerate(parts)
    ]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert [each.exitcode for each in workers] == [0, 0]
    with predicting_model(stores.engine, name, make) as model:
        outcomes = model.outcomes
        assert model.guard.state[3] == 60
    assert outcomes[Outcome.LEARNT] + outcomes[Outcome.BOUNDARY] == 60
    assert outcomes[Outcome.DUPLICATE] == 10
    assert state(stores.engine, name) == replayed(stores.engine, name)


def test_what_fails_on_the_way_leaves_the_prediction_and_the_state(
    stores: Stores, name: str
) -> None:
    ids = predict(stores.engine, name, 2)
    learn(stores.engine, name, ids[:1])
    before = state(stores.engine, name)
    with suppress(KeyboardInterrupt), learning_model(stores.engine, name, make) as model:
        assert model.feedback(ids[1], OBSERVED, at=1) is Outcome.LEARNT
        raise KeyboardInterrupt
    assert state(stores.engine, name) == before
    with learning_model(stores.engine, name, make) as model:
        assert model.feedback(ids[1], OBSERVED, at=1) is Outcome.LEARNT


def test_late_duplicate_and_unknown_feedback_is_named(stores: Stores, name: str) -> None:
    ids = predict(stores.engine, name, 2)
    with learning_model(stores.engine, name, make) as model:
        assert model.feedback(ids[0], OBSERVED, at=EXPIRY_SECONDS) is Outcome.LEARNT
        assert model.feedback(ids[0], OBSERVED, at=1) is Outcome.DUPLICATE
        assert model.feedback(ids[1], OBSERVED, at=EXPIRY_SECONDS + 1) is Outcome.EXPIRED
        assert model.feedback(ids[1], OBSERVED, at=1) is Outcome.EXPIRED
        assert model.feedback("x", OBSERVED, at=1) is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "observed", [np.array([np.nan, 1.0]), np.array([np.inf, 1.0]), np.array([-1.0, 1.0])]
)
def test_invalid_feedback_changes_nothing_and_may_be_sent_again(
    observed: Floats, stores: Stores, name: str
) -> None:
    (one,) = predict(stores.engine, name, 1)
    before = state(stores.engine, name)
    with learning_model(stores.engine, name, make) as model:
        assert model.feedback(one, observed, at=1) is Outcome.INVALID
        model.accepts_updates = False
        assert model.feedback(one, OBSERVED, at=1) is Outcome.FROZEN
    assert state(stores.engine, name) == before
    with learning_model(stores.engine, name, make) as model:
        assert model.outcomes == {Outcome.INVALID: 1, Outcome.FROZEN: 1}
        assert model.feedback(one, OBSERVED, at=1) is Outcome.LEARNT


def test_predictions_whose_feedback_is_lost_expire_and_the_oldest_are_dropped(
    stores: Stores, name: str
) -> None:
    predict(stores.engine, name, 1)
    with store(stores.engine, name, capacity=2) as kept:
        assert kept.expire(at=EXPIRY_SECONDS) == 0
        assert kept.expire(at=EXPIRY_SECONDS + 1) == 1
        assert kept.waiting() == []
    with store(stores.engine, name, capacity=2) as kept:
        model = make(kept)
        for at in (3.0, 1.0, 2.0):
            model.predict(X, FROZEN, at=at, id_=f"at {at}", propensity=0.5, context=X)
        assert [each.id for each in kept.waiting()] == ["at 2.0", "at 3.0"]
        assert model.feedback("at 1.0", OBSERVED, at=4) is Outcome.DROPPED
        oldest = kept.waiting()[0]
        assert oldest.propensity == 0.5
        np.testing.assert_array_equal(oldest.context, X)


def test_an_id_is_given_once_and_what_is_gone_is_forgotten_at_last(
    stores: Stores, name: str
) -> None:
    predict(stores.engine, name, 1)
    with store(stores.engine, name, capacity=1) as kept:
        model = make(kept)
        for each in "abcd":
            model.predict(X, FROZEN, at=ord(each), id_=each)
        assert model.feedback("a", OBSERVED, at=1) is Outcome.UNKNOWN
        assert model.feedback("c", OBSERVED, at=1) is Outcome.DROPPED
    with (
        pytest.raises(InputError, match="'d' was added before"),
        store(stores.engine, name, capacity=1) as kept,
    ):
        make(kept).predict(X, FROZEN, at=1, id_="d")


def test_a_model_of_another_size_is_refused(stores: Stores, name: str) -> None:
    learn(stores.engine, name, predict(stores.engine, name, 1))
    with (
        pytest.raises(InputError, match="of the same kind and size"),
        predicting_model(
            stores.engine, name, lambda kept: OnlineModel(LowRank(2, 5), PoissonLoss(), kept)
        ),
    ):
        pass
