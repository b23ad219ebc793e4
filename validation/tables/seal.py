"""Written by `electronwind tables regenerate`: the digest of the tables that come with electronwind."""

SEAL = "2110cd36dd85fbd13c2ea075d27fadd1bbc9ff43bce410e87e3ca9774f520e6d"
