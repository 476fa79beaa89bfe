"""A target with several models: the config's policy chooses one for each request."""

from __future__ import annotations

from typing import Any

import pytest
from polyreel import Client, Config, ConfigError, UnsupportedRequest, UsageError, VideoRequest
from polyreel.config import load_config

STD, FAST, MINI = (
    "jimmy/seedance2.0-std",
    "modellix/seedance-2.0-fast-t2v",
    "modellix/seedance-2.0-mini-t2v",
)
TEXT = VideoRequest(prompt="A kite over the dunes")


def chosen(request: VideoRequest = TEXT, **target: Any) -> str:
    """Return the model that a target means for a request."""
    config = Config.model_validate(
        {
            "targets": {"best": {"models": [FAST, MINI, STD], **target}},
            "prices": [{"model": STD, "unit": "task", "amount": "0.3", "currency": "JimiCoin"}],
            "exchange": {"JimiCoin": "1.00 USD"},
        }
    )
    with Client(config, journal=None) as client:
        return client.planner.plan(request, "best").model


def test_the_cheapest_is_chosen_by_prices_from_any_source() -> None:
    assert chosen() == STD


def test_the_choice_hangs_on_the_request() -> None:
    short = TEXT.model_copy(update={"resolution": "480p", "duration": 4})
    assert chosen(short, models=[FAST, MINI]) == MINI
    assert chosen(TEXT.model_copy(update={"duration": 4}), models=[STD, MINI]) == STD


def test_a_model_that_can_not_do_the_request_is_never_chosen() -> None:
    with_sound = TEXT.model_copy(update={"audio": False})
    assert chosen(with_sound) == FAST


def test_the_first_that_can_is_chosen_when_the_policy_says_so() -> None:
    assert chosen(policy="first_available") == FAST


def test_the_fastest_needs_jobs_that_report() -> None:
    with pytest.raises(UsageError, match="journal has no jobs of them"):
        chosen(policy="fastest")


def test_none_that_can_is_a_refusal_that_names_each_field() -> None:
    with pytest.raises(UnsupportedRequest) as refusal:
        chosen(TEXT.model_copy(update={"duration": 60}))
    assert refusal.value.message.count("duration") >= 3


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (f'model = "{STD}"\nmodels = ["{FAST}", "{MINI}"]', "either `model` or `models`"),
        (f'models = ["{FAST}"]', "at least two"),
        (f'model = "{STD}"\npolicy = "fastest"', "`policy` chooses among"),
        (f'models = ["{FAST}", "{MINI}"]\npolicy = "nicest"', "policy"),
        (
            f'models = ["{FAST}", "{MINI}"]\noptions = {{ a = 1 }}',
            "`options` belong to one provider",
        ),
    ],
)
def test_a_target_with_no_sense_is_refused_with_its_place(
    tmp_path: Any, target: str, said: str
) -> None:
    path = tmp_path / "polyreel.toml"
    path.write_text(f"[targets.best]\n{target}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as refusal:
        load_config(path)
    assert "targets.best" in str(refusal.value)
