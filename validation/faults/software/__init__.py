"""Right physics in wrong code."""
