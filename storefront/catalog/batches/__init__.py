"""Batches with their timelines: written in the studio as versions, approved by a reviewer, then shown by their code.

A row of `batch` exists only once a version of it was approved, so whoever reads batches (pages, checkout) can't meet
an unapproved one. A published batch has at most one open version; a new one is its open version alone. A batch is
never renamed or removed once it was published, for its code stands on labels, orders and receipts: it is corrected.

All functions run inside the caller's unit of work. `actor` is a public reference such as `user:…`.
"""
