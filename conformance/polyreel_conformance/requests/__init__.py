"""Requests for the laws: at a model's limits, beyond them, and generated."""
