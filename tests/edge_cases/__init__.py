"""Zeros, masks, huge and nearly equal inputs, low precision: where others go wrong."""
