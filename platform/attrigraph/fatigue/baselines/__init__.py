"""Forecasts of fatigue that need no network: what the model is compared with, one file per idea."""
