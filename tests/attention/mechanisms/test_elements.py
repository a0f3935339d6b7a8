"""Element scores: exact identities, and a planted world where each element's effect is known."""

import itertools
import math
from typing import Any

import pytest
import torch
from scipy.stats import spearmanr

from attention.mechanisms.elements import KINDS, ElementAttention, funnel_loss, shapley_of_three
from attention_contract import EXACT, NOT_APPLICABLE, AttentionContract


class ElementContract(AttentionContract):
    # the output is a logit read out from heads that share with a null key, so no value passes alone
    test_one_key_gives_the_transform_of_its_value = NOT_APPLICABLE
    test_output_lies_in_the_convex_hull_of_the_values = NOT_APPLICABLE
    test_huge_logits_give_the_value_of_the_largest = NOT_APPLICABLE
    test_weights_are_shares_and_a_row_without_keys_is_zero = NOT_APPLICABLE

    def options(self, n: int, m: int, batch: tuple[int, ...]) -> dict[str, torch.Tensor]:
        kinds = torch.tensor([0, 1, 2, -1, 1, 0])[:m]
        return {"kinds": kinds.expand(*batch, m)}


class TestElementHeads(ElementContract):
    def build(self) -> ElementAttention:
        return ElementAttention(8, 4)


class TestPlainHeads(ElementContract):
    def build(self) -> ElementAttention:
        return ElementAttention(8, 2, element_heads=False)


def creatives(count: int = 5, width: int = 8) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    rows = torch.randn(count, 4, width, generator=generator, dtype=torch.float64)
    return rows[:, :1], rows[:, 1:], torch.arange(3)


def layer_of(**options: Any) -> ElementAttention:
    torch.manual_seed(1)
    layer = ElementAttention(8, 4, **options).double().eval()
    torch.nn.init.normal_(layer.readout.bias)
    return layer


def test_element_heads_see_their_kind_alone_and_the_last_head_sees_all() -> None:
    query, elements, kinds = creatives()
    result = layer_of()(query, elements, elements, kinds=kinds)
    assert result.output.shape == (5, 1, 1)
    weights = result.weights[:, :, 0]
    assert torch.equal(weights[:, :3], torch.eye(3, 4).double().expand(5, 3, 4))
    assert (weights[:, 3] > 0).all()
    torch.testing.assert_close(weights[:, 3].sum(-1), torch.ones(5).double(), **EXACT)


def test_several_elements_of_a_kind_share_their_head_and_those_of_no_kind_only_the_last() -> None:
    query, elements, _ = creatives()
    kinds = torch.tensor([0, 0, -1])
    weights = layer_of()(query, elements, elements, kinds=kinds).weights[:, :, 0]
    assert (weights[:, 0, :2] > 0).all()
    torch.testing.assert_close(weights[:, 0, :2].sum(-1), torch.ones(5).double(), **EXACT)
    assert (weights[:, 1:3] == 0).all()
    assert (weights[:, 3] > 0).all()


def test_without_any_element_the_null_key_is_left_and_nothing_is_nan() -> None:
    query, elements, kinds = creatives()
    layer = layer_of()
    result = layer(query, elements, elements, kinds=kinds, mask=torch.zeros(3, dtype=torch.bool))
    null = layer.value(layer.null)[-2:]
    expected = layer.readout.weight[0, -2:] @ null + layer.readout.bias
    torch.testing.assert_close(result.output, expected.expand(5, 1, 1), **EXACT)


@pytest.mark.parametrize("element_heads", [True, False], ids=["element", "plain"])
@pytest.mark.parametrize("form", ["additive_parts", "shapley_scores", "head_scores"])
def test_scores_and_rest_sum_to_the_logit(element_heads: bool, form: str) -> None:
    query, elements, kinds = creatives()
    layer = layer_of(element_heads=element_heads)
    if form == "head_scores" and not element_heads:
        with pytest.raises(ValueError, match=r"element_heads must be True .* got False"):
            layer.head_scores(query, elements, kinds=kinds)
        return
    mask = torch.tensor([[[True, True, False]], *[[[True] * 3]] * 4])
    result = getattr(layer, form)(query, elements, kinds=kinds, mask=mask)
    logit = layer(query, elements, elements, kinds=kinds, mask=mask).output[..., 0]
    torch.testing.assert_close(result.scores.sum(-1) + result.rest, logit, **EXACT)
    if form != "head_scores":
        assert (result.scores[0, 0, 2] == 0).all()  # an absent element adds nothing


