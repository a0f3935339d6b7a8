"""Training methods: natural gradients and the information bottleneck."""
