"""The laws: what every adapter keeps, grouped by what they are about."""
