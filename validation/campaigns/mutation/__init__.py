"""Automatic mutation of the fast solver: small random changes of its source, for the checks to find."""
