"""Forms, one file an area."""
