"""What is right: conditioning, the oracle, and what the reference said before."""
