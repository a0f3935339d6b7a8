"""What was trained, as bytes."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph import archive
from attrigraph.errors import InputError
from attrigraph.fatigue.baselines.exponential import Exponential
from attrigraph.fatigue.calibration import Calibration
from attrigraph.fatigue.conformal import Spread
from attrigraph.fatigue.snapshot import NEIGHBOUR_FEATURES, OWN_FEATURES
from attrigraph.fatigue.trained import TrainedFatigue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrigraph.fatigue.learning import FatigueModel

    Arrays = Mapping[str, Any]

FORMAT: Final = 3
"""Of the archive; one of another format has to be trained again."""

FEATURES: Final = (*OWN_FEATURES, *NEIGHBOUR_FEATURES)


def to_bytes(trained: TrainedFatigue) -> bytes:
    """An archive of arrays without code; the same model gives the same forecasts to the bit."""
    arrays: dict[str, Any] = {}
    if trained.calibration is not None:
        arrays |= _calibration_arrays(trained.calibration)
    head: dict[str, Any] = {
        "format": FORMAT,
        "features": FEATURES,
        "method": trained.method,
        "few_campaigns": trained.few_campaigns,
        "seed": trained.seed,
        "errors": trained.errors,
    }
    if isinstance(trained.model, Exponential):
        head["exponential"] = asdict(trained.model)
    else:
        arrays["network"] = np.frombuffer(trained.model.to_bytes(), np.uint8)
    return archive.to_bytes({"head": archive.text_array(head), **arrays}, compressed=True)


def from_bytes(content: bytes) -> TrainedFatigue:
    """What ``to_bytes`` has written.

    Raises:
        InputError: it was fitted on other features than are computed now.
        MissingExtraError: it is a network, and the extra ``gnn`` is not installed.
    """
    arrays = archive.from_bytes(content)
    head = archive.text_of(arrays["head"])
    if tuple(head["features"]) != FEATURES or head.get("format") != FORMAT:
        raise InputError(
            "the fatigue model was fitted on other features than this version computes; train it "
            "again with `attrigraph fatigue train`"
        )
    return TrainedFatigue(
        head["method"],
        _model(head, arrays),
        _calibration(arrays),
        few_campaigns=head["few_campaigns"],
        seed=head["seed"],
        errors=head["errors"],
    )


def _model(head: Mapping[str, Any], arrays: Arrays) -> FatigueModel | Exponential:
    if "exponential" in head:
        return Exponential.from_json(head["exponential"])
    from attrigraph.fatigue.learning import FatigueModel

    return FatigueModel.from_bytes(arrays["network"].tobytes())


def _calibration_arrays(calibration: Calibration) -> dict[str, Any]:
    own = {one.name: getattr(calibration, one.name) for one in fields(Calibration)}
    spread = own.pop("spread")
    own |= {"knots": spread.knots, "error": spread.error}
    return {f"calibration.{name}": np.asarray(value) for name, value in own.items()}


def _calibration(arrays: Arrays) -> Calibration | None:
    start = "calibration."
    own = {name.removeprefix(start): arrays[name] for name in arrays if name.startswith(start)}
    if not own:
        return None
    spread = Spread(own.pop("knots"), own.pop("error"))
    plain = {name: value if value.ndim else value.item() for name, value in own.items()}
    return Calibration(spread=spread, **plain)
