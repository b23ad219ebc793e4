"""Reports and benchmarks that come from elsewhere."""
