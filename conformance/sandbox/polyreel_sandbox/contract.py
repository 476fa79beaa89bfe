"""Contract: a vendor's `contract.json`, an OpenAPI 3.1 document of its published facts.

It is written from the vendor's pages and independent of the adapter, so that the tests can
compare the two.

Besides OpenAPI's own keywords a contract uses these:

- on an operation, `x-polyreel`: its `role`, and dotted paths into its answers: `task_id`
  (create), `status` (poll), and `success_code` and `error_code` if the vendor's bodies have them;
  `needed` (poll) lists what else decides the state, or which address is the video's;
  `refusals` and `idempotency` (create) are in `create_facts`; `index` (content) names the query
  parameter with the position of a video;
- on a property, `x-neutral`: the field of a request, or the state, that it carries (`meaning`);
- on a property, `x-vendor-only: true` when it carries no field of a request;
- on a property, `x-ignored: true` when the vendor says that it ignores the property;
- on a body's schema, `x-by-path-parameter: {"name": "model", "mapping": {…}}` when the path
  selects the schema, and not a property of the body;
- on a body's schema, `x-price: {"unit": "second", "rates": {"720p": "0.138"}}` for the price of a
  video that the vendor publishes;
- on a body's schema, `x-output: {"resolution": "720p"}` for what the video always has, whatever
  the request says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Self, cast
from urllib.parse import unquote, urlsplit

import jsonschema
from jsonschema.exceptions import best_match
from polyreel.request.media import MediaKind

from .contract_keywords import Place, Role, keyword_problems
from .create_facts import DocumentedKey, DocumentedRefusal, key_of, refusals_of
from .meaning import Reading, neutral_rule

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One documented call.

    Attributes:
        id: Its operationId.
        method: In upper case.
        path: The template, e.g. `/videos/{taskId}`.
        role: Its purpose.
        document: The operation's part of the contract.
    """

    id: str
    method: str
    path: str
    role: Role
    document: Mapping[str, Any] = field(repr=False)

    def path_to(self, what: Place) -> tuple[str, ...]:
        """Return the path to a value in an answer; empty when the contract does not give it."""
        path = self.document["x-polyreel"].get(what)
        return tuple(str(path).split(".")) if path else ()

    @property
    def needed(self) -> tuple[tuple[str, ...], ...]:
        """The paths to what decides besides the status; a path leaves out positions in lists."""
        return tuple(
            tuple(path.split(".")) for path in self.document["x-polyreel"].get("needed", ())
        )

    @property
    def refusals(self) -> tuple[DocumentedRefusal, ...]:
        """The refusals of a create that the vendor documents."""
        return refusals_of(self.document["x-polyreel"])

    @property
    def idempotency(self) -> DocumentedKey | None:
        """The idempotency key of a create; None where the vendor documents none."""
        return key_of(self.document["x-polyreel"])

    @property
    def index(self) -> str | None:
        """The query parameter of `content` with the position of a video, from 0; None for none."""
        name = self.document["x-polyreel"].get("index")
        return None if name is None else str(name)

    @property
    def documented_statuses(self) -> tuple[str, ...]:
        """The HTTP statuses that the contract documents, such as `200` and `404`."""
        return tuple(self.document["responses"])

    @property
    def success_status(self) -> int:
        """The HTTP status of a success: the first documented 2xx, else 200."""
        successes = (int(each) for each in self.documented_statuses if each.startswith("2"))
        return next(successes, 200)