def test_shapley_scores_are_means_of_gains_over_all_orders() -> None:
    query, elements, kinds = creatives()
    layer = layer_of()

    def logit(present: tuple[int, ...]) -> torch.Tensor:
        mask = torch.tensor([e in present for e in range(3)])
        return layer(query, elements, elements, kinds=kinds, mask=mask).output[..., 0]

    expected = torch.zeros(5, 1, 3).double()
    for order in itertools.permutations(range(3)):
        for place, element in enumerate(order):
            gain = logit(order[: place + 1]) - logit(order[:place])
            expected[..., element] += gain / 6
    result = layer.shapley_scores(query, elements, kinds=kinds)
    torch.testing.assert_close(result.scores, expected, **EXACT)
    torch.testing.assert_close(result.rest, logit(()), **EXACT)


def test_shapley_of_three_by_hand() -> None:
    # v0, v1, v2, v12, v3, v13, v23, v123
    values = torch.tensor([1.0, 3.0, 4.0, 9.0, 1.0, 3.0, 4.0, 9.0]).double()
    # player 3 adds nothing; of the 8 gained, players 1 and 2 add 2 and 3 alone and 3 together
    expected = torch.tensor([3.5, 4.5, 0.0]).double()
    torch.testing.assert_close(shapley_of_three(values), expected, **EXACT)


def test_shapley_in_float32_sums_to_two_millionths() -> None:
    query, elements, kinds = creatives(200)
    layer = layer_of().float()
    result = layer.shapley_scores(query.float(), elements.float(), kinds=kinds)
    logit = layer(query.float(), elements.float(), elements.float(), kinds=kinds).output[..., 0]
    assert (result.scores.sum(-1) + result.rest - logit).abs().max() < 5e-6


def test_an_absent_element_lacks_the_mean_in_head_scores_and_adds_nothing_in_shapley_scores() -> (
    None
):
    query, elements, kinds = creatives()
    layer = layer_of()
    layer.centre(query, elements, kinds=kinds)
    without = {"kinds": kinds, "mask": torch.tensor([True, False, True])}
    result = layer.head_scores(query, elements, **without)
    expected = (-layer.means[1]).expand(5, 1)
    torch.testing.assert_close(result.scores[..., 1], expected, **EXACT)
    assert (layer.shapley_scores(query, elements, **without).scores[..., 1] == 0).all()


def test_centred_scores_have_mean_zero_over_the_training_set() -> None:
    query, elements, kinds = creatives(20)
    layer = layer_of()
    for _ in range(2):  # centring again changes nothing
        layer.centre(query, elements, kinds=kinds)
        scores = layer.head_scores(query, elements, kinds=kinds).scores
        torch.testing.assert_close(scores.mean((0, 1)), torch.zeros(3).double(), **EXACT)


def test_each_stage_of_the_funnel_is_read_from_the_head_of_its_kind() -> None:
    query, elements, kinds = creatives()
    layer = layer_of()
    plain = layer.stage_logits(query, elements, kinds=kinds)
    assert plain.shape == (5, 1, 3)
    changed = elements.clone()
    changed[:, 1] += 1
    moved = layer.stage_logits(query, changed, kinds=kinds) != plain
    assert moved[..., 1].all()
    assert not moved[..., [0, 2]].any()


def test_the_funnel_loss_is_the_binomial_likelihood_a_trial() -> None:
    logits = torch.tensor([[0.3, -1.0, 2.0], [0.0, 0.5, 0.1]]).double().requires_grad_()
    trials = torch.tensor([[100.0, 30.0, 4.0], [50.0, 0.0, 6.0]]).double()
    successes = torch.tensor([[30.0, 4.0, 1.0], [10.0, 0.0, 3.0]]).double()
    result = funnel_loss(logits, successes, trials)
    p = torch.sigmoid(logits)
    likelihood = successes * p.log() + (trials - successes) * (1 - p).log()
    torch.testing.assert_close(result, -(likelihood.sum(0) / trials.sum(0)).sum(), **EXACT)
    (slope,) = torch.autograd.grad(result, logits)
    assert slope[1, 1] == 0  # no trial, no lesson
    with pytest.raises(ValueError, match="successes must be between 0 and trials, got 1 counts"):
        funnel_loss(logits, trials + torch.tensor([1.0, 0, 0]) * torch.tensor([[1.0], [0]]), trials)


