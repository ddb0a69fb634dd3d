"""Identities and inequalities that hold for every distribution."""
