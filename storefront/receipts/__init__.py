"""Signed impact receipts."""
