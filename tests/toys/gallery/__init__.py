"""Gallery: an invented vendor of two endpoints, one model each, that wants a version header."""
