"""The model of what marketing caused: a hazard fitted to person-days, and games played on it."""
