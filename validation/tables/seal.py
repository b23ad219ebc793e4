"""Written by `electronwind tables regenerate`: the digest of the tables that come with electronwind."""

SEAL = "b0c03867ea5e8a400d98b3b32d4a543338e549613210b3464d208eb4e54da733"
