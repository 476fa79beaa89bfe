"""Requests that laws are held for: at the corners of what a model takes, beyond, and generated."""
