"""The jobs there are: one file per job, with its function, window, inputs and default schedule."""
