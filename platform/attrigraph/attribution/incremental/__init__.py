"""The incremental model: a hazard fitted to person-days, and cooperative games played on it."""
