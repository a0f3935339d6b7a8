"""Attention mechanisms for marketing data in pure torch, with their geometry and training."""

from attention.marketing import USE_CASES, MarketingAttention
from attention.mechanisms.result import AttentionResult

__all__ = ["USE_CASES", "AttentionResult", "MarketingAttention"]
