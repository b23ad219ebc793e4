"""Running the checks on a solver."""
