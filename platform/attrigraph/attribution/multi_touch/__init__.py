"""Multi-touch attribution by rules and path models; none estimates what marketing caused."""
