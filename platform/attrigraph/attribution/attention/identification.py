"""Whether the data identify what the networks credit, by the tests of ``incremental``.

The tests ask about the data: who is in them, what goes with later touches, what comes at the moment
of purchase. They extend a hazard, so a hazard is fitted to the networks' conditions; it takes
seconds. The credit that they weigh is that of the networks. Its half-lives do not count, nor do the
correlations of draws, which a few networks do not give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.incremental.channel_credit import gather_evidence
from attrigraph.attribution.incremental.identification.identify import (
    ROWS,
    Claim,
    Identification,
    identify,
)
from attrigraph.attribution.incremental.joint_fit import fit_effects
from attrigraph.attribution.incremental.response import fit_shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.conditions import Conditions
    from attrigraph.attribution.incremental.population import Population


def identify_credit(
    population: Population,
    conditions: Conditions,
    credit: NDArray[np.float64],
    deviations: NDArray[np.float64],
    wide: NDArray[np.float64],
    seed: int,
) -> Identification:
    """Run the tests on the networks' credit.

    Args:
        population: the population that the networks were fitted to.
        conditions: their conditions.
        credit: float64 ``[keys]``, conversions.
        deviations: float64 ``[draws, keys]``, draws less credit.
        wide: float64 ``[draws, keys]``, draws of chance and bias less credit.
        seed: random seed.

    Raises:
        ConvergenceError: the hazard does not converge.
    """
    histories = population.histories
    evidence = gather_evidence(histories, conditions, np.random.default_rng(seed), ROWS)
    response = fit_effects(evidence, conditions, fit_shapes(evidence))
    observed = len(histories.converter)
    claim = Claim(credit, deviations, observed, response, seed, of_hazard=False, wide=wide)
    return identify(population, evidence, claim)
