"""The ground floor: what every domain stands on and nothing of HTTP."""
