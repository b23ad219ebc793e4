"""What a caller may do: the same question in other forms, at other times, by many at once."""