@pytest.mark.usefixtures("as_a_user_calls_it")
@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        (torch.tensor([0, 1]), r"kinds must be integers of shape \(3,\) .* of shape \(2,\)"),
        (torch.zeros(3), "kinds must be integers .* got torch.float32"),
        (torch.tensor([0, 1, 3]), "kinds must be between -1 and 2, got 0 to 3"),
    ],
)
def test_unknown_kinds_are_errors(kinds: torch.Tensor, message: str) -> None:
    query, elements, _ = creatives()
    with pytest.raises(ValueError, match=message):
        layer_of()(query, elements, elements, kinds=kinds)


def test_element_heads_need_a_head_for_interactions() -> None:
    with pytest.raises(ValueError, match="heads must be at least 4 with element heads, got 2"):
        ElementAttention(8, 2)


class PlantedWorld:
    """8,000 creatives whose response follows their elements by known amounts."""

    def __init__(self, seed: int) -> None:
        torch.manual_seed(seed)
        count, width = 8000, 16
        self.elements = torch.randn(count, 3, width)
        self.query = self.elements.mean(1, keepdim=True) + 0.5 * torch.randn(count, 1, width)
        self.kinds = torch.arange(3)
        directions = torch.nn.functional.normalize(torch.randn(3, width), dim=-1)
        traits = torch.einsum("ced,ed->ce", self.elements, directions)
        self.effects = traits * torch.tensor([0.8, 0.5, 0.25])
        logits = -3.5 + self.effects.sum(-1) + 0.2 * traits[:, 0] * traits[:, 1]
        self.rates = torch.distributions.Binomial(400, torch.sigmoid(logits)).sample() / 400
        self.fit, self.check, self.held = (
            slice(0, 5600), slice(5600, 6800), slice(6800, None)
        )  # fmt: skip

    def of(self, part: slice) -> tuple[torch.Tensor, torch.Tensor]:
        return self.query[part], self.elements[part]

    def loss(self, layer: ElementAttention, part: slice | torch.Tensor) -> torch.Tensor:
        query, elements = self.query[part], self.elements[part]
        logits = layer(query, elements, elements, kinds=self.kinds).output[:, 0, 0]
        return torch.nn.functional.binary_cross_entropy_with_logits(logits, self.rates[part])

    def train(self, *, element_heads: bool) -> ElementAttention:
        layer = ElementAttention(16, 4, element_heads=element_heads, dropout=0.0)
        optimiser = torch.optim.Adam(layer.parameters(), lr=0.01)
        best, kept, patience = math.inf, layer.state_dict(), 0
        for _ in range(12):
            for part in torch.randperm(self.fit.stop).split(256):
                optimiser.zero_grad()
                self.loss(layer, part).backward()
                optimiser.step()
            with torch.no_grad():
                now = self.loss(layer, self.check).item()
            patience = 0 if now < best - 1e-5 else patience + 1
            if patience == 0:
                best, kept = now, {k: v.clone() for k, v in layer.state_dict().items()}
            if patience == 2:
                break
        layer.load_state_dict(kept)
        return layer.eval()

    def agreement(self, scores: torch.Tensor) -> dict[str, float]:
        truth = self.effects[self.held]
        pairs = zip(KINDS, scores.T, truth.T, strict=True)
        return {kind: float(spearmanr(result, true).statistic) for kind, result, true in pairs}


def test_planted_effects_of_hook_and_promise_are_recovered_and_not_by_numbers_of_heads() -> None:
    world = PlantedWorld(seed=0)
    layer, plain = world.train(element_heads=True), world.train(element_heads=False)
    held = world.of(world.held)
    with torch.no_grad():
        by_head = world.agreement(layer.head_scores(*held, kinds=world.kinds).scores[:, 0])
        shapley = world.agreement(layer.shapley_scores(*held, kinds=world.kinds).scores[:, 0])
        # the rule of the first design: head 0 is the hook, head 1 the promise, head 2 the frame
        outputs = plain.head_outputs(held[0], held[1], held[1], world.kinds)[0]
        numbered = world.agreement(outputs[:, :3, 0].mean(-1))
    for kind in ("hook", "promise"):
        assert by_head[kind] >= 0.7
        assert shapley[kind] >= 0.7
        assert shapley[kind] >= abs(numbered[kind]) + 0.3
    assert shapley["frame"] >= 0.4
