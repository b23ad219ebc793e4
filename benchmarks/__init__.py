"""Benchmarks of electronwind, for asv."""
