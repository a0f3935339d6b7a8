"""Sessions of a customer's own acts, by hand."""

from __future__ import annotations

import numpy as np

from attrigraph.attribution.incremental.sessions import Sessions

MINUTE = 1 / 1440


def test_a_session_is_a_chain_of_acts_of_one_customer_without_a_long_gap() -> None:
    customer = np.array([0, 0, 0, 0, 0, 1, 1])
    minutes = np.array([0.0, 20.0, 30.0, 45.0, 90.0, 91.0, 110.0])
    is_act = np.array([True, True, False, True, True, True, True])
    sessions = Sessions.of(customer, minutes * MINUTE, is_act)
    assert sessions.act.tolist() == [0, 1, 3, 4, 5, 6]
    assert sessions.begin.tolist() == [0, 0, 0, 4, 5, 5]


def test_without_acts_there_are_no_sessions() -> None:
    sessions = Sessions.of(np.array([0, 0]), np.array([0.0, 1.0]), np.zeros(2, dtype=bool))
    assert len(sessions.act) == len(sessions.begin) == 0
