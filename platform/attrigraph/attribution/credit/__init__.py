"""The form of every answer: ranked credits that conserve, with intervals from draws."""
