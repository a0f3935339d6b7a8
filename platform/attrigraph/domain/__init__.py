"""The nouns of the field as frozen dataclasses; bulk data are NumPy columns."""

from attrigraph.domain.agreement import ExperimentAgreement
from attrigraph.domain.baseline_bounds import BaselineBounds
from attrigraph.domain.claim_days import ClaimDays
from attrigraph.domain.columns import (
    N_BUCKETS,
    NO_TIME,
    UNKNOWN,
    Categorical,
    StringArray,
    buckets_of,
    epoch_ms,
    nanosecond_of,
    string_array,
)
from attrigraph.domain.credit import (
    LEVELS,
    Amount,
    Attribution,
    Credit,
    FailedModel,
    Level,
    ModelCredits,
    Observed,
    TriggeredShare,
    by_share,
)
from attrigraph.domain.data_health import HealthLine
from attrigraph.domain.events import (
    Conversion,
    Conversions,
    EventTable,
    RejectedRow,
    Touches,
    Touchpoint,
)
from attrigraph.domain.experiment import (
    EXPERIMENT_KINDS,
    Experiment,
    ExperimentKind,
)
from attrigraph.domain.journeys import (
    Journeys,
    PathCounts,
)
from attrigraph.domain.markov_chain import MarkovChain, RemovalEffect, Transitions
from attrigraph.domain.pair_credit import PairCredit
from attrigraph.domain.reference_data import (
    Audience,
    Campaign,
    Creative,
    CreativeDays,
    CustomerAttributes,
    Element,
    References,
)
from attrigraph.domain.robustness import Robustness, RobustnessCheck
from attrigraph.domain.segment_sizes import SegmentSizes
from attrigraph.domain.spend_days import SpendDays

__all__ = [
    "EXPERIMENT_KINDS",
    "LEVELS",
    "NO_TIME",
    "N_BUCKETS",
    "UNKNOWN",
    "Amount",
    "Attribution",
    "Audience",
    "BaselineBounds",
    "Campaign",
    "Categorical",
    "ClaimDays",
    "Conversion",
    "Conversions",
    "Creative",
    "CreativeDays",
    "Credit",
    "CustomerAttributes",
    "Element",
    "EventTable",
    "Experiment",
    "ExperimentAgreement",
    "ExperimentKind",
    "FailedModel",
    "HealthLine",
    "Journeys",
    "Level",
    "MarkovChain",
    "ModelCredits",
    "Observed",
    "PairCredit",
    "PathCounts",
    "References",
    "RejectedRow",
    "RemovalEffect",
    "Robustness",
    "RobustnessCheck",
    "SegmentSizes",
    "SpendDays",
    "StringArray",
    "Touches",
    "Touchpoint",
    "Transitions",
    "TriggeredShare",
    "buckets_of",
    "by_share",
    "epoch_ms",
    "nanosecond_of",
    "string_array",
]
