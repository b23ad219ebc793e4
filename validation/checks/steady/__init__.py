"""Checks of the steady state."""
