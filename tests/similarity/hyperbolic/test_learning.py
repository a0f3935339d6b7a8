"""Learning from a small tree; ``benchmarks/hierarchy.py`` has the evaluation at full size."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from attrigraph.errors import ConvergenceError, InputError
from attrigraph.similarity.hyperbolic.evaluation import evaluate_hierarchy
from attrigraph.similarity.hyperbolic.learning import Hierarchy, learn_disc, learn_hierarchy
from attrigraph.similarity.hyperbolic.texts import Texts
from attrigraph.similarity.hyperbolic.tree import Tree
from gnn.hierarchy.training import HierarchySettings
from noisy_texts import noisy_texts
from regular_trees import regular_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

TREE = regular_tree(3, 4)
TEXTS = noisy_texts(TREE, width=40, signal=6, nuisance=20, noise=0.1)
SETTINGS = HierarchySettings(dimensions=5, epochs=25)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Models here are small: a second thread would only wait."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@cache
def learnt() -> Hierarchy:
    return learn_hierarchy(TREE, TEXTS, SETTINGS)


def test_every_node_has_a_position_and_campaigns_have_that_of_their_text() -> None:
    positions = learnt().positions
    assert positions.ids == TREE.ids
    rows = TEXTS.nodes_in(TREE)
    placed = learnt().encoder.place(TEXTS.vectors)
    np.testing.assert_allclose(positions.tangents[rows], placed, rtol=1e-9)


def test_a_campaign_is_nearer_to_its_ancestors_than_to_other_groups() -> None:
    campaign = TEXTS.ids[0]
    position = learnt().positions.tangents[TREE.positions[campaign]]
    ranked = [node for node, _ in learnt().positions.nearest(position, len(TREE))]
    group, other = campaign[:-2], "0.2.2.2"
    assert ranked[0] == campaign
    assert ranked.index(group) < ranked.index(other)


def test_held_out_campaigns_are_placed_near_their_group() -> None:
    """One campaign of each of 27 groups is held out; 1 in 9 groups has its grandparent."""
    held_out = TEXTS.ids[::3]
    known = TEXTS.take([row for row in range(len(TEXTS)) if row % 3])
    hierarchy = learn_hierarchy(TREE.without(held_out), known, SETTINGS)
    groups = [node for node in TREE.ids if len(node) == len("0.0.0.0")]
    among = hierarchy.positions.take(groups)
    placed = hierarchy.encoder.place(TEXTS.vectors[::3])
    nearest = [among.nearest(position, 1)[0][0] for position in placed]
    related = [group[:-2] == node[:-4] for group, node in zip(nearest, held_out, strict=True)]
    assert sum(related) >= 3 * len(held_out) / 9


@pytest.mark.long
def test_held_out_campaigns_gain_from_the_tree_and_permuted_texts_do_not() -> None:
    tree = regular_tree(4, 4)
    evaluation = evaluate_hierarchy(
        tree, noisy_texts(tree), lambda part, texts: learn_hierarchy(part, texts).encoder
    )
    assert evaluation.adds
    assert evaluation.gain.low > 0
    assert not evaluation.control.adds


def test_a_disc_has_two_dimensions() -> None:
    tree = regular_tree(2, 2)
    assert learn_disc(tree).tangents.shape == (len(tree), 2)


def test_a_text_outside_the_tree_is_named() -> None:
    with pytest.raises(InputError, match="the tree has no node 'x', which has a text vector"):
        learn_hierarchy(TREE, Texts(("x",), np.ones((1, 3))))


def test_a_fit_that_does_not_converge_is_named() -> None:
    wild = HierarchySettings(epochs=3, burn_in=0, learning_rate=1e6, max_radius=1e4)
    with pytest.raises(ConvergenceError, match="non-finite; lower learning_rate"):
        learn_hierarchy(TREE, TEXTS, wild)


def test_an_empty_tree_has_no_disc_positions() -> None:
    assert learn_disc(Tree.from_rows([])).ids == ()


def test_without_torch_the_extra_is_named_and_search_works() -> None:
    code = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "import attrigraph.similarity.hyperbolic.candidates\n"
        "import attrigraph.similarity.hyperbolic.encoder\n"
        "from attrigraph.errors import MissingExtraError\n"
        "try:\n"
        "    import attrigraph.similarity.hyperbolic.learning\n"
        "except MissingExtraError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "learning the campaign hierarchy needs PyTorch: pip install 'attrigraph[gnn]'\n"
    )


def test_the_example_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[3] / "docs" / "similarity.md").read_text(encoding="utf-8")
    section = page.split("\n## Hierarchy\n")[1].split("\n## ")[0]
    (block,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    exec(block, {})
    assert capsys.readouterr().out == "['summer shoes', 'winter boots'] same branch\n"
