"""What files hold, and how they can be read: presets that fit, or a mapping as a first proposal."""
