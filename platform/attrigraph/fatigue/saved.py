"""What was trained, as bytes."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph import archive
from attrigraph.errors import InputError
from attrigraph.fatigue.baselines.exponential import Exponential
from attrigraph.fatigue.calibration import Calibration
from attrigraph.fatigue.common import Common
from attrigraph.fatigue.conformal import Spread
from attrigraph.fatigue.snapshot import NEIGHBOUR_FEATURES, OWN_FEATURES
from attrigraph.fatigue.trained import TrainedFatigue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrigraph.fatigue.learning import FatigueModel

    Arrays = Mapping[str, Any]

FEATURES: Final = (*OWN_FEATURES, *NEIGHBOUR_FEATURES)


def to_bytes(trained: TrainedFatigue) -> bytes:
    """An archive of arrays without code; the same model gives the same forecasts to the bit."""
    common = {one.name: getattr(trained.common, one.name) for one in fields(Common)}
    common["channels"] = archive.text_array(trained.common.channels)
    common["people"] = archive.text_array(dict(trained.common.people))
    arrays = {f"common.{name}": np.asarray(value) for name, value in common.items()}
    if trained.calibration is not None:
        arrays |= _calibration_arrays(trained.calibration)
    head: dict[str, Any] = {"seed": trained.seed, "errors": trained.errors, "features": FEATURES}
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
    if tuple(head["features"]) != FEATURES:
        raise InputError(
            "the fatigue model was fitted on other features than this version computes; train it "
            "again with `attrigraph fatigue train`"
        )
    return TrainedFatigue(
        _model(head, arrays), _calibration(arrays), _common(arrays), head["seed"], head["errors"]
    )


def _model(head: Mapping[str, Any], arrays: Arrays) -> FatigueModel | Exponential:
    if "exponential" in head:
        return Exponential.from_json(head["exponential"])
    from attrigraph.fatigue.learning import FatigueModel

    return FatigueModel.from_bytes(arrays["network"].tobytes())


def _common(arrays: Arrays) -> Common:
    own = {one.name: arrays[f"common.{one.name}"] for one in fields(Common)}
    return Common(
        first_day=own["first_day"][()],
        channels=tuple(archive.text_of(own["channels"])),
        factor=own["factor"],
        rates=own["rates"],
        overall_rate=float(own["overall_rate"]),
        people=archive.text_of(own["people"]),
        spill_weight=float(own["spill_weight"]),
        slopes=own["slopes"],
    )


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
