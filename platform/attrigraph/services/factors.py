"""Use case of factors: what a model credits beside what platforms claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attrigraph.attribution.analysis import Analysis
from attrigraph.attribution.models import DEFAULT_CAUSAL
from attrigraph.attribution.observed.subset import CUSTOMER, subset
from attrigraph.domain import CustomerAttributes
from attrigraph.errors import InputError
from attrigraph.graph.journeys import read_events
from attrigraph.graph.run_names import chosen_run
from attrigraph.graph.run_summary import read_attribution
from attrigraph.graph.spend import read_campaign_names, read_claims
from attrigraph.runs.parameters import JOB, RunParameters
from attrigraph.services.accounts import file_spend, spend_of, with_spending
from attrigraph.services.attribution_data import event_data
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.questions import most_valuable
from attrigraph.spend.factors import FACTOR_LEVELS, Claims, factors_of
from attrigraph.spend.period import period_of
from attrigraph.spend.touch_groups import event_groups
from attrigraph.staging import stage
from attrigraph.staging.taken import log_and_check

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from neo4j import Driver

    from attrigraph.domain import Attribution, ClaimDays, EventTable
    from attrigraph.graph.runs import Run
    from attrigraph.spend.factors import Factors
    from attrigraph.spend.rates import Rates
    from attrigraph.staging import Source, StagingOptions
    from attrigraph.stores import Stores

Window = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class FactorOptions:
    """Options of factors.

    Attributes:
        model: whose credit is compared with claims.
        currency: code of the currency of values; None for that of the claims.
        rates: exchange rates into it; None for none.
        run_key: id or name of the run whose credit it is; None for the published one.
    """

    model: str = DEFAULT_CAUSAL
    currency: str | None = None
    rates: Rates | None = None
    run_key: str | None = None


def factors_from_graph(stores: Stores, options: FactorOptions) -> Factors:
    """Factors of a run of the graph and its claims.

    Raises:
        InputError: no such run, the run does not have the model or takes some customers
            only, the graph holds no claims, or values are in several currencies without rates.
    """
    driver = stores.driver
    run = _run_on_all_customers(driver, options)
    rules = RunParameters.from_json(run.parameters).journeys
    answers = [read_attribution(driver, run, level) for level in FACTOR_LEVELS]
    claimed = (read_claims(driver), read_campaign_names(driver))
    events = read_events(driver, ids=False)
    events, _ = subset(events, None, only=rules.only, exclude=rules.exclude)
    return _factors(answers, claimed, events, rules.window, options)


def _run_on_all_customers(driver: Driver, options: FactorOptions) -> Run:
    """The run of these options, which has their model and leaves no customers out."""
    run, model = chosen_run(driver, JOB, options.run_key), options.model
    if run is None:
        raise InputError(
            "no attribution has run on this graph yet; run `attrigraph attribute` first"
        )
    if model not in run.models:
        raise InputError(
            f"the run {run.id} does not have the model {model!r}; its models are "
            f"{', '.join(run.models)} (--model)"
        )
    rules = RunParameters.from_json(run.parameters).journeys
    if any(one.field.startswith(CUSTOMER) for one in (*rules.only, *rules.exclude)):
        raise InputError(
            f"the run {run.id} takes some customers only (--only, --exclude), and platforms"
            " claim conversions of all; run `attrigraph attribute` on all customers first"
        )
    return run


def factors_from_files(
    files: Sequence[Path],
    source: Source,
    options: FactorOptions,
    *,
    staging: StagingOptions,
    folder: Path,
) -> Factors:
    """Factors of files of events and claims.

    Args:
        files: see ``attrigraph.staging.stage``.
        source: what they hold.
        options: see there.
        staging: how to read the files.
        folder: where rows are staged; they are removed at the end.

    Raises:
        InputError: there are no claims, or the model does not suit the events.
        NeedsTimesError: the model needs times.
        ConvergenceError: the model does not converge.
    """
    with stage(files, source, staging, folder=folder) as staged:
        log_and_check(staged, staging.max_rejected)
        customers = CustomerAttributes.concatenate(list(staged.customer_attributes()))
        events, references = staged.events(touch_ids=False), staged.references()
        stored = file_spend(references, staged.currency)
    attribution = AttributionOptions(currency=options.currency, rates=options.rates)
    data = event_data(events, customers, attribution, references.experiments)
    data = with_spending(data, spend_of(stored, attribution))
    analysis = Analysis(most_valuable(data, "factors"))
    answers = [analysis.attribute((options.model,), level) for level in FACTOR_LEVELS]
    names = {one.id: one.name for one in references.campaigns if one.name is not None}
    return _factors(answers, (references.claims, names), events, None, options)


def _factors(
    answers: Sequence[Attribution],
    claimed: tuple[ClaimDays, Mapping[str, str]],
    events: EventTable,
    window: Window,
    options: FactorOptions,
) -> Factors:
    if not len(claimed[0]):
        raise InputError("there are no claims of platforms; load or name a table of claims first")
    period = period_of(events, window)
    claims = Claims(*claimed, options.currency, options.rates)
    return factors_of(answers, options.model, claims, event_groups(events, period), period)
