"""The conversion model and its messages, before and without any fitting."""

from typing import Any

import numpy as np
import pytest
import torch

from gnn.batches import graph_of
from gnn.journeys import JourneyColumns, Vocabulary
from gnn.model import ConversionModel, ModelSettings
from gnn.preceded import PrecededConv, gap_features
from planted_journeys import journeys_of, random_journeys

SETTINGS = ModelSettings(dim=16, heads=2, hidden=8, rounds=2)


def scrambled(covariates: int = 0) -> ConversionModel:
    """A model none of whose parameters is at rest, in evaluation mode and float64."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = ConversionModel(Vocabulary(3, 2), covariates, SETTINGS)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.3 * torch.randn_like(parameter))
    return model.eval()


def logits(model: ConversionModel, journeys: JourneyColumns) -> np.ndarray:
    with torch.no_grad():
        return model(graph_of(journeys)).numpy()


def test_a_batch_is_a_loop_over_its_journeys() -> None:
    model, journeys = scrambled(2), random_journeys(40, 1, covariates=2)
    alone = [logits(model, journeys.select(np.array([row])))[0] for row in range(40)]
    assert np.allclose(logits(model, journeys), alone, atol=1e-5)


def test_a_touch_left_out_has_never_been_there() -> None:
    model = scrambled()
    journeys = journeys_of([(0, 9), (1, 4), (2, 1)])
    without = journeys.with_touches(np.array([True, False, True]))
    assert logits(model, without) == pytest.approx(logits(model, journeys_of([(0, 9), (2, 1)])))


def test_order_and_time_matter() -> None:
    model = scrambled()
    result = logits(
        model,
        journeys_of([(0, 9), (1, 4)], [(1, 9), (0, 4)], [(0, 9), (1, 1)], [(0, 12), (1, 4)]),
    )
    assert len(set(result.round(4))) == 4


def test_the_number_of_equal_touches_matters() -> None:
    result = logits(scrambled(), journeys_of([(0, 2)], [(0, 2)] * 2, [(0, 2)] * 5))
    assert len(set(result.round(4))) == 3


def test_journeys_without_touches_differ_by_covariates_alone() -> None:
    model = scrambled(1)
    known = np.array([[0.0], [0.0], [1.0]])
    result = logits(model, journeys_of([], [], [], covariates=known))
    assert result[0] == result[1] != result[2]


def test_a_journey_with_hidden_touches_is_not_one_without_any() -> None:
    model = scrambled()
    with torch.no_grad():
        bare, hidden = (model(graph_of(journeys_of([]), np.array([n]))).item() for n in (0, 1))
    assert bare != hidden


def test_gradients_are_finite_where_journeys_have_no_touches() -> None:
    model = scrambled().train()
    model(graph_of(journeys_of([], [(0, 3), (1, 1)], []))).sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)
    assert model.attention.null is not None
    assert model.attention.null.grad is not None
    assert model.attention.null.grad.abs().sum() > 0


def test_messages_go_forward_in_time_only() -> None:
    conv = PrecededConv(8)
    torch.nn.init.normal_(conv.out.weight)
    touches = torch.randn(3, 8)
    edges, days = torch.tensor([[0, 1], [1, 2]]), torch.tensor([2.0, 3.0])
    before = conv(touches, edges, days)
    touches[1] += 1
    after = conv(touches, edges, days)
    assert torch.equal(before[0], after[0])
    assert not torch.allclose(before[2], after[2])


def test_a_message_fades_with_the_time_between() -> None:
    conv = PrecededConv(4)
    far = conv.message(torch.ones(1, 4), torch.tensor([1e6]))
    assert far.abs().max() < 1e-6


def test_messages_start_as_the_identity() -> None:
    touches = torch.randn(2, 8)
    result = PrecededConv(8)(touches, torch.tensor([[0], [1]]), torch.tensor([1.0]))
    assert torch.equal(result, touches)


def test_gaps_of_minutes_and_of_weeks_look_different() -> None:
    result = gap_features(torch.tensor([0.0, 0.01, 1.0, 7.0, 30.0]))
    assert result.shape == (5, 8)
    assert torch.cdist(result, result).fill_diagonal_(1).min() > 0.05


def test_all_journeys_start_at_the_rate() -> None:
    model = ConversionModel(Vocabulary(3), 1, SETTINGS)
    journeys = random_journeys(10, 1, covariates=1)
    model.start_at(0.2, torch.from_numpy(journeys.covariates).float())
    assert logits(model, journeys) == pytest.approx(np.log(0.25))


def test_covariates_that_never_vary_stay_finite() -> None:
    model = ConversionModel(Vocabulary(3), 1, SETTINGS)
    model.start_at(0.2, torch.ones(5, 1))
    assert model.scale.item() == 1


def test_covariates_of_another_number_are_errors() -> None:
    with pytest.raises(ValueError, match="needs 2 covariates, got 1"):
        scrambled(2)(graph_of(random_journeys(3, 1, covariates=1)))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dim": 20}, "dim must be a multiple of 8 x heads"),
        ({"heads": 0}, "heads must be at least 1"),
        ({"rounds": -1}, "rounds must be at least 0"),
        ({"lookback": 0.0}, "lookback above 0"),
        ({"lookback": float("nan")}, "lookback above 0"),
    ],
)
def test_settings_that_make_no_model_are_errors(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ModelSettings(**settings)
