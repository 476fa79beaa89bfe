"""What a body means: its values as fields of a `VideoRequest`, by the contract's own mapping.

An adapter turns a neutral request into a body. This does the reverse, and it is independent of
the adapter: a property of a contract says with `x-neutral` which field it carries.

- `"x-neutral": "duration"`: the field's own value, or its digits as text.
- `{"field": "aspect_ratio", "words": {"Adaptive": "auto"}}`: the vendor's words for values; a
  value without an entry is used as it is. A key that is not text is written as JSON: `"true"`.
- `{"fields": ["resolution", "aspect_ratio"], "words": {"1280x720": ["720p", "16:9"]}}`: one
  value that carries several fields.
- `{"field": "prompt", "references": {"image": "[Image {n}]"}}`: the documented spelling of
  references in the prompt; without an entry, plain words such as `image 1`.

`x-neutral` can be on a path's parameter, on a property at any depth, and in a list's items. When a
list has items of several kinds (`oneOf`), each item is read by the first kind that it matches.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import jsonschema

NUMBERS = frozenset({"duration", "seed", "expires_after"})
LISTS = frozenset({"reference_images", "reference_videos", "reference_audios"})

Schema = Mapping[str, Any]


class Reading:
    """Reads a body.

    Attributes:
        found: The neutral fields in the body, with their values.
    """

    def __init__(self, resolved: Callable[[Schema], Schema]) -> None:
        self.found: dict[str, Any] = {}
        self._resolved = resolved

    def read(self, schema: Schema, value: Any) -> None:
        """Read a value and every value inside it.

        Raises:
            ValueError: When the contract maps a property and has no meaning for its value.
        """
        rule = neutral_rule(schema)
        schema = self._resolved(schema)
        rule = rule or neutral_rule(schema)
        if rule is not None:
            self._note(rule, value)
        elif isinstance(value, Mapping):
            for name, part in value.items():
                self.read(schema.get("properties", {}).get(name, {}), part)
        elif isinstance(value, list):
            for part in value:
                self.read(self._kind_of(schema.get("items", {}), part), part)

    def _kind_of(self, items: Schema, part: Any) -> Schema:
        items = self._resolved(items)
        kinds = (self._resolved(each) for each in items.get("oneOf", ()))
        fits = (each for each in kinds if jsonschema.Draft202012Validator(each).is_valid(part))
        return next(fits, items)

    def _note(self, rule: Mapping[str, Any], value: Any) -> None:
        key = value if isinstance(value, str) else json.dumps(value)
        words = rule.get("words", {})
        if "fields" in rule:
            if key not in words:
                raise ValueError(f"the contract has no meaning for {key[:80]!r}")
            if len(words[key]) != len(rule["fields"]):
                raise ValueError(
                    f"the contract has {len(words[key])} values for {key[:80]!r}, and "
                    f"{len(rule['fields'])} fields; write one value for each field"
                )
            self.found.update(zip(rule["fields"], words[key], strict=True))
            return
        name, meant = rule["field"], words.get(key, value)
        if name in NUMBERS and isinstance(meant, str) and meant.lstrip("-").isdigit():
            meant = int(meant)
        if name in LISTS:
            self.found[name] = [
                *self.found.get(name, ()),
                *(meant if isinstance(meant, list) else [meant]),
            ]
        else:
            self.found[name] = meant


def neutral_rule(schema: Schema) -> Mapping[str, Any] | None:
    """Return a property's own `x-neutral` in its long form, or None when it has none."""
    neutral = schema.get("x-neutral")
    return {"field": neutral} if isinstance(neutral, str) else neutral


def field_names(schema: Schema) -> set[str]:
    """Return the fields of a request that a property carries, by its own `x-neutral`."""
    rule = neutral_rule(schema)
    return set() if rule is None else set(rule.get("fields", [rule.get("field")]))
