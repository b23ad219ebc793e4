"""What is said of a failure: the smallest problem, the call that is wrong, the mistake it looks like."""
