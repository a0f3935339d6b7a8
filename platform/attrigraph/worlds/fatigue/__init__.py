"""Worlds of creatives that wear out, with the response rate of every day known."""
