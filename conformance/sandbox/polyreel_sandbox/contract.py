"""Contract: a vendor's `contract.json`, an OpenAPI 3.1 document of its published facts.

It is written from the vendor's pages and independent of the adapter, so that the tests can
compare the two.

Besides OpenAPI's own keywords a contract uses these:

- on an operation, `x-polyreel`: its `role`, and dotted paths into its answers: `task_id`
  (create), `status` (poll), and `success_code` and `error_code` if the vendor's bodies have them;
  `needed` (poll) lists what else decides the state, or which address is the video's;
  `refusals` and `idempotency` (create) are in `create_facts`;
  `index` (content) names the query parameter with the position of a video, from 0;
  `models` (create) lists the models that it makes, when neither its body nor its path names them;
  `smallest_gap` (poll) is the smallest time between two polls in seconds, with its `source`;
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
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, Self, cast
from urllib.parse import urlsplit

import jsonschema
from jsonschema.exceptions import best_match
from polyreel.request.media import MediaKind

from .contract_answers import content_schema, schemas_at, shapes_of, values_in, words_in
from .contract_keywords import Role, keyword_problems
from .contract_models import (
    defaults_in,
    models_of,
    neutral_properties,
    schema_for,
    selected,
    whole_body,
)
from .contract_parameters import headers_named_in, parameter_problems, undeclared_parameters
from .contract_paths import Operation, operations_in
from .contract_reading import ContractError, check_document, resolved_in
from .meaning import Reading

_NOTHING: Mapping[str, str] = {}

__all__ = ["Contract", "ContractError", "Operation"]


class Contract:
    """A vendor's published facts, used to check requests and answers.

    Attributes:
        document: The OpenAPI document.
        server: The documented address.
        operations: Every documented call, also those without a role.

    Raises:
        ContractError: When the document can't be used. It names each place and what to write.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        check_document(document)
        self.document = document
        self._validators: dict[int, jsonschema.Draft202012Validator] = {}
        self.server = str(document["servers"][0]["url"])
        self.operations = tuple(operations_in(document, self.resolved))

    @classmethod
    def load(cls, package: str) -> Self:
        """Read the `contract.json` of a package.

        Raises:
            ContractError: When it is missing, is not JSON, or can't be used.
        """
        place = f"contract.json of {package}"
        try:
            return cls(json.loads((files(package) / "contract.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise ContractError(f"{place} is missing; write it beside the stand-in") from None
        except ContractError as error:
            raise ContractError(f"{place}: {error}") from None
        except ValueError as error:
            raise ContractError(f"{place} is not JSON: {error}") from None

    def keyword_problems(self) -> list[str]:
        """Return what is wrong with each keyword of ours, and the nearest known one."""
        return keyword_problems(self.document)

    def operation(self, role: Role) -> Operation | None:
        """Return the first operation of a role, or None."""
        return next((each for each in self.operations if each.role == role), None)

    def operations_of(self, role: Role) -> list[Operation]:
        """Return every operation of a role."""
        return [each for each in self.operations if each.role == role]

    def creates_for(self, model: str) -> list[Operation]:
        """Return every create that makes a model."""
        return [
            each
            for each in self.operations_of("create")
            if schema_for(each, model, self.resolved) is not None
        ]

    @property
    def base_path(self) -> str:
        """The path of the server's URL, without a slash at the end."""
        return urlsplit(self.server).path.rstrip("/")

    def key_in(self, headers: Mapping[str, str]) -> str | None:
        """Return the key that a call sends in the documented way, or None.

        Args:
            headers: With lower-case names.
        """
        for scheme in self._schemes():
            if scheme["type"] == "apiKey":
                return headers.get(str(scheme["name"]).lower()) or None
            word, _, key = headers.get("authorization", "").partition(" ")
            if word.lower() == str(scheme["scheme"]).lower() and key:
                return key
        return None

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """Return the operation of a call and its path parameters, or None.

        A concrete path comes before a template, and a template before one that matches slashes.

        Args:
            method: In upper case.
            path: Below the documented address, or a whole URL there; a query is left out.
        """
        path = path.removeprefix(self.server).partition("?")[0]
        for operation in sorted(self.operations, key=lambda each: each.breadth):
            parameters = operation.match(method, path)
            if parameters is not None:
                return operation, parameters
        return None

    def call_problems(
        self, operation: Operation, headers: Mapping[str, str], query: Mapping[str, str]
    ) -> list[str]:
        """Return what the contract refuses of the headers and the query of a call."""
        return [*parameter_problems(operation.parameters, headers, query, self._why_not)]

    def undeclared_in_call(
        self, operation: Operation, headers: Mapping[str, str], query: Mapping[str, str]
    ) -> list[str]:
        """Return the headers and query parameters of a call that the contract does not have."""
        others = {str(each.get("name", "")).lower() for each in self._schemes()}
        others |= headers_named_in(operation.facts)
        return undeclared_parameters(operation.parameters, headers, query, others)

    def body_schema(
        self, operation: Operation, body: object, parameters: Mapping[str, str] = _NOTHING
    ) -> Mapping[str, Any] | None:
        """Return the schema for a body: the one that its model selects.

        None when the model has no schema. Empty when the contract shows no body.
        """
        schema = whole_body(operation, self.resolved)
        if "discriminator" in schema:
            name = schema["discriminator"]["propertyName"]
            value = body.get(name) if isinstance(body, Mapping) else None
            return selected(schema, value, self.resolved)
        if "x-by-path-parameter" in schema:
            value = parameters.get(schema["x-by-path-parameter"]["name"])
            return selected(schema, value, self.resolved)
        return schema

    def model_schemas(self, model: str) -> list[Mapping[str, Any]]:
        """Return the schema of each create's body for a model; empty when no create makes it."""
        schemas = [schema_for(each, model, self.resolved) for each in self.operations_of("create")]
        return [each for each in schemas if each is not None]

    def model_schema(self, model: str) -> Mapping[str, Any] | None:
        """Return the first create's schema for a model, or None when no create makes it."""
        return next(iter(self.model_schemas(model)), None)

    def problem(
        self, operation: Operation, body: Any, parameters: Mapping[str, str] = _NOTHING
    ) -> str | None:
        """Return why the contract refuses a body, or None."""
        schema = self.body_schema(operation, body, parameters)
        return "no such model" if schema is None else self._why_not(schema, body)

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
        if len(operation.models) == 1:  # the call itself names the model
            reading.found["model"] = operation.models[0]
        for each in operation.parameters:
            if each.name in parameters:
                reading.read(each.document, parameters[each.name])
        reading.read(self.body_schema(operation, body, parameters) or {}, body)
        return reading.found

    def prompt_references(self, model: str) -> Mapping[MediaKind, str]:
        """Return the documented spelling of references in a model's prompts, for each kind."""
        found: dict[MediaKind, str] = {}
        for schema in self.model_schemas(model):
            for _, rule in self.neutral_properties(schema):
                found = {**cast("dict[MediaKind, str]", rule.get("references", {})), **found}
        return found

    def model_names(self) -> list[str]:
        """Return every model that the contract names."""
        creates = self.operations_of("create")
        return [*dict.fromkeys(name for each in creates for name in models_of(each, self.resolved))]

    def defaults(self, model: str) -> dict[str, Any]:
        """Return the vendor's defaults, as fields of a request.

        A default that no request can have is left out, e.g. -1 for a random seed.
        """
        found: dict[str, Any] = {}
        for schema in reversed(self.model_schemas(model)):
            found.update(defaults_in(schema, self.resolved))
        return found

    def neutral_properties(
        self, schema: Mapping[str, Any]
    ) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """Yield the schema and the rule of every property with a meaning, at any depth."""
        return neutral_properties(schema, self.resolved)

    def answer_schema(self, operation: Operation) -> Mapping[str, Any]:
        """Return the schema of a successful answer; empty when the contract shows none."""
        response = operation.document.get("responses", {}).get(str(operation.success_status), {})
        return content_schema(response, self.resolved) or {}

    def answer_schemas(
        self, operation: Operation, path: tuple[str, ...] = ()
    ) -> list[Mapping[str, Any]]:
        """Return the schemas at a path of a successful answer, one for each of its shapes."""
        return schemas_at(self.answer_schema(operation), path, self.resolved)

    def state_words(self) -> dict[str, str]:
        """Return the vendor's documented words for a task's state, and the meaning of each."""
        found: dict[str, str] = {}
        for each in self.operations_of("poll"):
            found = {**words_in(self.answer_schemas(each, each.path_to("status"))), **found}
        return found

    def success_codes(self) -> list[Any]:
        """Return every documented spelling of the success code; empty when bodies have no code."""
        schemas = [
            schema
            for each in self.operations_of("create")
            if each.path_to("success_code")
            for schema in self.answer_schemas(each, each.path_to("success_code"))
        ]
        return values_in(schemas)

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
        known: dict[str, Any] = {}
        for shape in shapes_of(schema, self.resolved):
            known.update(shape.get("properties", {}))
        return sorted(
            name
            for name in body
            if name not in known or self.resolved(known[name]).get("x-ignored")
        )

    def resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a schema; if it is a `$ref` into this document, the schema it points to."""
        return resolved_in(self.document, schema)

    def _schemes(self) -> list[Mapping[str, Any]]:
        return [
            self.resolved(each)
            for each in self.document.get("components", {}).get("securitySchemes", {}).values()
        ]

    def _why_not(self, schema: Mapping[str, Any], value: Any) -> str | None:
        """Return why a schema refuses a value, with the place in it, or None."""
        error = best_match(self._validator(schema).iter_errors(value))
        if error is None:
            return None
        where = ".".join(str(part) for part in error.absolute_path)
        # jsonschema begins with the whole value; the actual problem would come too late.
        said = error.message.replace(repr(error.instance), _shortened(error.instance), 1)[:200]
        return f"{where}: {said}" if where else said

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
