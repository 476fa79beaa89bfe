"""Relay: an invented vendor whose poll is two calls, the status and then the result."""
