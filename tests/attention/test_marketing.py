"""Use cases by method and by name: built once when first used, and no argument is ignored."""

from typing import Any

import pytest
import torch

from attention import USE_CASES, MarketingAttention
from attention.mechanisms.elements import ElementAttention
from attention.mechanisms.multi_head import MultiHeadAttention

pytestmark = pytest.mark.usefixtures("as_a_user_calls_it")


def rows(use_case: str, n: int = 3, m: int = 12) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    wide = 384 if use_case == "cross_platform" else 16
    return [torch.randn(r, d, generator=generator) for r, d in ((n, 16), (m, wide), (m, wide))]


def arguments(use_case: str, m: int = 12) -> dict[str, torch.Tensor]:
    return {"times": torch.arange(float(m))} if use_case == "attribution" else {}


@pytest.mark.parametrize("use_case", USE_CASES)
def test_equal_calls_have_equal_results_in_every_use_case(use_case: str) -> None:
    torch.manual_seed(0)
    layer = MarketingAttention(dim=16)
    first = layer.compute(use_case, *rows(use_case), **arguments(use_case))
    again = layer.compute(use_case, *rows(use_case), **arguments(use_case))
    assert first.output.shape == (3, 16)
    assert torch.equal(first.output, again.output)


@pytest.mark.parametrize("use_case", USE_CASES)
def test_the_typed_method_of_a_use_case_gives_the_same_as_its_name(use_case: str) -> None:
    torch.manual_seed(0)
    layer = MarketingAttention(dim=16)
    method = getattr(layer, USE_CASES[use_case].method)
    typed = method(*rows(use_case), **arguments(use_case))
    named = layer.compute(use_case, *rows(use_case), **arguments(use_case))
    assert torch.equal(typed.output, named.output)
    assert list(layer.mechanisms) == [use_case]
    assert isinstance(layer.mechanism(use_case), USE_CASES[use_case].mechanism)


@pytest.mark.parametrize("use_case", USE_CASES)
def test_a_key_that_may_not_be_seen_changes_nothing_in_any_use_case(use_case: str) -> None:
    torch.manual_seed(0)
    layer = MarketingAttention(dim=16)
    query, keys, values = rows(use_case)
    mask = torch.arange(12) != 5
    plain = layer.compute(use_case, query, keys, values, mask=mask, **arguments(use_case))
    keys, values = keys.clone(), values.clone()
    keys[5], values[5] = torch.nan, torch.inf
    other = layer.compute(use_case, query, keys, values, mask=mask, **arguments(use_case))
    torch.testing.assert_close(other.output, plain.output)


def test_the_use_cases_are_the_eight_of_the_design() -> None:
    assert list(USE_CASES) == [
        "creative_scoring", "audience_hierarchy", "long_sequence", "attribution",
        "cross_platform", "expert_routing", "health_monitoring", "realtime_bidding",
    ]  # fmt: skip


def test_mechanisms_are_built_once_when_first_used() -> None:
    layer = MarketingAttention(dim=16)
    assert len(layer.mechanisms) == 0
    layer.compute("long_sequence", *rows("long_sequence"))
    built = layer.mechanism("long_sequence")
    layer.compute("long_sequence", *rows("long_sequence"))
    assert list(layer.mechanisms) == ["long_sequence"]
    assert layer.mechanism("long_sequence") is built


def test_dtype_follows_the_first_input() -> None:
    layer = MarketingAttention(dim=16)
    double = [t.double() for t in rows("long_sequence")]
    assert layer.compute("long_sequence", *double).output.dtype == torch.float64
    with pytest.raises(ValueError, match=r"query must have dtype torch.float64, got torch.float32"):
        layer.compute("long_sequence", *rows("long_sequence"))


def test_dropout_acts_only_after_train() -> None:
    layer = MarketingAttention(dim=16, options={"creative_scoring": {"dropout": 0.5}})
    query, keys, values = rows("creative_scoring")

    def output() -> torch.Tensor:
        return layer.relate_creatives(query, keys, values).output

    assert torch.equal(output(), output())
    layer.train()
    assert not torch.equal(output(), output())
    assert layer.mechanism("realtime_bidding").training


