"""Laws about what the adapter and the contract say of themselves."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from pathlib import Path

import pytest
from polyreel import CONTRACT_VERSION, ModelSpec
from polyreel.registry import PROVIDER_NAME

from ..outcomes import not_declared
from ..tools.flows import KEY
from .support import UnderTest

BLANK = "FILL " + "IN:"
"""Marks a place in a scaffold that is still to be written."""

# The contract comes first: all else is held against it.
_READ_FOR_BLANKS = ("*.json", "*.py")


class WhatIsDeclared(UnderTest):
    """Names, sources and addresses."""

    def test_no_blank_is_left(self) -> None:
        """Nothing of the scaffold is left unwritten.

        When it fails: each line of the message is a place to fill in, and says what with.
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

    def test_the_adapter_introduces_itself(self) -> None:
        """The name, the address and the way of showing a key are usable and documented.

        To a user: `name/model` works everywhere, and the key goes where the vendor's page
        says. When it fails: the message names the attribute.
        """
        adapter, contract = self.adapter, self.stand_in.contract
        assert PROVIDER_NAME.fullmatch(adapter.name), "name: lower-case letters, digits and hyphens"
        assert adapter.title.strip(), "title: the vendor's name for people"
        assert adapter.contract_version == CONTRACT_VERSION, "contract_version: another polyreel"
        assert self.stand_in.provider == adapter.name, "the stand-in is another provider's"
        assert adapter.base_url == contract.server, (
            f"base_url is {adapter.base_url}, and the contract's server {contract.server}"
        )
        assert adapter.base_url.startswith("https://"), "base_url: https only"
        shown = adapter.credential.template.format(key=KEY)
        assert contract.key_in({adapter.credential.header.lower(): shown}) == KEY, (
            "credential: the contract's security scheme wants the key shown in another way"
        )
        assert adapter.models, "models: at least one"
        names = [model.name for model in adapter.models]
        assert len(set(names)) == len(names), "models: two have one name"
        assert all(word == word.strip().lower() for word in adapter.states), (
            "states: the vendor's words in lower case"
        )

    def test_facts_say_where_they_were_read(self, model: ModelSpec) -> None:
        """Each model says where and when its facts were read.

        To a user: a limit can be looked up, and an old one told from a new. When it fails:
        give the page's address as `source` and the day as `checked`.
        """
        assert model.source.startswith("https://"), f"source: {model.source!r} is no address"
        assert model.checked <= datetime.now(UTC).date(), "checked lies in the future"

    def test_the_contract_is_understood(self) -> None:
        """Every keyword of the contract that is polyreel's own is one, and means something.

        To a user: nothing that the contract says is passed over. When it fails: the message
        says where, and what was meant perhaps.
        """
        complaints = self.stand_in.contract.complaints()
        assert not complaints, "; ".join(complaints)

    def test_the_models_are_the_documented_ones(self) -> None:
        """Every model that the contract documents is there, and no other.

        To a user: what the vendor sells can be asked for. When it fails: add the model to
        `models`, or take it out of the contract.
        """
        documented = set(self.stand_in.contract.model_names())
        if not documented:
            not_declared("the contract names no models")
        models = {model.name for model in self.adapter.models}
        missing, strangers = sorted(documented - models), sorted(models - documented)
        assert not missing, f"documented, and not among the models: {', '.join(missing)}"
        assert not strangers, f"not documented: {', '.join(strangers)}"

    def test_the_vendors_defaults_are_the_documented_ones(self, model: ModelSpec) -> None:
        """What the vendor assumes for a setting that is left out is what its documents say.

        To a user: `polyreel models` tells how vendors differ. When it fails: mend the model's
        `vendor_defaults`, or the contract's `default`.
        """
        documented = self.stand_in.contract.defaults(model.name)
        wrong = [
            f"{name}: the model says {model.vendor_defaults.get(name, 'nothing')!r}, the contract "
            f"{documented.get(name, 'nothing')!r}"
            for name in sorted({*documented, *model.vendor_defaults})
            if documented.get(name) != model.vendor_defaults.get(name)
        ]
        assert not wrong, "; ".join(wrong)

    def test_the_contract_has_the_model(self, model: ModelSpec) -> None:
        """The contract has a schema for the model, every key of which it explains.

        When it fails: a property says by `x-neutral` which field it carries, or by
        `x-vendor-only` that no field of a request is meant.
        """
        contract = self.stand_in.contract
        schema = contract.model_schema(model.name)
        assert schema is not None, f"the contract has no schema for {model.name}"
        silent = [
            name
            for name, part in schema.get("properties", {}).items()
            if not any(True for _ in contract.neutral_properties(part))
            and not part.get("x-vendor-only")
        ]
        assert not silent, f"no `x-neutral` on {', '.join(silent)}"


def _instruction(line: str) -> str:
    """Return what a marked line says is to be written, without the end of a JSON or Python text."""
    return line.partition(BLANK)[2].strip().removesuffix(",").removesuffix('"')
