"""Keyed: an invented vendor with an idempotency key and documented refusals of a create."""
