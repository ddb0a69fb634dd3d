"""Accelerated operations: one folder each, on which the rooms above build.

They offer no measures: those are in the rooms. What an operation is compared with, all
of it formed at once, is in the tests.
"""
