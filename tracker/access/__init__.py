"""Who may: tokens, and the one table that says what each role is allowed."""
