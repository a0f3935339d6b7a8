"""The problem and the prices of a plan, read back from the certificate of its JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.planning.problem import Problem, Row, SharedResponse, Synergies
from attrigraph.planning.solution import Prices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def problem_of(certificate: Mapping[str, Any]) -> Problem:
    """The problem that a plan solves, with the part of the budget that does not explore.

    Raises:
        KeyError, TypeError, ValueError: it is not a certificate of ``plan_json``.
    """
    campaigns = certificate["campaigns"]
    ids = tuple(campaign["id"] for campaign in campaigns)
    number = {name: place for place, name in enumerate(ids)}
    members = [[number[name] for name in s["campaigns"]] for s in certificate["synergies"]]
    worth = [s["worth"] for s in certificate["synergies"]]
    return Problem(
        ids=ids,
        minimum=_column(campaigns, "min"),
        maximum=_column(campaigns, "max"),
        at_minimum=_column(campaigns, "at_min"),
        gains=_column(campaigns, "gains"),
        budget=float(certificate["budget"]),
        synergies=Synergies.of(members, worth),
        rows=tuple(_row(row, number) for row in certificate["rows"]),
        shared=tuple(_shared(response, number) for response in certificate["shared"]),
        whole=np.array([campaign["whole"] for campaign in campaigns], dtype=np.bool_),
        least=_column(campaigns, "least"),
        most=_column(campaigns, "most"),
    )


def _column(campaigns: list[Mapping[str, Any]], name: str) -> Floats:
    return np.array([campaign[name] for campaign in campaigns], dtype=np.float64)


def _row(row: Mapping[str, Any], number: Mapping[str, int]) -> Row:
    return Row(
        row["name"],
        np.array([number[name] for name in row["weights"]], dtype=np.int64),
        np.array(list(row["weights"].values()), dtype=np.float64),
        -math.inf if row["lower"] is None else float(row["lower"]),
        math.inf if row["upper"] is None else float(row["upper"]),
    )


def _shared(response: Mapping[str, Any], number: Mapping[str, int]) -> SharedResponse:
    members = np.array([number[name] for name in response["campaigns"]], dtype=np.int64)
    gains = np.array(response["gains"], dtype=np.float64)
    return SharedResponse(response["name"], members, float(response["width"]), gains)


def prices_of(certificate: Mapping[str, Any]) -> Prices:
    """The prices that prove a plan.

    Raises:
        KeyError, TypeError, ValueError: it is not a certificate of ``plan_json``.
    """
    shares = [synergy["shares"] for synergy in certificate["synergies"]]
    longest = max(map(len, shares), default=2)
    levels = len(shares[0][0]) if shares else 1
    padded = [[*share, *[[0.0] * levels] * (longest - len(share))] for share in shares]
    return Prices(
        budget=float(certificate["price"]),
        rows={row["name"]: float(row["price"]) for row in certificate["rows"]},
        shared={response["name"]: float(response["price"]) for response in certificate["shared"]},
        shares=np.array(padded, dtype=np.float64).reshape(-1, longest, levels),
    )
