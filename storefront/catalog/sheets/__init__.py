"""Listings as a spreadsheet: one row a variant, the same columns out and in."""
