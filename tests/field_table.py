"""README.md's table of a request's fields, written from `VideoRequest`'s own fields.

`python tests/field_table.py --write` brings the page up to date.
"""

from __future__ import annotations

from pathlib import Path

from page_table import PageTable
from polyreel import VideoRequest
from pydantic.fields import FieldInfo


def table() -> str:
    """Return the table, a row a field."""
    rows = [
        "| field | default | meaning |",
        "|---|---|---|",
        *(_row(name, field) for name, field in VideoRequest.model_fields.items()),
    ]
    return "\n".join(rows) + "\n"


def _row(name: str, field: FieldInfo) -> str:
    assert field.description, f"VideoRequest.{name} has no description; write one in its Field"
    cells = (f"`{name}`", _default(field), field.description)
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is None:
        return "not set"
    return "none" if default in ((), {}) else f"`{default}`"


PAGE = PageTable(
    page=Path(__file__).parents[1] / "README.md",
    name="fields",
    script="field_table.py",
    table=table,
)
current = PAGE.current

if __name__ == "__main__":
    PAGE.main()
