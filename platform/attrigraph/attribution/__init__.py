"""Attribution models: pure NumPy and SciPy, one family of models a folder."""
