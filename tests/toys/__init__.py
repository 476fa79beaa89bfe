"""Toy vendors: correct adapters for invented vendors, one for each shape of vendor in the market.

Each is a package with `adapter.py`, `contract.json`, `stand_in.py` and a folder `examples`, and
passes the whole kit in `tests/toys/test_<name>.py`. Mutants are made of them (`mutants`).
"""
