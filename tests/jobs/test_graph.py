from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.errors import InputError
from attrigraph.jobs.graph import critical_path, job_levels
from attrigraph.jobs.registry import JOBS

NAMES = "abcdefg"


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    """Graphs without cycles: each job has inputs among those before it."""
    return {
        name: draw(st.lists(st.sampled_from(NAMES[:n]), unique=True)) if n else []
        for n, name in enumerate(NAMES)
    }


def test_levels_and_path_of_a_small_graph() -> None:
    inputs = {"report": ["attribute"], "attribute": ["load", "spend"], "load": [], "spend": []}
    assert job_levels(inputs) == {"load": 0, "spend": 0, "attribute": 1, "report": 2}
    seconds = {"load": 5.0, "spend": 9.0, "attribute": 1.0}
    assert critical_path(inputs, seconds) == (["spend", "attribute", "report"], 10.0)


def test_a_cycle_is_printed() -> None:
    with pytest.raises(InputError, match=r"cycle: .*(a -> b -> a|b -> a -> b)"):
        job_levels({"a": ["b"], "b": ["a"], "c": []})


def test_inputs_outside_the_graph_are_left_out() -> None:
    assert job_levels({"a": ["x"]}) == {"a": 0}


@given(graphs())
def test_inputs_come_first_and_are_lower(inputs: dict[str, list[str]]) -> None:
    levels = job_levels(inputs)
    order = list(levels)
    for name, needs in inputs.items():
        assert all(order.index(one) < order.index(name) for one in needs)
        assert levels[name] == 1 + max((levels[one] for one in needs), default=-1)


@given(graphs(), st.lists(st.floats(0, 100), min_size=7, max_size=7))
def test_the_critical_path_is_the_longest_of_all(
    inputs: dict[str, list[str]], durations: list[float]
) -> None:
    seconds = dict(zip(NAMES, durations, strict=True))

    def paths(name: str) -> list[list[str]]:
        before = list(chain.from_iterable(map(paths, inputs[name]))) or [[]]
        return [[*path, name] for path in before]

    longest = max(sum(seconds[one] for one in path) for name in NAMES for path in paths(name))
    path, total = critical_path(inputs, seconds)
    assert total == pytest.approx(longest)
    assert sum(seconds[one] for one in path) == pytest.approx(total)


def test_the_jobs_there_are_have_no_cycle_and_known_inputs() -> None:
    levels = job_levels({name: job.inputs for name, job in JOBS.items()})
    assert set(levels) == set(JOBS)
    assert {one for job in JOBS.values() for one in job.inputs} <= set(JOBS)
