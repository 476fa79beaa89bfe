"""The laws: the tests that every adapter must pass, grouped by subject."""