def test_state_is_saved_and_loaded_once_mechanisms_are_built() -> None:
    layer, other = MarketingAttention(dim=16), MarketingAttention(dim=16)
    for module in (layer, other):
        module.mechanism("cross_platform")
        module.mechanism("health_monitoring")
    other.load_state_dict(layer.state_dict())
    query, keys, values = rows("cross_platform")
    loaded = other.transfer_across_platforms(query, keys, values)
    original = layer.transfer_across_platforms(query, keys, values)
    assert torch.equal(loaded.output, original.output)


def test_options_reach_the_mechanism() -> None:
    layer = MarketingAttention(dim=16, options={"cross_platform": {"key_dim": 24}})
    assert layer.compute(
        "cross_platform", torch.randn(2, 16), *torch.randn(2, 5, 24)
    ).output.shape == (2, 16)


def test_creatives_whose_elements_have_kinds_are_scored_by_element() -> None:
    torch.manual_seed(0)
    layer = MarketingAttention(dim=16, options={"creative_scoring": {"dropout": 0.3}})
    creatives, elements, kinds = torch.randn(2, 16), torch.randn(3, 16), torch.arange(3)
    response = layer.score_creatives(creatives, elements, elements, kinds=kinds)
    named = layer.compute("creative_scoring", creatives, elements, elements, kinds=kinds)
    scores = layer.element_scores(creatives, elements, kinds=kinds)
    assert response.output.shape == (2, 1)
    assert torch.equal(response.output, named.output)
    assert scores.scores.shape == (2, 3)
    torch.testing.assert_close(scores.scores.sum(-1) + scores.rest, response.output[:, 0])
    plain = layer.compute("creative_scoring", creatives, elements, elements)
    assert plain.output.shape == (2, 16)
    by_element = layer.mechanism("creative_scoring", by_element=True)
    multi_head = layer.mechanism("creative_scoring")
    assert isinstance(by_element, ElementAttention)
    assert isinstance(multi_head, MultiHeadAttention)
    assert by_element.dropout == multi_head.dropout == 0.3
    assert list(layer.mechanisms) == ["creative_scoring_element", "creative_scoring"]


def test_an_option_fixes_the_mechanism_of_creative_scoring() -> None:
    rows = torch.randn(3, 16)
    always = MarketingAttention(16, options={"creative_scoring": {"elements": True}})
    assert isinstance(always.mechanism("creative_scoring"), ElementAttention)
    with pytest.raises(ValueError, match="argument kinds must be given for 'creative_scoring'"):
        always.compute("creative_scoring", rows, rows, rows)
    never = MarketingAttention(16, options={"creative_scoring": {"elements": False}})
    with pytest.raises(ValueError, match=r"argument of 'creative_scoring' must be .* got kinds"):
        never.compute("creative_scoring", rows, rows, rows, kinds=torch.arange(3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (("telepathy",), "use_case must be one of creative_scoring, .* got 'telepathy'"),
        (("long_sequence", {"times": 0}), ("argument of 'long_sequence' must be one of mask, bias, "
         "need_lse, got times")),
        (("attribution",), "argument times must be given for 'attribution', got none"),
    ],
    ids=["use-case", "inapplicable", "missing"],
)  # fmt: skip
def test_unknown_and_missing_arguments_are_errors(call: tuple[Any, ...], message: str) -> None:
    layer = MarketingAttention(dim=16)
    use_case, extra = call[0], call[1] if len(call) > 1 else {}
    with pytest.raises(ValueError, match=message):
        layer.compute(use_case, *rows(use_case), **extra)
    assert len(layer.mechanisms) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"telepathy": {}}, "use_case must be one of"),
        ({"long_sequence": {"colour": 1}}, ("option of 'long_sequence' must be one of heads, "
         "block_size, dropout, got colour")),
        ({"creative_scoring": {"elements": True, "key_dim": 3}}, ("must be one of heads, "
         "element_heads, dropout, got key_dim")),
    ],
)  # fmt: skip
def test_unknown_options_are_errors_of_the_constructor(
    options: dict[str, dict[str, Any]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        MarketingAttention(dim=16, options=options)


def test_only_a_mechanism_with_its_own_query_needs_none() -> None:
    layer = MarketingAttention(dim=16)
    _, keys, values = rows("attribution")
    result = layer.encode_journeys(None, keys, values, times=torch.arange(12.0))
    assert result.output.shape == (1, 16)
    with pytest.raises(ValueError, match="query must be a tensor for 'expert_routing', got None"):
        layer.compute("expert_routing", None, keys, values)
