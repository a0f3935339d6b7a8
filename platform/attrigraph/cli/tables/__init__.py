"""Tables and sentences for people, one module per table."""
