"""What differs between two texts, and who brought each word: pure functions, without clock, chance, disk or network."""
