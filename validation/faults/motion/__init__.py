"""Wrong physics in motion."""
