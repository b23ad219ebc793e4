"""Two reports, or a report and a second run."""
