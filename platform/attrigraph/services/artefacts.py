"""Fits of attribution models in Postgres: the champion of each model, and applying them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from attrigraph.attribution.data import FrozenModel
from attrigraph.attribution.incremental.frozen import FrozenResponse
from attrigraph.attribution.models import check_touch_model
from attrigraph.attribution.multi_touch.frozen import frozen_from_json
from attrigraph.errors import InputError
from attrigraph.quantities import enumerated
from attrigraph.runs.parameters import options_json
from attrigraph.store.model_artifacts import list_models, read_model
from attrigraph.store.model_promotions import champion_of, promote, was_champion, withdraw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Engine

    from attrigraph.attribution.data import EventData
    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.services.attribution_options import AttributionOptions
    from attrigraph.store.models import ModelArtifact

PREFIX: Final = "attribution/"
"""Kinds of these models in Postgres are this and the model's name."""

CHAMPION: Final = "champion"
"""In place of ids, for the champions of the models."""

OF_EACH_RUN: Final = ("window", "conversion_kinds", "zone")
"""Options of journeys that may differ between a fit and where it is applied."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """A stored fit of a model.

    Attributes:
        id: of the fit.
        model: that was fitted.
        version: counts the fits of the model, from 1.
        champion: whether it is the champion; else it is a challenger or was the champion.
        created: when, UTC.
        code_version: of attrigraph.
        fingerprint: a hash of the facts that were fitted.
        settings: period (epoch milliseconds, the end excluded), seed and rules of journeys.
        metrics: what was measured, by kind of conversion.
    """

    id: UUID
    model: str
    version: int
    champion: bool
    created: datetime
    code_version: str
    fingerprint: str
    settings: Mapping[str, Any]
    metrics: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """The object of ``attrigraph fit list --json``."""
        return {
            "id": str(self.id),
            "model": self.model,
            "version": self.version,
            "champion": self.champion,
            "created": self.created.isoformat(),
            "code_version": self.code_version,
            "fingerprint": self.fingerprint,
            "settings": dict(self.settings),
            "metrics": dict(self.metrics),
        }


@dataclass(frozen=True, slots=True)
class Applied:
    """A stored fit that is about to be applied.

    Attributes:
        row: of Postgres.
        model: that was fitted.
    """

    row: ModelArtifact
    model: str

    def frozen(self, kind: str | None) -> FrozenModel:
        """The parameters for conversions of a kind; None for those of no kind or of all kinds.

        Raises:
            InputError: the fit has none.
        """
        kinds = {one["kind"]: one for one in json.loads(self.row.content)["kinds"]}
        if kind not in kinds:
            named = "all kinds together" if kind is None else f"the kind {kind!r}"
            known = enumerated([repr(one) if one else "all kinds together" for one in kinds])
            raise InputError(
                f"artefact {self.row.id} of {self.model} has no parameters for conversions of "
                f"{named}, but of {known}; fit again, or choose them with --conversion-kinds"
            )
        id_, period = str(self.row.id), tuple(self.row.settings["period"])
        if "response" in kinds[kind]:
            response = FrozenResponse.from_json(kinds[kind]["response"])
            return FrozenModel(id_, period, response=response)
        levels = {level: frozen_from_json(one) for level, one in kinds[kind]["levels"].items()}
        return FrozenModel(id_, period, levels)

    def check_rules(self, journeys: JourneyOptions) -> None:
        """Check that journeys are cut as they were when the model was fitted.

        Raises:
            InputError: they are not.
        """
        fitted, now = self.row.settings["journeys"], rules_of(journeys)
        for name, value in now.items():
            if fitted.get(name) != value:
                raise InputError(
                    f"artefact {self.row.id} of {self.model} was fitted with {name} "
                    f"{fitted.get(name)!r}, and this run has {value!r}; give the same, or fit again"
                )


def rules_of(journeys: JourneyOptions) -> dict[str, Any]:
    """The options of journeys that must be the same for a fit and where it is applied, as JSON."""
    options = json.loads(json.dumps(options_json(journeys)))
    return {name: value for name, value in options.items() if name not in OF_EACH_RUN}


def list_artefacts(engine: Engine) -> tuple[Artefact, ...]:
    """All fits of attribution models, oldest first."""
    versions: dict[str, int] = {}
    champions: dict[str, UUID | None] = {}
    found = []
    for row in list_models(engine, PREFIX):
        versions[row.model] = versions.get(row.model, 0) + 1
        if row.model not in champions:
            champions[row.model] = champion_of(engine, row.model)
        found.append(
            Artefact(
                row.id,
                row.model.removeprefix(PREFIX),
                versions[row.model],
                champions[row.model] == row.id,
                row.created,
                row.code_version,
                row.input_fingerprint,
                row.settings,
                row.metrics,
            )
        )
    return tuple(found)


def artefact(engine: Engine, key: str) -> Artefact:
    """The fit of an id.

    Raises:
        InputError: there is none.
    """
    found = next((one for one in list_artefacts(engine) if str(one.id) == key), None)
    if found is None:
        raise InputError(f"there is no artefact {key!r}; `attrigraph fit list` lists them")
    return found


def promote_artefact(engine: Engine, key: str) -> Artefact:
    """Make a fit the champion of its model; it may be already.

    Raises:
        InputError: there is no such fit.
    """
    found = artefact(engine, key)
    promote(engine, PREFIX + found.model, found.id)
    return replace(found, champion=True)


def roll_back_artefact(engine: Engine, key: str) -> Artefact:
    """Make the champion before a fit the champion again; nothing if the fit is none any more.

    Returns:
        The champion.

    Raises:
        InputError: there is no such fit, it never was a champion, or it was the first one.
    """
    found = artefact(engine, key)
    if not was_champion(engine, found.id):
        raise InputError(
            f"artefact {key} of {found.model} never was the champion, so there is nothing to roll "
            "back; give the id of the champion"
        )
    former = withdraw(engine, PREFIX + found.model, found.id)
    if former is None:
        raise InputError(
            f"artefact {key} is the first champion of {found.model}, so there is none before it; "
            "promote another one"
        )
    return artefact(engine, str(former))


def artefacts_of(engine: Engine, options: AttributionOptions) -> tuple[Applied, ...]:
    """The fits that options name; none where they name none.

    Raises:
        InputError: one is unknown, of a model that does not run, or of other rules of journeys; two
            are of one model; no model has a champion; or the touch model has no credit of touches.
    """
    found: dict[str, Applied] = {}
    for row in _rows(engine, options):
        model = row.model.removeprefix(PREFIX)
        if options.models is not None and model not in options.models:
            raise InputError(f"artefact {row.id} is of {model}, which is not among --models")
        if model in found:
            raise InputError(f"artefacts {found[model].row.id} and {row.id} are both of {model}")
        found[model] = Applied(row, model)
        found[model].check_rules(options.journeys)
    if found:
        check_touch_model(options.touch_model, found)
    return tuple(found.values())


def _rows(engine: Engine, options: AttributionOptions) -> Sequence[ModelArtifact]:
    rows = []
    for key in dict.fromkeys(options.artefacts):
        ids = _champions(engine, options) if key == CHAMPION else [artefact(engine, key).id]
        rows += [row for row in (read_model(engine, one) for one in ids) if row is not None]
    return rows


def _champions(engine: Engine, options: AttributionOptions) -> list[UUID]:
    ids = [
        one.id
        for one in list_artefacts(engine)
        if one.champion and (options.models is None or one.model in options.models)
    ]
    if not ids:
        of_these = "" if options.models is None else f" of {enumerated(options.models)}"
        raise InputError(f"there is no champion{of_these} yet; `attrigraph fit train` makes one")
    return ids


def with_artefacts(data: EventData, artefacts: Sequence[Applied], kind: str | None) -> EventData:
    """Data of one kind of conversions, with the parameters that models have.

    Args:
        data: the data.
        artefacts: the fits.
        kind: of the conversions; None for those of no kind or of all kinds.

    Raises:
        InputError: a fit has no parameters for this kind.
    """
    return replace(data, frozen={one.model: one.frozen(kind) for one in artefacts})
