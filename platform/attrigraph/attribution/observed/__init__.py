"""What was observed: journeys cut from events, and equal ones counted once."""
