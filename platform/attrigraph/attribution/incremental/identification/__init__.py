"""Tests that say, channel by channel, whether credit is identified by the data."""
