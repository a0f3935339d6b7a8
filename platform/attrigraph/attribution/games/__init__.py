"""Cooperative games: Shapley and Owen values of any value function."""
