"""Pledges and the ledger."""
