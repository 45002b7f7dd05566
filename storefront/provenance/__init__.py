"""Where goods come from: batches, events, claims, stories."""
