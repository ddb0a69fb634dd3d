"""Floor 0: numerics, reductions, checks, units, passes. Nothing here is public."""
