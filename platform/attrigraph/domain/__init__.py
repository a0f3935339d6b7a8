"""The nouns of the field as frozen dataclasses; bulk data are NumPy columns."""

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
    Level,
    ModelCredits,
    Observed,
    TriggeredShare,
)
from attrigraph.domain.events import (
    Conversion,
    Conversions,
    EventTable,
    RejectedRow,
    Touches,
    Touchpoint,
)
from attrigraph.domain.journeys import (
    Journeys,
    PathCounts,
)
from attrigraph.domain.reference_data import (
    Audience,
    Campaign,
    Creative,
    CreativeDays,
    CustomerAttributes,
    Element,
    References,
)

__all__ = [
    "LEVELS",
    "NO_TIME",
    "N_BUCKETS",
    "UNKNOWN",
    "Amount",
    "Attribution",
    "Audience",
    "Campaign",
    "Categorical",
    "Conversion",
    "Conversions",
    "Creative",
    "CreativeDays",
    "Credit",
    "CustomerAttributes",
    "Element",
    "EventTable",
    "Journeys",
    "Level",
    "ModelCredits",
    "Observed",
    "PathCounts",
    "References",
    "RejectedRow",
    "StringArray",
    "Touches",
    "Touchpoint",
    "TriggeredShare",
    "buckets_of",
    "epoch_ms",
    "nanosecond_of",
    "string_array",
]
