"""Corrections of served predictions that learn from feedback, and what keeps them from harm."""
