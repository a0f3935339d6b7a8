"""How well distances give a tree back: mean average precision of ancestors."""

import numpy as np
from numpy.typing import NDArray


def mean_average_precision(distances: NDArray[np.float64], pairs: NDArray[np.int64]) -> float:
    """Mean over nodes of the average precision with which a node's ancestors come first.

    All other nodes are ranked by their distance to the node, descendants too, which count as wrong
    (Nickel and Kiela 2017, section 4.1). Roots have no ancestors and do not count; NaN without
    pairs.

    Args:
        distances: between all nodes ``[n_nodes, n_nodes]``.
        pairs: positions of nodes and of their ancestors ``[n_pairs, 2]``.
    """
    is_ancestor = np.zeros(distances.shape, dtype=bool)
    is_ancestor[pairs[:, 0], pairs[:, 1]] = True
    ranked = distances.copy()
    np.fill_diagonal(ranked, -np.inf)
    order = np.argsort(ranked, axis=1, kind="stable")[:, 1:]
    hits = np.take_along_axis(is_ancestor, order, axis=1)[is_ancestor.any(axis=1)]
    precision = hits.cumsum(axis=1) / np.arange(1, hits.shape[1] + 1)
    of_node = (precision * hits).sum(axis=1) / hits.sum(axis=1)
    return float(of_node.mean()) if len(of_node) else float("nan")
