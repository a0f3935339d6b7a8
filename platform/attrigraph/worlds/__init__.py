"""Known-truth worlds: simulated customers whose marketing has effects that are known exactly."""
