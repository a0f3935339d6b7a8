"""The model ``attention``: credit from attention networks over journeys in real time."""
