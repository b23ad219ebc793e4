"""Planted faults: solvers that are wrong in one known way, for the checks to find."""
