"""Tools of the laws: flows run by hand, a vendor without a network, a watch for side effects."""
