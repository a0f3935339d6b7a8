"""What is unusual about a day of events, and whom it is sent to."""
