"""Mutants that read a refusal as something else, or something else as a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from polyreel import InvalidRequest, ProviderError, ProviderUnavailable
from polyreel.adapters import WireResponse

from mutants.kiln.adapter import KilnAdapter
from mutants.mutant import mutant

_KEEPS = "test_a_refusal_keeps_what_the_vendor_said"


@mutant(
    caught_by="test_another_code_is_not_success[0]",
    says="99999",
    seen="no page of Jimmy's says that a refusal is not HTTP 200",
)
class BelievesTheHttpStatus(KilnAdapter):
    """It reads an HTTP 200 with an error code as success."""

    def is_success(self, code: object) -> bool:
        return True


@mutant(
    caught_by='test_each_spelling_of_success_is_success["0"]',
    says="success",
    seen="Jimmy's pages show the code as a number and as text",
)
class KnowsOneSpellingOfSuccess(KilnAdapter):
    """It knows the success code as the number 0, but not as the text `0`."""

    def is_success(self, code: object) -> bool:
        return code == 0


@mutant(
    caught_by="test_documented_error[error-402]",
    says="ProviderUnavailable, not InsufficientBalance",
)
class ReadsAnEmptyAccountAsAServerError(KilnAdapter):
    """It reports an empty account as a temporary error of the server."""

    ERRORS: ClassVar[Mapping[str, type[ProviderError]]] = {
        **KilnAdapter.ERRORS,
        "4020": ProviderUnavailable,
    }


@mutant(
    caught_by="test_documented_error[error-401]", says="InvalidRequest, not AuthenticationFailed"
)
class ReadsAWrongKeyAsABadRequest(KilnAdapter):
    """It reports a wrong key as a bad request."""

    ERRORS: ClassVar[Mapping[str, type[ProviderError]]] = {
        **KilnAdapter.ERRORS,
        "4010": InvalidRequest,
    }


@mutant(caught_by=_KEEPS, says="4001 became None")
class LosesTheVendorsCode(KilnAdapter):
    """It drops the vendor's code of a refusal."""

    def refusal(self, response: WireResponse, body: Mapping[str, Any]) -> ProviderError:
        error = super().refusal(response, body)
        error.vendor_code = None
        return error


@mutant(caught_by=_KEEPS, says="the vendor's own message is lost")
class LosesTheVendorsMessage(KilnAdapter):
    """It replaces the vendor's message of a refusal by its own."""

    def refusal(self, response: WireResponse, body: Mapping[str, Any]) -> ProviderError:
        return super().refusal(response, {**body, "note": "something went wrong"})


@mutant(caught_by=_KEEPS, says="HTTP 400 became HTTP 200")
class LosesTheHttpStatus(KilnAdapter):
    """It reports every refusal as HTTP 200."""

    def refusal(self, response: WireResponse, body: Mapping[str, Any]) -> ProviderError:
        kind = super().refusal(response, body)
        return self.refuse(
            replace(response, status=200), body.get("note"), code=body.get("code"), kind=type(kind)
        )
