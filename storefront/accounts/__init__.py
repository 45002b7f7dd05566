"""People: accounts, sign-in, sessions."""
