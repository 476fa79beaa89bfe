"""Mutants that take a refusal for something else, or something else for a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from polyreel import InvalidRequest, ProviderError, ProviderUnavailable, WireResponse

from mutants.kiln.adapter import KilnAdapter
from mutants.mutant import mutant

_KEEPS = "test_a_refusal_keeps_what_the_vendor_said"


@mutant(
    caught_by="test_another_code_is_no_success[0]",
    says="99999",
    seen="no page of Jimmy's says that a refusal is not HTTP 200",
)
class BelievesTheHttpStatus(KilnAdapter):
    """An error's code under HTTP 200 is taken for success."""

    def is_success(self, code: object) -> bool:
        return True


@mutant(
    caught_by='test_each_spelling_of_success_is_success["0"]',
    says="success",
    seen="Jimmy's pages show the code as a number and as text",
)
class KnowsOneSpellingOfSuccess(KilnAdapter):
    """Success as the number 0 is known, and as the text `0` it is refused."""

    def is_success(self, code: object) -> bool:
        return code == 0


@mutant(
    caught_by="test_documented_error[error-402]",
    says="ProviderUnavailable, not InsufficientBalance",
)
class TriesAgainWithAnEmptyAccount(KilnAdapter):
    """An empty account is told as a server that may be back soon."""

    ERRORS: ClassVar[Mapping[str, type[ProviderError]]] = {
        **KilnAdapter.ERRORS,
        "4020": ProviderUnavailable,
    }


@mutant(
    caught_by="test_documented_error[error-401]", says="InvalidRequest, not AuthenticationFailed"
)
class TakesABadKeyForABadRequest(KilnAdapter):
    """A key that is not accepted is told as a bad request."""

    ERRORS: ClassVar[Mapping[str, type[ProviderError]]] = {
        **KilnAdapter.ERRORS,
        "4010": InvalidRequest,
    }


@mutant(caught_by=_KEEPS, says="4001 became None")
class LosesTheVendorsCode(KilnAdapter):
    """The vendor's code for a refusal is not handed on."""

    def refusal(self, response: WireResponse, body: Mapping[str, Any]) -> ProviderError:
        error = super().refusal(response, body)
        error.vendor_code = None
        return error


@mutant(caught_by=_KEEPS, says="the vendor's own words are lost")
class LosesTheVendorsWords(KilnAdapter):
    """What the vendor says of a refusal is replaced by words of the adapter."""

    def refusal(self, response: WireResponse, body: Mapping[str, Any]) -> ProviderError:
        return super().refusal(response, {**body, "note": "something went wrong"})


@mutant(caught_by=_KEEPS, says="HTTP 400 became HTTP 200")
class LosesTheHttpStatus(KilnAdapter):
    """A refusal is told with HTTP 200, whatever its status was."""

    def refusal(self, response: WireResponse, body: Mapping[str, Any]) -> ProviderError:
        kind = super().refusal(response, body)
        return self.refuse(
            replace(response, status=200), body.get("note"), code=body.get("code"), kind=type(kind)
        )
