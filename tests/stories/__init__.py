"""What a story is: its rules, its state and its stored shapes."""
