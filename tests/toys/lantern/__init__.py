"""Lantern: an invented vendor that makes two videos a task, and serves them only with the key."""
