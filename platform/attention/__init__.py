"""Attention mechanisms for marketing data, in pure torch: one mechanism a file."""
