"""Messages of similar units against the layer of torch-geometric, and of some units alone."""

from __future__ import annotations

import pytest
import torch
from torch_geometric.nn import GATv2Conv

from fatigue_units import random_network, random_units
from gnn.fatigue import messages
from gnn.fatigue.graphs import graph_of
from gnn.fatigue.messages import MessageRound, attend_to_similar, read_by


@pytest.mark.parametrize(("pairs", "at_once"), [(0, 8), (1, 8), (40, 7), (40, 8192)])
def test_attention_is_that_of_gatv2(
    pairs: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "AT_ONCE", at_once)
    torch.manual_seed(pairs)
    layer = GATv2Conv(8, 4, 2, edge_dim=3, add_self_loops=False)
    torch.nn.init.normal_(layer.bias)
    state, own = torch.randn(9, 8), torch.randn(5, 8)
    source, target = torch.randint(9, (pairs,)), torch.randint(5, (pairs,))
    edge = 20 * torch.randn(pairs, 3)
    expected = layer((state, own), torch.stack([source, target]), edge)
    found = attend_to_similar(layer, state, own, source, target, edge)
    torch.testing.assert_close(found, expected)
    parameters = list(layer.parameters())
    given = torch.autograd.grad(expected.square().sum(), parameters)
    torch.testing.assert_close(torch.autograd.grad(found.square().sum(), parameters), given)


def test_messages_to_some_units_are_those_among_all() -> None:
    network, graph = random_network(1), graph_of(random_units(15, 1))
    state, rows = torch.randn(15, 16), torch.tensor([11, 2, 7])
    for number, one in enumerate(network.rounds):
        assert isinstance(one, MessageRound)
        numbers = {group: graph["unit", "in", group].edge_index[1] for group in one.of_groups}
        groups = {group: torch.randn(int(of.max()) + 1, 16) for group, of in numbers.items()}
        found, sent = one(graph, state, groups, rows)
        expected, expected_sent = one(graph, state, groups)
        torch.testing.assert_close(found, expected[rows])
        torch.testing.assert_close(sent, expected_sent)
        assert len(sent) == 2 * (number == 0)


def test_units_read_their_sources() -> None:
    units = random_units(15, 2, pairs=12)
    pairs = zip(units.source.tolist(), units.target.tolist(), strict=True)
    expected = {3, 5} | {source for source, target in pairs if target in (3, 5)}
    assert read_by(graph_of(units), torch.tensor([5, 3])).tolist() == sorted(expected)
