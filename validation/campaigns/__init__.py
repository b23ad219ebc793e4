"""Many runs: seeds, planted faults, mutants, peers."""
