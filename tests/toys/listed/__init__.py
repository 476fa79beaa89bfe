"""Listed: an invented vendor that lists its tasks and gives back a client's reference."""
