"""Fitting the graph network on a history, and its forecasts; needs the extra ``gnn``."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from attrigraph import archive
from attrigraph.errors import ConvergenceError, InputError, MissingExtraError
from attrigraph.fatigue.baselines.exponential import Exponential
from attrigraph.fatigue.split import FIT, STOP
from attrigraph.fatigue.targets import targets_of

_EXTRA_PACKAGES: Final = ("jaxtyping", "torch", "torch_geometric")

try:
    with warnings.catch_warnings():
        # torch-geometric calls a function that torch has deprecated; users cannot act on that
        warnings.filterwarnings("ignore", message=".*torch.jit.script.*")
        from gnn.errors import NotConvergedError
        from gnn.fatigue.graphs import UnitColumns
        from gnn.fatigue.model import FatigueNetwork, FatigueSizes
        from gnn.fatigue.prediction import Predicted, load_network, predict, state_of
        from gnn.fatigue.sampler import neighbourhood
        from gnn.fatigue.training import FatigueTraining, Observed, fit_fatigue
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in _EXTRA_PACKAGES:
        raise
    raise MissingExtraError(
        "the fatigue model needs PyTorch: pip install 'attrigraph[gnn]'"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from attrigraph.fatigue.baselines.baseline import Example
    from attrigraph.fatigue.history import FatigueHistory
    from attrigraph.fatigue.panel import Panel
    from attrigraph.fatigue.snapshot import Snapshot

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

ELEMENT_WIDTH: Final = 64
"""Principal directions of elements that the network reads."""

AGES: Final = (2, 40)
"""First and last age in days of the units that are fitted."""

EDGE_FEATURES: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class FatigueModel:
    """A fitted network with what it needs to read a snapshot.

    Attributes:
        network: gives curves.
        directions: principal directions of each kind of element ``[kinds, dimension, width]``.
        channels: names that the network knows.
        kinds: of elements.
        base: gives the curves that the network corrects.
        uses_graph: whether pairs of similar units and sums over them are read.
    """

    network: FatigueNetwork
    directions: NDArray[np.float32]
    channels: tuple[str, ...]
    kinds: tuple[str, ...]
    base: Exponential
    uses_graph: bool

    def forecast(self, panel: Panel, snapshot: Snapshot, rows: Integers | None = None) -> Predicted:
        """Curves of the units of a snapshot, or of some rows of it.

        Raises:
            InputError: elements have other kinds or vectors of another length than those that the
                network was fitted on.
        """
        columns = self.columns(panel, snapshot)
        if rows is None:
            return predict(self.network, columns)
        around, _ = neighbourhood(columns, rows, hops=self.network.sizes.rounds)
        return predict(self.network, around, len(rows))

    def columns(self, panel: Panel, snapshot: Snapshot) -> UnitColumns:
        """A snapshot as the network reads it.

        Raises:
            InputError: elements have other kinds or vectors of another length than those that the
                network was fitted on.
        """
        history = panel.history
        read = (history.genomes.kinds, history.genomes.vectors.shape[2])
        fitted = (self.kinds, self.directions.shape[1])
        if read != fitted:
            raise InputError(
                f"the model was fitted on elements {_described(*fitted)}, and the graph now has "
                f"{_described(*read)}; train it again with `attrigraph fatigue train`"
            )
        known = {name: number + 1 for number, name in enumerate(self.channels)}
        numbers = np.array([known.get(name, 0) for name in history.channels], np.int64)
        return columns_of(
            panel, snapshot, self.directions, numbers, self.base, uses_graph=self.uses_graph
        )

    def to_bytes(self) -> bytes:
        """An archive of arrays; the same model gives the same forecasts to the bit."""
        head = {
            "sizes": asdict(self.network.sizes),
            "channels": self.channels,
            "kinds": self.kinds,
            "uses_graph": self.uses_graph,
            "base": asdict(self.base),
        }
        arrays = {f"network.{name}": array for name, array in state_of(self.network).items()}
        text = archive.text_array(head)
        return archive.to_bytes({"head": text, "directions": self.directions, **arrays})

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """What ``to_bytes`` has written."""
        arrays = archive.from_bytes(content)
        head: dict[str, Any] = archive.text_of(arrays["head"])
        state = {
            name.removeprefix("network."): array
            for name, array in arrays.items()
            if name.startswith("network.")
        }
        network = load_network(FatigueSizes(**head["sizes"]), state)
        kinds, channels = tuple(head["kinds"]), tuple(head["channels"])
        base = Exponential.from_json(head["base"])
        return cls(network, arrays["directions"], channels, kinds, base, head["uses_graph"])


@dataclass(frozen=True, slots=True)
class LearningSettings:
    """How the network is fitted.

    Attributes:
        seed: of start values and order.
        epochs: at most.
        uses_graph: False for the head without a graph.
        progress: told of the epochs that are done.
    """

    seed: int = 0
    epochs: int = 60
    uses_graph: bool = True
    progress: Callable[[int, int], None] | None = None


def fit_model(
    panel: Panel,
    examples: Sequence[Example],
    part: Integers,
    base: Exponential,
    settings: LearningSettings | None = None,
) -> FatigueModel:
    """Fit a network on what happened after some days.

    Args:
        panel: of the whole history.
        examples: earlier days.
        part: of each campaign, see ``split_campaigns``; clicks of ``FIT`` are fitted, those of
            ``STOP`` end the fit.
        base: gives the curves that the network corrects.
        settings: of the fit.

    Raises:
        ConvergenceError: the loss became non-finite.
    """
    settings = settings or LearningSettings()
    history = panel.history
    directions = principal_directions(history, part)
    numbers = np.arange(1, len(history.channels) + 1)
    data = [
        (
            columns_of(
                one.panel, one.snapshot, directions, numbers, base, uses_graph=settings.uses_graph
            ),
            _observed(panel, one.panel.history.days - 1, one.snapshot, part),
        )
        for one in examples
    ]
    first, _ = data[0]
    sizes = FatigueSizes(
        features=first.features.shape[1],
        channels=len(history.channels),
        summed=first.summed.shape[1],
        kinds=len(directions),
        width_of_elements=directions.shape[2],
        edges=EDGE_FEATURES,
        rounds=2 if settings.uses_graph else 0,
    )
    try:
        training = FatigueTraining(seed=settings.seed, epochs=settings.epochs)
        network, _ = fit_fatigue(data, sizes, training, settings.progress)
    except NotConvergedError as error:
        raise ConvergenceError(f"the fatigue model did not converge: {error}") from error
    return FatigueModel(
        network,
        directions,
        history.channels,
        history.genomes.kinds,
        base,
        settings.uses_graph,
    )


def _described(kinds: Sequence[str], length: int) -> str:
    return f"{', '.join(kinds)} with vectors of length {length}"


def principal_directions(history: FatigueHistory, part: Integers) -> NDArray[np.float32]:
    """Principal directions of each kind of element of fitted campaigns, of a mean variance of 1.

    A kind without elements has directions of 0.
    """
    vectors = history.genomes.vectors[part[history.campaign] == FIT].astype(np.float64)
    width = min(ELEMENT_WIDTH, vectors.shape[2])
    directions = np.zeros((vectors.shape[1], vectors.shape[2], width), np.float32)
    for kind in range(vectors.shape[1]):
        rows = np.unique(vectors[:, kind], axis=0)
        rows = rows[rows.any(axis=1)]
        if len(rows):
            values, found = np.linalg.eigh(rows.T @ rows / len(rows))
            directions[kind] = found[:, -width:] / np.sqrt(values[-width:].mean())
    return directions


def columns_of(
    panel: Panel,
    snapshot: Snapshot,
    directions: NDArray[np.float32],
    channel_numbers: Integers,
    base: Exponential,
    *,
    uses_graph: bool,
) -> UnitColumns:
    """A snapshot as the network reads it."""
    history, units = panel.history, snapshot.units
    creative = history.creative[units]
    vectors = history.genomes.vectors
    # of each creative once, and without a copy of the vectors
    elements = np.stack(
        [(vectors[:, kind] @ own)[creative] for kind, own in enumerate(directions)], axis=1
    )
    columns = UnitColumns(
        features=snapshot.own.astype(np.float32),
        summed=snapshot.neighbour.astype(np.float32),
        elements=elements,
        groups=np.stack([history.campaign_of_unit[units], history.audience[units]], axis=1),
        channel=channel_numbers[history.channel[units]],
        source=snapshot.source,
        target=snapshot.target,
        edge=snapshot.edge.astype(np.float32),
        log_peak=snapshot.log_peak.astype(np.float32),
        log_ratio=base.curves(snapshot, panel).astype(np.float32),
    )
    if uses_graph:
        return columns
    none = slice(0, 0)
    return replace(
        columns,
        summed=columns.summed[:, none],
        source=columns.source[none],
        target=columns.target[none],
        edge=columns.edge[none],
    )


def _observed(panel: Panel, day: int, snapshot: Snapshot, part: Integers) -> Observed:
    units = snapshot.units
    targets = targets_of(panel, units, day)
    age = day - panel.launch[units]
    campaign = panel.history.campaign_of_unit[units]
    of_age = (age >= AGES[0]) & (age <= AGES[1])

    def counts(column: int, ahead: Floats) -> NDArray[np.float32]:
        around = [targets.early[:, column], targets.recent[:, column]]
        return np.column_stack([*around, ahead]).astype(np.float32)

    return Observed(
        counts(0, targets.impressions),
        counts(1, targets.clicks),
        fit=of_age & (part[campaign] == FIT),
        stop=of_age & (part[campaign] == STOP),
    )
