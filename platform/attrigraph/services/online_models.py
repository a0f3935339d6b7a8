"""Online models whose state and predictions are in Postgres, shared by all workers.

One transaction predicts, or learns from any number of feedbacks. A worker that is killed leaves
what the last transaction left: predictions that were not learnt from wait on.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrigraph.adaptation.online import Outcome
from attrigraph.adaptation.trajectories import CAPACITY
from attrigraph.archive import from_bytes, to_bytes
from attrigraph.store.adapter_state import hold_adapter, read_adapter, write_adapter
from attrigraph.store.engine import sql_errors
from attrigraph.store.trajectories import PostgresTrajectories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from attrigraph.adaptation.online import OnlineModel
    from attrigraph.store.adapter_state import KeptAdapter

    Make = Callable[[PostgresTrajectories], OnlineModel]


@contextmanager
def predicting_model(
    engine: Engine, name: str, make: Make, *, capacity: int = CAPACITY
) -> Iterator[OnlineModel]:
    """The model of a name as it was left last, to predict; what it predicts is kept at the end.

    Args:
        engine: of Postgres.
        name: of the adapter.
        make: a new model over a store of predictions.
        capacity: predictions that may wait.

    Raises:
        InputError: the model that was kept is of another kind or size.
    """
    with sql_errors(engine.url), engine.begin() as connection:
        store = PostgresTrajectories(connection, name, capacity=capacity)
        yield _restored(make(store), read_adapter(connection, name))


@contextmanager
def learning_model(engine: Engine, name: str, make: Make) -> Iterator[OnlineModel]:
    """The model of a name, to learn; other workers that want to learn wait until the end.

    Args:
        engine: of Postgres.
        name: of the adapter.
        make: a new model over a store of predictions.

    Raises:
        InputError: the model that was kept is of another kind or size.
    """
    with sql_errors(engine.url), engine.begin() as connection:
        kept = hold_adapter(connection, name)
        model = _restored(make(PostgresTrajectories(connection, name)), kept)
        yield model
        outcomes = {outcome.name: count for outcome, count in model.outcomes.items()}
        write_adapter(connection, name, to_bytes(model.state()), outcomes)


def _restored(model: OnlineModel, kept: KeptAdapter) -> OnlineModel:
    if kept.state is not None:
        model.load_state(from_bytes(kept.state))
    model.outcomes = Counter({Outcome[outcome]: n for outcome, n in kept.outcomes.items()})
    return model
