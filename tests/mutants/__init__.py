"""The kit put to the test: a good adapter, and many that are wrong in just one way each."""
