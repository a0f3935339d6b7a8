"""Worlds of agents who decide every day: proportional hazards, intent that moves, repeats."""
