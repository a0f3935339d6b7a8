"""Whether the experiments of a channel agree with each other and with a model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Verdict = Literal["agree", "differ", "contradict"]


@dataclass(frozen=True, slots=True)
class ExperimentAgreement:
    """The experiments that calibrated a channel, beside what the model estimated without them.

    All amounts are conversions that are lost without the channel, over the window of the data.

    Attributes:
        channel: name of the channel.
        experiments: their ids.
        lift: what they measured, pooled, scaled to the window.
        standard_error: of the lift, with the difference between the experiments.
        estimate: what the model estimated without them.
        estimate_error: its standard error by chance alone.
        p_between: p-value of Cochran's Q between the experiments; 1 for one experiment.
        p_model: p-value of the lift given the model, its chance and its prior of bias.
        weight: of the experiments in the answer against the model, in [0, 1].
        verdict: ``agree``; ``differ`` if a p-value is below 0.05; ``contradict`` if they contradict
            each other or the model, so that the channel is not identified.
    """

    channel: str
    experiments: tuple[str, ...]
    lift: float
    standard_error: float
    estimate: float
    estimate_error: float
    p_between: float
    p_model: float
    weight: float
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {**asdict(self), "experiments": list(self.experiments)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ExperimentAgreement:
        """The inverse of ``to_json``."""
        return cls(**{**stored, "experiments": tuple(stored["experiments"])})