class Contract:
    """A vendor's published facts, used to check requests and answers."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._validators: dict[int, jsonschema.Draft202012Validator] = {}
        self.server = str(document["servers"][0]["url"])
        self.operations = tuple(
            Operation(
                id=operation["operationId"],
                method=method.upper(),
                path=path,
                role=operation["x-polyreel"]["role"],
                document=operation,
            )
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        )

    @classmethod
    def load(cls, package: str) -> Self:
        """Read the `contract.json` of a package."""
        text = (files(package) / "contract.json").read_text(encoding="utf-8")
        try:
            return cls(json.loads(text))
        except json.JSONDecodeError as error:
            raise ValueError(f"contract.json of {package} is not JSON: {error}") from None

    def keyword_problems(self) -> list[str]:
        """Return what is wrong with each keyword of ours, and the nearest known one."""
        return keyword_problems(self.document)

    def operation(self, role: Role) -> Operation | None:
        """Return the first operation of a role, or None."""
        return next((each for each in self.operations if each.role == role), None)

    @property
    def base_path(self) -> str:
        """The path of the server's URL, without a slash at the end."""
        return urlsplit(self.server).path.rstrip("/")

    def key_in(self, headers: Mapping[str, str]) -> str | None:
        """Return the key that a call sends in the documented way, or None.

        Args:
            headers: With lower-case names.
        """
        schemes = self.document.get("components", {}).get("securitySchemes", {})
        for scheme in schemes.values():
            if scheme["type"] == "apiKey":
                return headers.get(str(scheme["name"]).lower()) or None
            word, _, key = headers.get("authorization", "").partition(" ")
            if word.lower() == str(scheme["scheme"]).lower() and key:
                return key
        return None

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """Return the operation of a call and its path parameters, or None."""
        for operation in self.operations:
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(operation.path))
            found = re.fullmatch(pattern, path)
            if not found or operation.method != method:
                continue
            parameters = {name: unquote(value) for name, value in found.groupdict().items()}
            if all(
                parameters[each["name"]] in each["schema"].get("enum", [parameters[each["name"]]])
                for each in operation.document.get("parameters", ())
                if each["name"] in parameters  # others are of the query or the headers
            ):
                return operation, parameters
        return None

    def body_schema(
        self, operation: Operation, body: object, parameters: Mapping[str, str] = _NOTHING
    ) -> Mapping[str, Any] | None:
        """Return the schema for a body: the one that its model selects.

        None when the model has no schema.
        """
        schema = self._whole_body(operation)
        if "discriminator" in schema:
            name = schema["discriminator"]["propertyName"]
            return self._selected(schema, body.get(name) if isinstance(body, Mapping) else None)
        if "x-by-path-parameter" in schema:
            return self._selected(schema, parameters.get(schema["x-by-path-parameter"]["name"]))
        return schema

    def model_schema(self, model: str) -> Mapping[str, Any] | None:
        """Return the schema of a create's body for a model, or None when there is none."""
        operation = self.operation("create")
        return None if operation is None else self._selected(self._whole_body(operation), model)

    def _whole_body(self, operation: Operation) -> Mapping[str, Any]:
        content = operation.document["requestBody"]["content"]
        return self.resolved(next(iter(content.values()))["schema"])

    def _selected(self, schema: Mapping[str, Any], value: object) -> Mapping[str, Any] | None:
        """Return the schema that a model's name selects; the whole schema if it has no choice."""
        choice = schema.get("discriminator") or schema.get("x-by-path-parameter")
        if choice is None:
            return schema
        reference = choice["mapping"].get(value)
        return None if reference is None else self.resolved({"$ref": reference})

    def problem(
        self, operation: Operation, body: Any, parameters: Mapping[str, str] = _NOTHING
    ) -> str | None:
        """Return why the contract refuses a body, or None."""
        schema = self.body_schema(operation, body, parameters)
        if schema is None:
            return "no such model"
        error = best_match(self._validator(schema).iter_errors(body))
        if error is None:
            return None
        where = ".".join(str(part) for part in error.absolute_path)
        # jsonschema begins with the whole value; the actual problem would come too late.
        said = error.message.replace(repr(error.instance), _shortened(error.instance), 1)[:200]
        return f"{where}: {said}" if where else said

    def meaning(
        self,
        operation: Operation,
        body: Mapping[str, Any],
        parameters: Mapping[str, str] = _NOTHING,
    ) -> dict[str, Any]:
        """Return what a body asks for, as fields of a `VideoRequest`, by `x-neutral`.

        Raises:
            ValueError: When the contract maps a property and has no meaning for its value.
        """
        reading = Reading(self.resolved)
        for each in operation.document.get("parameters", ()):
            if each["name"] in parameters:
                reading.read(each, parameters[each["name"]])
        reading.read(self.body_schema(operation, body, parameters) or {}, body)
        return reading.found

    def prompt_references(self, model: str) -> Mapping[MediaKind, str]:
        """Return the documented spelling of references in a model's prompts, for each kind."""
        schema = self.model_schema(model) or {}
        rules = [rule for _, rule in self.neutral_properties(schema) if "references" in rule]
        return cast("Mapping[MediaKind, str]", rules[0]["references"] if rules else {})

    def model_names(self) -> list[str]:
        """Return every model that the contract names."""
        operation = self.operation("create")
        if operation is None:
            return []
        schema = self._whole_body(operation)
        choice = schema.get("discriminator") or schema.get("x-by-path-parameter")
        if choice is not None:
            return list(choice["mapping"])
        parameters = [
            (self.resolved(each.get("schema", {})), neutral_rule(each) or {})
            for each in operation.document.get("parameters", ())
        ]
        for part, rule in [*self.neutral_properties(schema), *parameters]:
            if rule.get("field") == "model":
                return [str(name) for name in part.get("enum", [part.get("const")]) if name]
        return []

    def defaults(self, model: str) -> dict[str, Any]:
        """Return the vendor's defaults, as fields of a request.

        A default that no request can have is left out, e.g. -1 for a random seed.
        """
        found: dict[str, Any] = {}
        for part, rule in self.neutral_properties(self.model_schema(model) or {}):
            if "default" not in part or part.get("x-ignored"):
                continue
            reading = Reading(self.resolved)
            reading.read({"x-neutral": rule}, part["default"])
            found.update(reading.found)
        return {name: value for name, value in found.items() if not _is_beyond(name, value)}

    def neutral_properties(
        self, schema: Mapping[str, Any]
    ) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """Yield the schema and the rule of every property with a meaning, at any depth."""
        rule = neutral_rule(schema)
        schema = self.resolved(schema)
        rule = rule or neutral_rule(schema)
        if rule is not None:
            yield schema, rule
            return
        inside = [*schema.get("properties", {}).values(), *schema.get("oneOf", ())]
        for each in [*inside, schema["items"]] if "items" in schema else inside:
            yield from self.neutral_properties(each)

    def answer_schema(self, operation: Operation, path: tuple[str, ...] = ()) -> Mapping[str, Any]:
        """Return the schema of a successful answer, or of its part at a path."""
        content = operation.document["responses"][str(operation.success_status)]["content"]
        schema = self.resolved(next(iter(content.values()))["schema"])
        for name in path:
            schema = self.resolved(schema.get("properties", {}).get(name, {}))
        return schema

    def state_words(self) -> dict[str, str]:
        """Return the vendor's documented words for a task's state, and the meaning of each."""
        operation = self.operation("poll")
        if operation is None:
            return {}
        schema = self.answer_schema(operation, operation.path_to("status"))
        neutral = schema.get("x-neutral", {})
        return dict(neutral.get("words", {})) if isinstance(neutral, Mapping) else {}

    def success_codes(self) -> list[Any]:
        """Return every documented spelling of the success code; empty when bodies have no code."""
        operation = self.operation("create")
        path = operation.path_to("success_code") if operation is not None else ()
        if operation is None or not path:
            return []
        schema = self.answer_schema(operation, path)
        return list(schema.get("enum", [schema["const"]] if "const" in schema else []))

    def answer_problem(self, operation: Operation, answer: Any) -> str | None:
        """Return why a successful answer does not match the contract, or None."""
        error = best_match(self._validator(self.answer_schema(operation)).iter_errors(answer))
        return None if error is None else error.message[:200]

    def undeclared(
        self,
        operation: Operation,
        body: Mapping[str, Any],
        parameters: Mapping[str, str] = _NOTHING,
    ) -> list[str]:
        """Return the keys of a body that the contract does not have, or marks as ignored."""
        schema = self.body_schema(operation, body, parameters) or {}
        known = schema.get("properties", {})
        return sorted(
            name
            for name in body
            if name not in known or self.resolved(known[name]).get("x-ignored")
        )

    def resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a schema; if it is a `$ref` into this document, the schema it points to."""
        while "$ref" in schema:
            found: Any = self.document
            for part in str(schema["$ref"]).removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            schema = found
        return schema

    def _validator(self, schema: Mapping[str, Any]) -> jsonschema.Draft202012Validator:
        # Schemas exist as long as the document, so an id always names the same one.
        if id(schema) not in self._validators:
            # The schema's references point into the whole document, so that is added.
            whole = {**schema, "components": self.document.get("components", {})}
            self._validators[id(schema)] = jsonschema.Draft202012Validator(whole)
        return self._validators[id(schema)]


def _shortened(value: Any) -> str:
    """Return a value for people: as Python writes it, or a description when that is long."""
    shown = repr(value)
    if len(shown) <= 80:
        return shown
    if isinstance(value, str):
        return f"a text of {len(value)} characters"
    if isinstance(value, Mapping):
        return f"a body with {', '.join(value)}"
    return f"a list of {len(value)}" if isinstance(value, list) else f"{shown[:80]}…"


def _is_beyond(name: str, value: Any) -> bool:
    """Whether no request can have this value, for any model."""
    return name == "seed" and isinstance(value, int) and value < 0
