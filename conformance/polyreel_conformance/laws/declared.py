"""Laws about what the adapter and the contract declare."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from pathlib import Path

import pytest
from polyreel.adapters import CONTRACT_VERSION, ModelSpec
from polyreel.adapters.registry import PROVIDER_NAME

from ..outcomes import not_declared
from ..tools.flows import KEY
from .support import UnderTest

BLANK = "FILL " + "IN:"
"""Marks a place in a scaffold that the author still has to fill in."""

# The contract comes first: everything else is checked against it.
_READ_FOR_BLANKS = ("*.json", "*.py")


class WhatIsDeclared(UnderTest):
    """Names, sources and addresses."""

    def test_no_blank_is_left(self) -> None:
        """No blank of the scaffold is left.

        When it fails: each line of the message names a blank and says what to write there.
        """
        package = Path(inspect.getfile(self.adapter)).parent
        places = [
            f"{path.name}:{number}: {_instruction(line)}"
            for folder in dict.fromkeys((package, self.examples))
            for pattern in _READ_FOR_BLANKS
            for path in sorted(folder.glob(pattern))
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
            if BLANK in line
        ]
        if places:
            pytest.fail("still to be filled in:\n  " + "\n  ".join(places), pytrace=False)

    def test_name_address_and_key_match_the_contract(self) -> None:
        """The name and the address are valid, and the key is sent as the contract documents.

        For a user: `name/model` works everywhere, and the key goes where the vendor's page
        says. When it fails: the message names the attribute.
        """
        adapter, contract = self.adapter, self.stand_in.contract
        assert PROVIDER_NAME.fullmatch(adapter.name), "name: lower-case letters, digits and hyphens"
        assert adapter.title.strip(), "title: the vendor's name for people"
        assert vars(adapter).get("contract_version") == CONTRACT_VERSION, (
            f"contract_version: write contract_version = {CONTRACT_VERSION} in the class itself"
        )
        assert self.stand_in.provider == adapter.name, (
            f"the stand-in's provider is {self.stand_in.provider!r}, the adapter's name "
            f"{adapter.name!r}"
        )
        assert adapter.base_url == contract.server, (
            f"base_url is {adapter.base_url}, and the contract's server {contract.server}"
        )
        assert adapter.base_url.startswith("https://"), "base_url: https only"
        template = adapter.credential.template
        is_whole = "{key}" in template and not set("{}") & set(template.replace("{key}", ""))
        assert is_whole, (
            f"credential: the template {template!r} must have {{key}} once, and no other braces"
        )
        shown = template.format(key=KEY)
        assert contract.key_in({adapter.credential.header.lower(): shown}) == KEY, (
            "credential: the contract's security scheme sends the key in another way"
        )
        assert adapter.models, "models: at least one"
        names = [model.name for model in adapter.models]
        assert len(set(names)) == len(names), "models: two have the same name"
        assert all(word == word.strip().lower() for word in adapter.states), (
            "states: write the vendor's words in lower case"
        )

    def test_each_model_names_its_source(self, model: ModelSpec) -> None:
        """Each model says where and when its facts were read.

        For a user: they can check a limit on the vendor's page, and see how old it is. When it
        fails: give the page's address as `source` and the day as `checked`.
        """
        assert model.source.startswith("https://"), (
            f"source: {model.source!r} is not a valid address; it must start with https://"
        )
        assert model.checked <= datetime.now(UTC).date(), "checked: the day is in the future"

    def test_every_contract_keyword_is_known(self) -> None:
        """Every keyword of the contract that is polyreel's own is spelled right and has a meaning.

        For a user: nothing in the contract is ignored. When it fails: the message names the
        place and the nearest keyword.
        """
        problems = self.stand_in.contract.keyword_problems()
        assert not problems, "; ".join(problems)

    def test_the_models_are_the_documented_ones(self) -> None:
        """The adapter declares every model that the contract documents, and no other.

        For a user: every model that the vendor sells works. When it fails: add the model to
        `models`, or take it out of the contract.
        """
        documented = set(self.stand_in.contract.model_names())
        if not documented:
            not_declared("the contract names no models")
        models = {model.name for model in self.adapter.models}
        missing, unknown = sorted(documented - models), sorted(models - documented)
        assert not missing, f"documented, but not among the models: {', '.join(missing)}"
        assert not unknown, f"not in the contract: {', '.join(unknown)}"

    def test_the_vendors_defaults_are_the_documented_ones(self, model: ModelSpec) -> None:
        """The model's `vendor_defaults` are the defaults of the contract.

        For a user: `polyreel models` shows how vendors differ. When it fails: correct the
        model's `vendor_defaults`, or the contract's `default`.
        """
        documented = self.stand_in.contract.defaults(model.name)
        wrong = [
            f"{name}: spec: {model.vendor_defaults.get(name, 'nothing')!r} | contract: "
            f"{documented.get(name, 'nothing')!r}"
            for name in sorted({*documented, *model.vendor_defaults})
            if documented.get(name) != model.vendor_defaults.get(name)
        ]
        assert not wrong, "; ".join(wrong)

    def test_the_contract_has_the_model(self, model: ModelSpec) -> None:
        """The contract has a schema for the model and explains every key of it.

        When it fails: give the property `x-neutral` with the field that it carries, or
        `x-vendor-only` when it carries no field of a request.
        """
        contract = self.stand_in.contract
        schemas = contract.model_schemas(model.name)
        assert schemas, f"no create of the contract has a schema for {model.name}"
        unexplained = [
            name
            for schema in schemas
            for name, part in schema.get("properties", {}).items()
            if not any(True for _ in contract.neutral_properties(part))
            and not contract.resolved(part).get("x-vendor-only")
            and not part.get("x-vendor-only")
        ]
        assert not unexplained, f"no `x-neutral` on {', '.join(unexplained)}"


def _instruction(line: str) -> str:
    """Return the instruction of a marked line, without the end of a JSON or Python string."""
    return line.partition(BLANK)[2].strip().removesuffix(",").removesuffix('"')
