"""Models that share out the conversions that happened; none says what marketing caused."""
