"""Cross attention against torch's layer, prepared keys, and a prior for a platform without data."""

import math

import pytest
import torch

from attention.mechanisms.cross import CrossAttention
from attention_contract import EXACT, AttentionContract


class TestCross(AttentionContract):
    query_width, key_width, value_width = 8, 12, 10

    def build(self) -> CrossAttention:
        return CrossAttention(8, 12, value_dim=10, heads=2)


@pytest.mark.parametrize("need_weights", [True, False], ids=["weights", "fused"])
def test_equals_the_layer_of_torch_at_256_by_384(need_weights: bool) -> None:
    torch.manual_seed(0)
    layer = CrossAttention().double().eval()
    twin = torch.nn.MultiheadAttention(256, 4, kdim=384, vdim=384, batch_first=True).double()
    with torch.no_grad():
        for name in ("q", "k", "v"):
            full = {"q": "query", "k": "key", "v": "value"}[name]
            getattr(twin, f"{name}_proj_weight").copy_(getattr(layer.project, full).weight)
        twin.in_proj_bias.zero_()
        twin.out_proj.load_state_dict(layer.project.out.state_dict())
    q, k, v = (torch.randn(2, n, d).double() for n, d in ((3, 256), (7, 384), (7, 384)))
    ours, theirs = ([t.clone().requires_grad_() for t in (q, k, v)] for _ in range(2))
    found = layer(*ours, need_weights=need_weights)
    expected, weights = twin(*theirs, average_attn_weights=False)
    torch.testing.assert_close(found.output, expected, **EXACT)
    if need_weights:
        torch.testing.assert_close(found.weights, weights, **EXACT)
    gradients = (torch.autograd.grad(x.square().sum(), t) for x, t in
                 ((found.output, ours), (expected, theirs)))  # fmt: skip
    torch.testing.assert_close(*gradients, rtol=0, atol=1e-9)


def test_prepared_keys_give_the_same_answers() -> None:
    torch.manual_seed(0)
    layer = CrossAttention(8, 12, heads=2).double()
    q, k, v = torch.randn(3, 8).double(), *torch.randn(2, 5, 12).double()
    mask = torch.tensor([True, False, True, True, True])
    prepared = layer.prepare(k, v)
    for options in ({}, {"mask": mask}, {"need_weights": False}):
        plain, ready = layer(q, k, v, **options), layer.read(q, prepared, **options)
        torch.testing.assert_close(ready.output, plain.output, **EXACT)


@pytest.mark.usefixtures("as_a_user_calls_it")
def test_prepared_keys_and_their_queries_are_checked() -> None:
    layer = CrossAttention(8, 12, heads=2)
    with pytest.raises(ValueError, match=r"keys must have shape \(..., rows, 12\), got \(5, 11\)"):
        layer.prepare(torch.zeros(5, 11), torch.zeros(5, 12))
    prepared = layer.prepare(torch.zeros(5, 12), torch.zeros(5, 12))
    with pytest.raises(ValueError, match=r"query must have shape \(..., rows, 8\), got \(2, 9\)"):
        layer.read(torch.zeros(2, 9), prepared)
    with pytest.raises(ValueError, match=r"mask must broadcast to shape \(2, 5\), got \(4,\)"):
        layer.read(torch.zeros(2, 8), prepared, mask=torch.ones(4, dtype=torch.bool))


def log_loss(rate: torch.Tensor, logit: torch.Tensor) -> float:
    """Expected log-loss of predicted logits where the true rates are known, nats a trial."""
    return float(
        -(rate * torch.nn.functional.logsigmoid(logit)
          + (1 - rate) * torch.nn.functional.logsigmoid(-logit)).mean()
    )  # fmt: skip


def test_a_platform_left_out_is_predicted_better_than_by_its_mean_or_by_nearest_texts() -> None:
    """Five platforms, 40 campaigns each; behaviour and text both show three hidden traits."""
    torch.manual_seed(0)
    campaigns, platform = 200, torch.arange(200) % 5
    traits = torch.randn(campaigns, 3)
    state = traits @ torch.randn(3, 16) + 0.3 * torch.randn(campaigns, 16)
    text = torch.cat([traits @ torch.randn(3, 8), 2.0 * torch.randn(campaigns, 16)], -1)
    truth = torch.sigmoid(-2.0 + traits @ torch.tensor([1.0, -0.7, 0.5]))
    trials = 400
    seen = torch.distributions.Binomial(trials, truth).sample() / trials
    result = torch.logit(seen.clamp(0.5 / trials, 1 - 0.5 / trials))[:, None]
    held = platform == 4
    # nobody reads the results of its own platform
    mask = (platform[:, None] != platform[None]) & ~held[None]
    layer = CrossAttention(16, 24, value_dim=1, heads=1)
    read = torch.nn.Linear(16, 1)
    parameters = [*layer.parameters(), *read.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=0.01)
    fit, check = (
        ~held & (torch.arange(campaigns) % 7 > 0),
        ~held & (torch.arange(campaigns) % 7 == 0),
    )
    best, kept, patience = math.inf, torch.zeros(campaigns), 0
    while patience < 20:
        logit = read(layer(state, text, result, mask=mask).output)[:, 0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logit[fit], seen[fit])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        now = log_loss(seen[check], logit[check].detach())
        best, kept, patience = (
            (now, logit.detach(), 0) if now < best else (best, kept, patience + 1)
        )
    ours = log_loss(truth[held], kept[held])
    of_mean = log_loss(truth[held], torch.logit(truth[held].mean()).expand(int(held.sum())))
    nearest = torch.cdist(text[held], text[~held]).topk(8, largest=False).indices
    of_nearest = log_loss(truth[held], result[~held, 0][nearest].mean(-1))
    floor = log_loss(truth[held], torch.logit(truth[held]))
    assert ours - floor < 0.7 * (min(of_mean, of_nearest) - floor)
