"""Accelerated operations: one folder each, on which the rooms above build.

A folder holds the operation as plain JAX that forms everything (`_reference`), and the
forms that are tiled. They offer no measures: those are in the rooms.
"""
