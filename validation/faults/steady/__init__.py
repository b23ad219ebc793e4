"""Wrong physics at rest."""
