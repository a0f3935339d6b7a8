"""Parameters of an attribution run: everything that decides its scores, typed and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions, TouchLookback
from attrigraph.attribution.observed.subset import Condition
from attrigraph.domain import Experiment, SegmentSizes

if TYPE_CHECKING:
    from collections.abc import Mapping

JOB: Final = "attribute"
"""The name of attribution in the graph and the job history."""


@dataclass(frozen=True, slots=True)
class RunParameters:
    """The parameters of an attribution run, of which all levels are written.

    Attributes:
        models: names of the models, in the order requested.
        touch_model: the model that credits single touches; None for none.
        journeys: what counts as a journey.
        model_options: options of the models.
        experiments: measured lifts that calibrate causal models.
        allow_old_experiments: whether experiments outside the dates of the data are used.
        currency: code of the currency of its amounts; None for that of the spend.
        spend: fingerprint of the spend and the rates; None without spend.
        segments: the attribute of customers by whose values credit is stored; None for none.
        artefacts: ids of the fits whose parameters were applied, by model.
    """

    models: tuple[str, ...]
    touch_model: str | None = None
    journeys: JourneyOptions = field(default_factory=JourneyOptions)
    model_options: ModelOptions = field(default_factory=ModelOptions)
    experiments: tuple[Experiment, ...] = ()
    allow_old_experiments: bool = False
    currency: str | None = None
    spend: str | None = None
    segments: str | None = None
    artefacts: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """JSON values, equal for equal parameters."""
        return {
            "models": list(self.models),
            "touch_model": self.touch_model,
            "journeys": options_json(self.journeys),
            "model_options": options_json(self.model_options),
            "experiments": [one.to_json() for one in self.experiments],
            "allow_old_experiments": self.allow_old_experiments,
            "currency": self.currency,
            "spend": self.spend,
            **({} if self.segments is None else {"segments": self.segments}),
            **({"artefacts": dict(self.artefacts)} if self.artefacts else {}),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> RunParameters:
        """Parameters as ``to_json`` or version 0.1.0 stored them.

        In version 0.1.0 ``model_options`` had another key, and experiments were a hash only; in
        version 0.2.0 they were lift tests of channels.
        """
        options = stored["model_options"] if "model_options" in stored else stored["told"]
        return cls(
            models=tuple(stored["models"]),
            touch_model=stored["touch_model"],
            journeys=JourneyOptions(**_option_values(JourneyOptions, stored["journeys"])),
            model_options=ModelOptions(**_option_values(ModelOptions, options)),
            experiments=tuple(
                Experiment.from_json(one)
                for one in stored.get("experiments", stored.get("lift_tests", ()))
            ),
            allow_old_experiments=stored.get("allow_old_experiments", False),
            currency=stored.get("currency"),
            spend=stored.get("spend"),
            segments=stored.get("segments"),
            artefacts=stored.get("artefacts", {}),
        )


def options_json(options: JourneyOptions | ModelOptions) -> dict[str, Any]:
    """Options as JSON values."""
    return {one.name: _value_json(getattr(options, one.name)) for one in fields(options)}


def _value_json(value: object) -> object:
    if isinstance(value, SegmentSizes):
        return value.to_json()
    if isinstance(value, TouchLookback | Condition):
        return asdict(value)
    return [_value_json(one) for one in value] if isinstance(value, tuple) else value


def _option_values(
    form: type[JourneyOptions | ModelOptions], stored: Mapping[str, Any]
) -> dict[str, Any]:
    """Values of the fields that this version has; lists were tuples."""
    names = {one.name for one in fields(form)}
    return {name: _value_of(value) for name, value in stored.items() if name in names}


def _value_of(stored: object) -> object:
    if isinstance(stored, list):
        return tuple(map(_value_of, stored))
    if not isinstance(stored, dict):
        return stored
    for form in (TouchLookback, Condition):
        if stored.keys() == {one.name for one in fields(form)}:
            return form(**stored)
    return SegmentSizes.from_json(stored)
