"""What differs between two runs besides their results: data, version, parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrigraph.runs.parameters import RunParameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attrigraph.graph.runs import Run

_GROUPS: Final = ("journeys", "model_options")
"""Parameters that hold others."""

_NAMES: Final = {"lookback_days": "lookback", "conversion_kinds": "kinds of conversions"}
"""Names of parameters that say more than the field."""


def run_differences(run: Run, other: Run) -> tuple[str, ...]:
    """What may explain that two runs have other results, as words of a sentence."""
    data = ["the data"] if run.fingerprint != other.fingerprint else []
    code = ["the version of attrigraph"] if run.code_version != other.code_version else []
    ours, theirs = (_flat(one.parameters) for one in (run, other))
    changed = [_name(name) for group, name in ours if ours[group, name] != theirs[group, name]]
    return (*data, *dict.fromkeys(changed), *code)


def _flat(parameters: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    """All parameters by group and name; today's defaults where an earlier version has none."""
    return dict(_pairs(RunParameters.from_json(parameters).to_json()))


def _pairs(parameters: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Any]]:
    for group, value in parameters.items():
        for name, one in value.items() if group in _GROUPS else [(group, value)]:
            yield (group, name), one


def _name(name: str) -> str:
    return _NAMES.get(name, name.replace("_", " "))
