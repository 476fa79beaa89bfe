"""Harbor: an invented vendor that approves media before it uses them."""
