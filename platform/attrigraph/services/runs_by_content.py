"""Runs of jobs whose input and outcome are one text: the same text is the same run."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from attrigraph.graph.runs import Run
from attrigraph.runs.lineage import code_version, run_id

if TYPE_CHECKING:
    from collections.abc import Mapping


def run_of(job: str, content: str, parameters: Mapping[str, Any]) -> Run:
    """The run of a job, which begins now.

    Args:
        job: its name.
        content: what the run stands for; its hash is the fingerprint.
        parameters: of the run, as JSON values.
    """
    fingerprint = hashlib.sha256(content.encode()).hexdigest()
    version = code_version()
    return Run(
        id=run_id(job, fingerprint=fingerprint, parameters=parameters, code_version=version),
        job=job,
        models=(),
        parameters=dict(parameters),
        code_version=version,
        fingerprint=fingerprint,
        seed=0,
        started=datetime.now(UTC),
    )
