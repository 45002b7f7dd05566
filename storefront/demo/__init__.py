"""The demo shop: its content and how it is seeded."""
