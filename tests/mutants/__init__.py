"""Tests of the kit itself: one correct adapter, and many with exactly one mistake each."""
