"""On a GPU the mechanisms give what they give on the CPU, on tensors that stay where they were."""

import pytest
import torch

from attention import USE_CASES, MarketingAttention
from attention.mechanisms.elements import ElementAttention
from attention.mechanisms.experts import ExpertAttention, balance_loss
from attention.mechanisms.flash import attend_blockwise
from attention.mechanisms.linear import LinearAttention
from attention.mechanisms.topology import TopologyGatedAttention
from attention_contract import EXACT

pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here"),
    pytest.mark.usefixtures("as_a_user_calls_it"),
]


def random(seed: int, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("n", [1, 7], ids=["one-query", "queries"])
@pytest.mark.parametrize("masked", [False, True], ids=["all", "masked"])
@pytest.mark.parametrize("use_case", USE_CASES)
def test_every_use_case_agrees_with_the_cpu(use_case: str, masked: bool, n: int) -> None:
    torch.manual_seed(0)
    layer = MarketingAttention(dim=16)
    layer.mechanism(use_case, like=random(0, 1))
    wide = 384 if use_case == "cross_platform" else 16
    rows = [random(1, n, 16), random(2, 40, wide), random(3, 40, wide)]
    arguments = {"times": random(4, 40).abs()} if use_case == "attribution" else {}
    if masked:
        arguments["mask"] = torch.arange(40) % 3 > 0
    expected = layer.compute(use_case, *rows, **arguments)
    if use_case == "health_monitoring":
        gated = layer.mechanism(use_case)
        assert isinstance(gated, TopologyGatedAttention)
        gated.gate.mode = None  # the same event again
    result = layer.cuda().compute(
        use_case, *(row.cuda() for row in rows), **{k: v.cuda() for k, v in arguments.items()}
    )
    assert result.output.is_cuda
    torch.testing.assert_close(result.output.cpu(), expected.output, **EXACT)
    if expected.weights is not None:
        assert result.weights is not None
        torch.testing.assert_close(result.weights.cpu(), expected.weights, **EXACT)


def test_own_blocks_streams_element_scores_and_losses_agree_with_the_cpu() -> None:
    torch.manual_seed(0)
    q, k, v = (random(seed, 2, 50, 8) for seed in range(3))
    on_gpu = attend_blockwise(q.cuda(), k.cuda(), v.cuda(), block_size=16)
    torch.testing.assert_close([t.cpu() for t in on_gpu], list(attend_blockwise(q, k, v)), **EXACT)

    stream = LinearAttention(16, 2, tau=3.0).double()
    rows, times = random(3, 9, 16), torch.arange(9.0, dtype=torch.float64)
    expected = stream.read(stream.absorb(stream.start(), rows, rows, times=times), rows)
    stream.cuda()
    state = stream.absorb(stream.start(), rows.cuda(), rows.cuda(), times=times.cuda())
    torch.testing.assert_close(stream.read(state, rows.cuda()).cpu(), expected, **EXACT)

    scorer, kinds = ElementAttention(16).double().eval(), torch.arange(3)
    scores = scorer.shapley_scores(rows[:1], rows[1:4], kinds=kinds).scores
    on_gpu_scores = scorer.cuda().shapley_scores(
        rows[:1].cuda(), rows[1:4].cuda(), kinds=kinds.cuda()
    )
    torch.testing.assert_close(on_gpu_scores.scores.cpu(), scores, **EXACT)

    experts = MarketingAttention(16).mechanism("expert_routing", like=rows)
    assert isinstance(experts, ExpertAttention)
    loss = balance_loss(experts.route(rows))
    loss_on_gpu = balance_loss(experts.cuda().route(rows.cuda()))
    torch.testing.assert_close(loss_on_gpu.cpu(), loss, **EXACT)
