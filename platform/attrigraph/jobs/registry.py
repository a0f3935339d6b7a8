"""The registry of all jobs; a new job is one file in ``catalogue`` and one entry here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.jobs.catalogue import (
    attribute,
    backup,
    embed,
    export,
    fatigue,
    fit,
    identities,
    load,
    plan,
    report,
    retain,
    similar,
    spend,
    watch,
)

if TYPE_CHECKING:
    from attrigraph.jobs.job import Job

JOBS: Final[dict[str, Job]] = {
    module.JOB.name: module.JOB
    for module in (
        *(load, identities, spend, watch, fit, attribute, embed, similar, fatigue, plan, report),
        *(export, retain, backup),
    )
}
"""Jobs by name, in the order in which they usually run."""
