"""Checks of junctions in motion."""
