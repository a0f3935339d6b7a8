"""Creatives that wear out: what their decay means, and how it is forecast without a network."""
