"""Budget allocation: concave responses, exact solvers, and proofs of the optimum."""
