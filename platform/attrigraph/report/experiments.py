"""The experiments of a run: which it used, and whether they agree with each other and the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from attrigraph.report.downloads import csv_link

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attrigraph.domain import Attribution, Experiment, ExperimentAgreement, ModelCredits

USED: Final = "used"

VERDICTS: Final = {
    "agree": "they agree",
    "differ": "they differ more than luck often explains",
    "contradict": "they contradict each other, so the channel is not identified",
}
"""What the page writes for each verdict."""


@dataclass(frozen=True, slots=True)
class ExperimentRow:
    """An experiment and what became of it.

    Attributes:
        experiment: as measured, over its own dates.
        use: ``used``, or why not; empty where the run did not store it.
    """

    experiment: Experiment
    use: str


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """The experiments of a channel beside a model.

    Attributes:
        model: its name.
        agreement: the figures.
    """

    model: str
    agreement: ExperimentAgreement

    @property
    def between(self) -> bool:
        """Whether there are several experiments, which can be compared with each other."""
        return len(self.agreement.experiments) > 1

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        return VERDICTS[self.agreement.verdict]


def variables(answer: Attribution, experiments: Sequence[Experiment]) -> dict[str, Any]:
    """The variables of the template of experiments.

    Args:
        answer: by channel.
        experiments: those of the run.
    """
    rows = tuple(ExperimentRow(one, _use(one, answer)) for one in experiments)
    agreements = tuple(_agreements(answer))
    return {
        "experiment_rows": rows,
        "agreements": agreements,
        "agreement_csv": csv_link([_agreement_columns(row) for row in agreements]),
        "experiments_csv": csv_link([{**_columns(row.experiment), "use": row.use} for row in rows]),
    }


def _agreements(answer: Attribution) -> Iterator[AgreementRow]:
    for model in answer.models.values():
        for one in model.agreement:
            yield AgreementRow(model.model, one)


def _use(experiment: Experiment, answer: Attribution) -> str:
    causal = [model for model in answer.models.values() if model.incremental]
    if not causal:
        return "not used: the run has no causal model"
    if any(experiment.id in one.experiments for model in causal for one in model.agreement):
        return USED
    return next((note for model in causal for note in _reasons(model, experiment)), "")


def _reasons(model: ModelCredits, experiment: Experiment) -> Iterator[str]:
    """Notes of the model on why it left the experiment out."""
    start = f"an experiment was left out: experiment {experiment.id!r} "
    return (
        f"left out: it {note.removeprefix(start)}" for note in model.notes if note.startswith(start)
    )


def _agreement_columns(row: AgreementRow) -> dict[str, Any]:
    known = row.agreement.to_json()
    return {"model": row.model, **known, "experiments": " ".join(row.agreement.experiments)}


def _columns(experiment: Experiment) -> dict[str, Any]:
    """Every field, so that all rows have the same columns."""
    return {
        name: getattr(experiment, name)
        for name in (
            *("id", "kind", "channel", "campaign", "lift", "standard_error", "start", "end"),
            *("spend", "currency", "population", "source"),
        )
    }
