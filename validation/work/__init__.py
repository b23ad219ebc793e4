"""What a run is carried by: time, processes, journals."""
