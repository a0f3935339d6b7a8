"""Data health: figures of the events, and checks that make lines of them."""
