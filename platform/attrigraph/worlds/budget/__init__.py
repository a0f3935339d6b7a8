"""Worlds whose response to spend is known: the value of any plan, in closed form."""
