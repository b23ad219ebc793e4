"""Molecular dynamics of long wires under current: one run or a sweep, its files, and what is read off it."""
