"""Cells of a CSV file that a spreadsheet shows and does not run."""

from __future__ import annotations

import re

from ..characters import clean_line

# Some spreadsheets read the wide forms of these signs like the usual ones.
_BEGINS_A_FORMULA = tuple("=+-@＝＋－＠")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def csv_cell(value: object) -> object:
    """Return a value for a cell: no control characters, and nothing that is read as a formula.

    Numbers stay numbers, also those that are already text.
    """
    if value is None or isinstance(value, (int, float)):
        return value
    text = clean_line(str(value))
    is_formula = text.lstrip().startswith(_BEGINS_A_FORMULA) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text
