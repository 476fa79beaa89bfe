"""Meter: an invented vendor that estimates a price at the create, and reports only units later."""
