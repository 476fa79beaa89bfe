"""Disputed limits: what two pages of a vendor say in two ways.

On a schema, `"x-disputed": {"keyword": "maxLength", "values": {"2000": "https://…", "3000":
"https://…"}}` says that one page limits a text to 2000 characters and another one to 3000. The
schema itself has the value that the contract goes by. `keyword` may be left out where only one
keyword of the schema has one of the values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """One disputed limit.

    Attributes:
        keyword: Of the schema, such as `maxLength`.
        taken: The value that the contract goes by.
        values: Every value that a page gives, as text, and the page's address.
    """

    keyword: str
    taken: str
    values: Mapping[str, str]

    def __str__(self) -> str:
        said = ", ".join(f"{value} by {source}" for value, source in self.values.items())
        return f"{self.keyword} {self.taken} is disputed: {said}"


def dispute_of(schema: Schema) -> Dispute | None:
    """Return the dispute about a schema's limit, or None where there is none."""
    written = schema.get("x-disputed")
    if written is None:
        return None
    values = {str(value): str(source) for value, source in written["values"].items()}
    keyword = written.get("keyword") or _keywords_with(schema, values)[0]
    return Dispute(keyword=keyword, taken=_text(schema[keyword]), values=values)


def dispute_problem(schema: Schema) -> str | None:
    """Return what is wrong with a schema's `x-disputed`, or None."""
    written = schema["x-disputed"]
    values = written.get("values") if isinstance(written, Mapping) else None
    if not isinstance(values, Mapping) or len(values) < 2:
        return 'write "values": {"2000": "https://…", "3000": "https://…"}, two values or more'
    for value, source in values.items():
        if not isinstance(source, str) or not source.startswith("https://"):
            return f"write the address of the page that says {value}, beginning with https://"
    keyword = written.get("keyword")
    found = _keywords_with(schema, values)
    if keyword is None and len(found) != 1:
        return "write the disputed keyword, such as maxLength, as `keyword`"
    if keyword is not None and keyword not in found:
        return f"the schema's {keyword} has none of the values; write the one that it goes by"
    return None


def _keywords_with(schema: Schema, values: Mapping[Any, Any]) -> list[str]:
    texts = set(map(str, values))
    return [
        name
        for name, value in schema.items()
        if not name.startswith("x-") and name != "default" and _text(value) in texts
    ]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
