"""What is drawn: systems, families and motions."""
