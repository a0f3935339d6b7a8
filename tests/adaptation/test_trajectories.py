"""Predictions wait for feedback: once, not for ever, and not without limit."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.adaptation.trajectories import (
    CAPACITY,
    EXPIRY_SECONDS,
    Absence,
    Feedback,
    MemoryTrajectories,
    Trajectory,
)
from attrigraph.errors import InputError


def trajectory(name: str, at: float = 0.0) -> Trajectory:
    return Trajectory(name, np.ones(2), np.zeros(1), np.zeros(1), at)


def feedback(at: float) -> Feedback:
    return Feedback(np.zeros(1), at)


def test_a_prediction_is_handed_out_once() -> None:
    store = MemoryTrajectories()
    store.add(trajectory("a"))
    assert store.answer("b", feedback(1)) is Absence.UNKNOWN
    taken = store.answer("a", feedback(1))
    assert isinstance(taken, Trajectory)
    assert taken.id == "a"
    assert store.answer("a", feedback(1)) is Absence.DUPLICATE
    with pytest.raises(InputError, match="'a' was added before"):
        store.add(trajectory("a"))


def test_a_prediction_expires_after_30_days() -> None:
    store = MemoryTrajectories()
    for name in "abc":
        store.add(trajectory(name, at=10))
    assert EXPIRY_SECONDS == 30 * 24 * 3600
    assert isinstance(store.answer("a", feedback(10 + EXPIRY_SECONDS)), Trajectory)
    assert store.answer("b", feedback(11 + EXPIRY_SECONDS)) is Absence.EXPIRED
    assert store.expire(at=11 + EXPIRY_SECONDS) == 1
    assert store.answer("c", feedback(0)) is Absence.EXPIRED
    assert len(store) == 0


def test_beyond_the_capacity_the_oldest_is_dropped() -> None:
    assert CAPACITY == 10_000
    store = MemoryTrajectories(capacity=2)
    for name in "abc":
        store.add(trajectory(name))
    assert len(store) == 2
    assert store.answer("a", feedback(0)) is Absence.DROPPED
    assert isinstance(store.answer("b", feedback(0)), Trajectory)


def test_ids_that_are_gone_are_not_remembered_without_limit() -> None:
    store = MemoryTrajectories(capacity=2)
    for name in "abc":
        store.add(trajectory(name))
        store.answer(name, feedback(0))
    assert store.answer("a", feedback(0)) is Absence.UNKNOWN
    assert store.answer("c", feedback(0)) is Absence.DUPLICATE
