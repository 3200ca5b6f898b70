"""What differs between two texts: pure functions, without clock, chance, disk or network."""
