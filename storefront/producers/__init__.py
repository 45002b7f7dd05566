"""Producer groups and their members."""
