"""Kiln: an invented vendor that has everything the kit's laws are about."""
