"""What a check, a comparison and a record are; tolerances and fingerprints."""
