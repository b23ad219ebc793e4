"""The judge's own numerics, which no solver on trial uses."""
