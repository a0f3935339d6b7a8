"""The gate: its measure of coherence, its modes, and what it lets through."""

import pytest
import torch

from attention.mechanisms.topology import TopologyGatedAttention
from attention.monitoring.topology_gate import (
    FrozenError,
    Mode,
    Thresholds,
    TopologyGate,
    mean_neighbour_cosine,
    neighbourhoods,
    null_cosine,
    preservation,
    rescaled_cosine,
)

S, C, F = Mode.STABLE, Mode.CAUTIOUS, Mode.FREEZE


def portfolio(n: int = 100, families: int = 10, seed: int = 0) -> torch.Tensor:
    """Campaigns in families: those of one family resemble each other."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(families, 64, generator=generator)
    return centres[torch.arange(n) % families] + 0.7 * torch.randn(n, 64, generator=generator)


def coherence(now: torch.Tensor, reference: torch.Tensor, k: int = 8) -> float:
    ids = torch.arange(len(now))
    return preservation(
        neighbourhoods(now, ids, k), neighbourhoods(reference, torch.arange(len(reference)), k)
    )


@pytest.mark.parametrize(
    ("mode", "coherence", "then"),
    [
        (S, 1.0, S), (S, 0.75, S), (S, 0.7499, C), (S, 0.25, C), (S, 0.2499, F),
        (C, 0.85, S), (C, 0.8499, C), (C, 0.25, C), (C, 0.2499, F),
        (F, 0.55, C), (F, 0.5499, F), (F, 1.0, C), (F, 0.0, F),
    ],
)  # fmt: skip
def test_transitions(mode: Mode, coherence: float, then: Mode) -> None:
    assert Thresholds().after(mode, coherence) is then


@pytest.mark.parametrize(
    ("coherence", "mode"), [(1.0, S), (0.8, S), (0.7999, C), (0.3, C), (0.2999, F), (0.0, F)]
)
def test_the_first_mode(coherence: float, mode: Mode) -> None:
    assert Thresholds().first(coherence) is mode


@pytest.mark.parametrize("start", list(Mode))
@pytest.mark.parametrize("centre", [0.8, 0.5, 0.3])
def test_an_oscillation_below_the_hysteresis_switches_once_at_most(
    start: Mode, centre: float
) -> None:
    rule, mode, switches = Thresholds(), start, 0
    for step in range(100):
        # the first change brings a mode to its level; what follows must be still
        then = rule.after(mode, centre + 0.049 * (-1) ** step)
        switches += then is not mode
        mode = then
    assert switches <= 1


def test_a_sweep_down_and_up_switches_at_different_points() -> None:
    rule, mode = Thresholds(), S
    path = [step / 1000 for step in range(1000, -1, -1)]
    points = []
    for level in path + path[::-1]:
        then = rule.after(mode, level)
        if then is not mode:
            points.append((round(level, 3), then))
        mode = then
    assert points == [(0.749, C), (0.249, F), (0.55, C), (0.85, S)]


@pytest.mark.parametrize("wrong", [(0.5, 0.6, 0.3, 0.05), (0.8, 0.5, 0.3, -0.1)])
def test_thresholds_out_of_order_are_errors(wrong: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="thresholds must be 0 <= freeze <= cautious"):
        Thresholds(*wrong)


def test_coherence_is_one_when_nothing_moves_and_for_scaled_or_turned_items() -> None:
    items = portfolio()
    turn = torch.linalg.qr(torch.randn(64, 64, generator=torch.Generator().manual_seed(1))).Q
    assert coherence(items, items) == 1.0
    assert coherence(3 * items, items) == 1.0
    assert coherence((items.double() @ turn.double()), items.double()) == 1.0


def test_a_shuffled_reference_is_at_the_level_of_chance() -> None:
    items = torch.randn(100, 64, generator=torch.Generator().manual_seed(0))
    result = [
        coherence(items, items[torch.randperm(100, generator=torch.Generator().manual_seed(s))])
        for s in range(30)
    ]
    chance = 8 / 99
    sd = (chance * (1 - chance) / 800) ** 0.5
    assert all(abs(c - chance) < 3.5 * sd for c in result)
    assert abs(sum(result) / 30 - chance) < 3 * sd / 30**0.5


def test_replaced_items_lower_coherence_by_the_company_they_take_away() -> None:
    items = portfolio()
    for replaced, expected in ((10, 0.81), (40, 0.38)):
        changed = items.clone()
        changed[:replaced] = torch.randn(replaced, 64, generator=torch.Generator().manual_seed(5))
        assert coherence(changed, items) == pytest.approx(expected, abs=0.06)


def test_the_order_of_items_does_not_matter_even_with_duplicates() -> None:
    items = portfolio()
    items[50:60] = items[40:50]
    moved = items + 0.5 * torch.randn(100, 64, generator=torch.Generator().manual_seed(2))
    ids = torch.randperm(1000, generator=torch.Generator().manual_seed(3))[:100]
    order = torch.randperm(100, generator=torch.Generator().manual_seed(4))
    reference = neighbourhoods(items, ids, 8)
    plain = preservation(neighbourhoods(moved, ids, 8), reference)
    assert preservation(neighbourhoods(moved[order], ids[order], 8), reference) == plain
    again = neighbourhoods(items[order], ids[order], 8)
    assert preservation(again, reference) == 1.0


def test_only_items_of_both_windows_count_and_none_in_common_is_zero() -> None:
    items, ids = portfolio(), torch.arange(100)
    whole = neighbourhoods(items, ids, 8)
    assert preservation(neighbourhoods(items[:90], ids[:90], 8), whole) == pytest.approx(
        0.9, abs=0.06
    )
    assert preservation(neighbourhoods(items, ids + 100, 8), whole) == 0.0
    one = neighbourhoods(items[:1], ids[:1], 8)
    assert preservation(one, one) == 1.0
    nobody = neighbourhoods(items[:0], ids[:0], 8)
    assert preservation(nobody, whole) == 0.0
    assert preservation(whole, nobody) == 0.0


def test_hand_worked_neighbours() -> None:
    items = torch.tensor([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    window = neighbourhoods(items, torch.tensor([7, 3, 9, 1]), 1)
    assert window.ids.tolist() == [1, 3, 7, 9]
    assert window.neighbours[:, 0].tolist() == [9, 7, 3, 1]


def angles(*degrees: float) -> torch.Tensor:
    turned = torch.deg2rad(torch.tensor(degrees, dtype=torch.float64))
    return torch.stack([turned.cos(), turned.sin()], -1)


def test_a_small_window_leaves_one_other_out_so_that_coherence_can_fall() -> None:
    # of three each has one neighbour: 0 and 1 have each other, 2 has 1; then 2 joins 0
    before, after = angles(0, 20, 90), angles(0, 90, 20)
    assert neighbourhoods(before, None, 8).neighbours.tolist() == [[1], [0], [1]]
    assert neighbourhoods(after, None, 8).neighbours.tolist() == [[2], [2], [0]]
    assert coherence(after, before) == 0.0
    # of four each has two: a fifth turn of the last changes the second neighbours of 0 and 3
    before, after = angles(0, 10, 30, 70), angles(0, 10, 30, -15)
    result = neighbourhoods(before, None, 8).neighbours.tolist()
    assert result == [[1, 2], [0, 2], [1, 0], [2, 1]]
    result = neighbourhoods(after, None, 8).neighbours.tolist()
    assert result == [[1, 3], [0, 2], [1, 0], [0, 1]]
    assert coherence(after, before) == (1 + 2 + 2 + 1) / 8
    assert coherence(before, before) == 1.0


@pytest.mark.parametrize(("n", "compared"), [(1, 0), (2, 0), (3, 1), (9, 7), (10, 8), (50, 8)])
def test_the_gate_reports_how_many_neighbours_it_compared(n: int, compared: int) -> None:
    layer, items = layer_of(), portfolio(n)
    assert layer(items[:1], items, items).diagnostics["neighbours"] == compared
    if not compared:  # the window is too small for any conclusion
        assert layer(items[:1], -items, items).diagnostics["coherence"] == 1.0


def test_the_mean_cosine_needs_more_items_than_neighbours() -> None:
    with pytest.raises(ValueError, match=r"items must have more than 8 rows, .* got 8"):
        mean_neighbour_cosine(portfolio(8))


def test_the_mean_cosine_depends_on_the_portfolio_and_its_rescaled_form_does_not() -> None:
    generator = torch.Generator().manual_seed(0)
    distance = torch.randn(100, 256, generator=generator)
    assert mean_neighbour_cosine(distance) == pytest.approx(0.116, abs=0.01)
    shared = distance + 1.0 * torch.randn(1, 256, generator=generator)
    assert mean_neighbour_cosine(shared) == pytest.approx(0.57, abs=0.02)
    items = portfolio()
    null = null_cosine(items, generator=generator)
    healthy = mean_neighbour_cosine(items)
    assert null < 0.5 * healthy
    assert rescaled_cosine(healthy, null, healthy) == pytest.approx(0.8)
    assert rescaled_cosine(null, null, healthy) == 0.0
    assert rescaled_cosine(2.0, null, healthy) == 1.0
    with pytest.raises(ValueError, match=r"healthy must be above the null 0.5, got 0.4"):
        rescaled_cosine(0.5, 0.5, 0.4)


def shaken(share: float, seed: int = 9) -> torch.Tensor:
    """The portfolio with a share of its items replaced."""
    items = portfolio().clone()
    count = int(100 * share)
    items[:count] = torch.randn(count, 64, generator=torch.Generator().manual_seed(seed))
    return items


def test_the_gate_computes_every_fourth_event_or_when_stale() -> None:
    gate = TopologyGate()
    modes = [gate.observe(portfolio())] + [gate.observe(shaken(1.0)) for _ in range(4)]
    assert modes == [S, S, S, S, F]
    gate = TopologyGate()
    gate.observe(portfolio())
    assert gate.observe(shaken(1.0), stale=True) is F


def test_the_reference_rolls_forward_only_while_stable() -> None:
    gate = TopologyGate(every=1)
    gate.observe(portfolio())
    gate.observe(shaken(0.05))
    assert gate.mode is S
    first = gate.reference
    gate.observe(shaken(0.4))
    assert gate.mode is C
    assert gate.reference is first
    gate.observe(shaken(0.05))
    assert gate.mode is S
    assert gate.reference is not first


def test_a_replayed_stream_gives_the_same_modes() -> None:
    stream = [shaken(share) for share in (0, 0.1, 0.5, 0.9, 0.9, 0.2, 0.0, 0.0)]
    runs = []
    for _ in range(2):
        gate = TopologyGate(every=1)
        runs.append([(gate.observe(items), gate.coherence) for items in stream])
    assert runs[0] == runs[1]
    assert {mode for mode, _ in runs[0]} == {S, C, F}


def test_ids_must_differ() -> None:
    with pytest.raises(ValueError, match=r"ids must be different numbers, got \[1, 1\]"):
        TopologyGate().observe(torch.eye(2), torch.tensor([1, 1]))
    with pytest.raises(ValueError, match="neighbours and every must be at least 1, got 0 and 4"):
        TopologyGate(neighbours=0)


def test_updates_are_halved_when_cautious_and_raise_when_frozen() -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([weight], lr=0.4)
    gate = TopologyGate()
    for mode, expected in ((None, -0.4), (S, -0.8), (C, -1.0)):
        gate.mode = mode
        weight.grad = torch.ones(1)
        gate.step(optimiser)
        assert weight.item() == pytest.approx(expected)
        assert optimiser.param_groups[0]["lr"] == 0.4
    gate.mode = F
    with pytest.raises(
        FrozenError, match=r"an update is blocked: .* coherence 1.00 .* reaches 0.55"
    ):
        gate.step(optimiser)
    assert weight.item() == pytest.approx(-1.0)
    with pytest.raises(FrozenError, match="moving a budget is blocked"):
        gate.require_open("moving a budget")


def layer_of(every: int = 1) -> TopologyGatedAttention:
    torch.manual_seed(0)
    return TopologyGatedAttention(64, 4, every=every)
