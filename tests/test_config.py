"""Config decides where a request goes and with which key; a slip in it is told, not guessed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar, cast

import platformdirs
import pytest
from polyreel import (
    Config,
    ConfigError,
    JobRef,
    MissingKey,
    PolyreelError,
    UnknownModel,
    UnsupportedRequest,
    UsageError,
    VideoRequest,
    hookimpl,
)
from polyreel.adapters import (
    Account,
    Adapter,
    Billing,
    Flow,
    JobStatus,
    ModelSpec,
    ProviderOptions,
    Registry,
    Setting,
    State,
    Timeouts,
)
from polyreel.client.accounts import account_for
from polyreel.client.planner import Planner
from polyreel.config import find_config, load_config
from polyreel.engine.plan import Plan
from polyreel.jobs import JobRecord

SECRET = "sk-SECRETSECRET"


def model(name: str, *durations: int, **facts: Any) -> ModelSpec:
    """Return a model that makes videos from text in these lengths."""
    return ModelSpec(
        name=name,
        durations=durations or (5, 10),
        aspect_ratios=("16:9",),
        resolutions=("720p",),
        source="https://docs.example",
        checked=date(2026, 1, 2),
        billing=Billing(unit="task", name=name),
        **facts,
    )


class ToyOptions(ProviderOptions):
    """Settings of the toy provider."""

    async_suffix: bool = True
    priority: int = 1
    label: str = "none"


class Silent(Adapter):
    """Declares, and is never asked to translate."""

    contract_version = 3
    states: ClassVar[Mapping[str, State]] = {}

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        raise NotImplementedError

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        raise NotImplementedError


class ToyAdapter(Silent):
    """A provider with options."""

    contract_version = 3
    name = "toy"
    title = "Toy"
    base_url = "https://api.toy.example/v1"
    key_variable = "TOY_KEY"
    base_url_variable = "TOY_BASE_URL"
    models = (model("fast"), model("slow", 5, 10, 30, settings={"seed": Setting()}))
    options_type = ToyOptions


class OtherAdapter(Silent):
    """A provider without options."""

    contract_version = 3
    name = "other"
    title = "Other"
    base_url = "https://api.other.example"
    key_variable = "OTHER_KEY"
    base_url_variable = "OTHER_BASE_URL"
    models = (model("fast-video", 5),)


@pytest.fixture
def registry() -> Registry:
    """Both providers, installed by one plugin."""
    plugin = ModuleType("plugin")
    plugin.polyreel_adapters = hookimpl(  # type: ignore[attr-defined]
        lambda: [ToyAdapter, OtherAdapter], specname="polyreel_adapters"
    )
    point = SimpleNamespace(name="plugin", dist=None, load=lambda: plugin)
    return Registry([cast("Any", point)])


def written(text: str) -> Config:
    """Return the config that a file holds."""
    path = Path("polyreel.toml")
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def refusal(text: str) -> str:
    """Return what a person is told of a wrong file."""
    with pytest.raises(ConfigError) as caught:
        written(text)
    return caught.value.message


def account(text: str = "", environment: Mapping[str, str] | None = None, **given: Any) -> Account:
    """Return how the toy provider is reached."""
    return account_for(ToyAdapter, written(text), environment or {}, **given)


def shown_key(reached: Account) -> str | None:
    """Return an account's key."""
    return None if reached.key is None else reached.key.get_secret_value()


# Which file


def test_without_any_file_there_is_an_empty_config() -> None:
    assert load_config(find_config({})) == Config()


def test_the_file_in_the_working_folder_is_found() -> None:
    Path("polyreel.toml").touch()
    assert find_config({}) == Path.cwd() / "polyreel.toml"


def test_the_users_own_file_is_found_when_the_folder_has_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "polyreel.toml").touch()
    monkeypatch.setattr(platformdirs, "user_config_path", lambda _: own)
    assert find_config({}) == own / "polyreel.toml"


def test_the_working_folders_file_comes_before_the_users_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "polyreel.toml").touch()
    monkeypatch.setattr(platformdirs, "user_config_path", lambda _: own)
    Path("polyreel.toml").touch()
    assert find_config({}) == Path.cwd() / "polyreel.toml"


def test_the_file_that_the_environment_names_comes_first() -> None:
    Path("polyreel.toml").touch()
    Path("named.toml").touch()
    assert find_config({"POLYREEL_CONFIG": "named.toml"}) == Path("named.toml")


def test_an_empty_variable_names_no_file() -> None:
    Path("polyreel.toml").touch()
    assert find_config({"POLYREEL_CONFIG": ""}) == Path.cwd() / "polyreel.toml"


def test_a_named_file_that_is_missing_is_an_error_and_no_other_is_taken() -> None:
    Path("polyreel.toml").touch()
    with pytest.raises(ConfigError, match=r"POLYREEL_CONFIG names gone\.toml"):
        find_config({"POLYREEL_CONFIG": "gone.toml"})


def test_a_file_handed_in_that_is_missing_is_an_error(registry: Registry) -> None:
    with pytest.raises(ConfigError, match=r"can't read gone\.toml: No such file"):
        Planner("gone.toml", registry=registry, environment={})


def test_a_file_handed_in_comes_before_the_environments(registry: Registry) -> None:
    Path("one.toml").write_text('default = "toy/fast"', encoding="utf-8")
    Path("two.toml").write_text('default = "toy/slow"', encoding="utf-8")
    planner = Planner("one.toml", registry=registry, environment={"POLYREEL_CONFIG": "two.toml"})
    assert planner.config.default == "toy/fast"


# What a file may hold


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('defualt = "toy/fast"', "'defualt' is not known; did you mean 'default'?"),
        ("[provider.toy]", "did you mean 'providers'?"),
        ('[providers.toy]\nbase_ulr = "x"', "did you mean 'providers.toy.base_url'?"),
        ('[providers.toy]\nkey = "$K"', "did you mean 'providers.toy.api_key'?"),
        ("[providers.toy.timeouts]\nconect = 1", "did you mean 'providers.toy.timeouts.connect'?"),
        ('[targets.a]\nmodel = "toy/fast"\nfallback = []', "did you mean 'targets.a.fallbacks'?"),
    ],
)
def test_an_unknown_key_in_the_file_gets_the_closest_name(text: str, hint: str) -> None:
    assert hint in refusal(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("default = 5", "default: must be text"),
        ("[targets.a]", "targets.a.model: missing"),
        ("[targets.a]\nmodel = 5", "targets.a.model: must be text"),
        (
            '[targets.a]\nmodel = "toy/fast"\nfallbacks = "b"',
            "targets.a.fallbacks: must be a list",
        ),
        ("[providers.toy]\nmax_in_flight = 0", "providers.toy.max_in_flight: "),
        ("[providers.toy]\nmax_in_flight = true", "max_in_flight: must be a whole number"),
        ('[providers.toy]\nmax_in_flight = "3"', "max_in_flight: must be a whole number"),
        ("[providers.toy]\noptions = 5", "options: must be a table of names and values"),
        ("[providers.toy.timeouts]\nread = 0", "providers.toy.timeouts.read: "),
        ("[providers.toy.timeouts]\nread = true", "providers.toy.timeouts.read: "),
        ("[providers.toy.timeouts]\nread = nan", "providers.toy.timeouts.read: "),
        ("[providers.toy.timeouts]\nconnect = inf", "providers.toy.timeouts.connect: "),
        ('[providers.toy.timeouts]\nread = "9"', "providers.toy.timeouts.read: "),
        ("targets = []", "targets: must be a table of names and values"),
        ("default = ", "is not valid TOML"),
    ],
)
def test_a_wrong_value_in_the_file_is_named_by_its_place(text: str, said: str) -> None:
    message = refusal(text)
    assert message.startswith("polyreel.toml")
    assert said in message


def test_a_file_that_is_not_text_is_an_error_and_no_traceback() -> None:
    Path("polyreel.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"polyreel\.toml is not valid TOML"):
        load_config(Path("polyreel.toml"))


def test_a_refused_table_speaks_to_a_person_and_not_of_classes() -> None:
    assert "instance of" not in refusal("[providers]\ntoy = 5")


@pytest.mark.parametrize(
    "text",
    [
        f'[providers.toy]\napi_key = "{SECRET}"',
        f'[providers.toy]\napi_key = "$ {SECRET}"',
        f'[providers.toy]\napi_key = "${{KEY}}{SECRET}"',
        f'[providers.toy]\napi_key = "Bearer {SECRET}"',
        f"[providers.toy]\napi_key = {SECRET}",
        f'[providers.toy]\napi_key = ["{SECRET}"]',
        f'[providers.toy]\nkey = "{SECRET}"',
        f'[providers]\ntoy = "{SECRET}"',
    ],
)
def test_a_key_written_into_the_file_is_refused_and_never_shown(text: str) -> None:
    assert SECRET not in refusal(text)


def test_a_key_written_into_the_file_is_reported_where_it_belongs() -> None:
    message = refusal(f'[providers.toy]\napi_key = "{SECRET}"')
    assert "providers.toy.api_key: do not write a key into the file" in message


# The key


@pytest.mark.parametrize(
    ("text", "environment", "given", "key"),
    [
        ("", {}, None, None),
        ("", {"TOY_KEY": "usual"}, None, "usual"),
        ("", {"TOY_KEY": ""}, None, None),
        ("", {"TOY_KEY": "usual\n"}, None, "usual"),
        ("", {"OTHER_KEY": "other"}, None, None),
        ('[providers.toy]\napi_key = "$MINE"', {"MINE": "mine", "TOY_KEY": "u"}, None, "mine"),
        ('[providers.toy]\napi_key = "${MINE}"', {"MINE": "mine"}, None, "mine"),
        ('[providers.other]\napi_key = "$MINE"', {"MINE": "m", "TOY_KEY": "usual"}, None, "usual"),
        ('[providers.toy]\napi_key = "$MINE"', {"MINE": "mine"}, "given", "given"),
        ("", {"TOY_KEY": "usual"}, "given", "given"),
    ],
)
def test_the_key_is_the_callers_then_the_files_variables_then_the_usual_variables(
    text: str, environment: dict[str, str], given: str | None, key: str | None
) -> None:
    assert shown_key(account(text, environment, key=given)) == key


@pytest.mark.parametrize(
    ("text", "variable"),
    [("", "TOY_KEY"), ('[providers.toy]\napi_key = "$MINE"', "MINE")],
)
def test_a_missing_key_names_the_variable_to_set(text: str, variable: str) -> None:
    with pytest.raises(MissingKey, match=f"Set the environment variable {variable},"):
        account(text).require_key()


BAD_KEYS = [f"{SECRET} two", f"{SECRET}é", f"{SECRET}\x00", f"{SECRET}\nx", f"{SECRET}\x1b[0m"]


@pytest.mark.parametrize("key", BAD_KEYS, ids=repr)
def test_a_key_with_odd_characters_is_refused(key: str) -> None:
    refusal = "the key for toy is not valid: the variable TOY_KEY is empty or has spaces or special"
    with pytest.raises(ConfigError, match=refusal):
        account("", {"TOY_KEY": key})


@pytest.mark.parametrize("key", BAD_KEYS, ids=repr)
def test_a_refused_key_is_never_shown(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        account("", {"TOY_KEY": key})
    assert SECRET not in str(caught.value)


def test_a_refused_key_names_the_variable_that_kept_it() -> None:
    with pytest.raises(ConfigError, match="MINE"):
        account('[providers.toy]\napi_key = "$MINE"', {"MINE": "two words"})


def test_a_key_that_the_caller_gave_is_not_blamed_on_a_variable() -> None:
    with pytest.raises(ConfigError) as caught:
        account("", {}, key="two words")
    assert "TOY_KEY" not in caught.value.message


def test_an_empty_key_from_the_caller_is_not_replaced_by_another_one() -> None:
    with pytest.raises(ConfigError, match="the key for toy"):
        account("", {"TOY_KEY": "usual"}, key="")


def test_showing_an_account_never_shows_its_key() -> None:
    assert SECRET not in repr(account("", {"TOY_KEY": SECRET}))


# The address

FILE_URL = '[providers.toy]\nbase_url = "https://file.example"'
ENVIRONMENT_URL = {"TOY_BASE_URL": "https://environment.example"}


@pytest.mark.parametrize(
    ("text", "environment", "given", "address"),
    [
        ("", {}, None, "https://api.toy.example/v1"),
        (FILE_URL, {}, None, "https://file.example"),
        (FILE_URL, ENVIRONMENT_URL, None, "https://environment.example"),
        (FILE_URL, ENVIRONMENT_URL, "https://caller.example", "https://caller.example"),
        (FILE_URL, {"TOY_BASE_URL": ""}, None, "https://file.example"),
        (FILE_URL, {"OTHER_BASE_URL": "https://o.example"}, None, "https://file.example"),
        ("", {}, "https://caller.example/v2/", "https://caller.example/v2"),
        ("", {}, "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("", {}, "http://localhost:8080/", "http://localhost:8080"),
        ("", {}, "http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_the_address_is_the_callers_then_the_environments_then_the_files(
    text: str, environment: dict[str, str], given: str | None, address: str
) -> None:
    assert account(text, environment, base_url=given).base_url == address


BAD_ADDRESSES = [
    "http://api.toy.example",
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "https://user:pass@api.toy.example",
    "ftp://localhost",
    "api.toy.example",
    "https://",
    "https://api.toy.example:port",
    "https://api.toy.example/v1?tenant=1",
    "https://api.toy.example/v1#v1",
]


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_an_address_that_a_key_must_not_go_to_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="base_url for toy is not valid: "):
        account("", {}, base_url=address)


@pytest.mark.parametrize(
    ("text", "environment", "given", "place"),
    [
        (
            '[providers.toy]\nbase_url = "http://a.example"',
            {},
            None,
            r"\[providers\.toy\] base_url",
        ),
        ("", {"TOY_BASE_URL": "http://a.example"}, None, "TOY_BASE_URL"),
        ("", {}, "http://a.example", "base_url"),
    ],
)
def test_a_refused_address_names_the_place_it_came_from(
    text: str, environment: dict[str, str], given: str | None, place: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{place} for toy is not valid"):
        account(text, environment, base_url=given)


@pytest.mark.parametrize(
    "address",
    [f"https://user:{SECRET}@a.example", f"http://a.example/?key={SECRET}"],
)
def test_a_refused_address_is_never_quoted(address: str) -> None:
    with pytest.raises(ConfigError) as caught:
        account("", {}, base_url=address)
    assert SECRET not in str(caught.value)


# Other settings of a provider


@pytest.mark.parametrize(
    ("text", "timeouts"),
    [
        ("", Timeouts()),
        ("[providers.toy.timeouts]\nread = 5", Timeouts(read=5.0)),
        ("[providers.toy.timeouts]\nconnect = 0.5\nwrite = 7", Timeouts(connect=0.5, write=7.0)),
        ("[providers.other.timeouts]\nread = 5", Timeouts()),
    ],
)
def test_timeouts_come_from_the_providers_own_section(text: str, timeouts: Timeouts) -> None:
    assert account(text).timeouts == timeouts


@pytest.mark.parametrize(("text", "most"), [("", None), ("[providers.toy]\nmax_in_flight = 1", 1)])
def test_jobs_in_flight_are_limited_only_when_asked(text: str, most: int | None) -> None:
    assert account(text).max_in_flight == most


# Names: targets, models, the default, fallbacks

TARGETS = """
[targets.quick]
model = "toy/fast"

[targets.careful]
model = "toy/slow"
fallbacks = ["quick", "other/fast-video"]
"""


def planner(registry: Registry, text: str = "", **given: Any) -> Planner:
    """Return a planner with both providers installed and an empty environment."""
    return Planner(written(text), registry=registry, environment={}, **given)


@pytest.mark.parametrize(
    ("text", "name", "model_name"),
    [
        ("", "toy/fast", "toy/fast"),
        (TARGETS, "toy/slow", "toy/slow"),
        (TARGETS, "quick", "toy/fast"),
        (f'default = "quick"\n{TARGETS}', None, "toy/fast"),
        (f'default = "quick"\n{TARGETS}', "careful", "toy/slow"),
        ('default = "other/fast-video"', None, "other/fast-video"),
    ],
)
def test_a_name_stands_for_a_target_or_a_model(
    registry: Registry, text: str, name: str | None, model_name: str
) -> None:
    assert planner(registry, text).plan("a lighthouse", name).model == model_name


def test_without_a_name_and_a_default_the_user_is_reported_how_to_name_one(
    registry: Registry,
) -> None:
    with pytest.raises(UsageError, match=r"-m provider/name.*`polyreel models`.*`polyreel init`"):
        planner(registry, TARGETS).plan("a lighthouse")


@pytest.mark.parametrize(
    ("text", "name", "hint"),
    [
        ("", "toy/fsat", "did you mean 'toy/fast'"),
        ("", "tooy/fast", "provider 'tooy' is not known; did you mean 'toy'"),
        ("", "fast-video", "did you mean 'other/fast-video'"),
        (TARGETS, "qick", "did you mean 'quick'"),
        (TARGETS, "zzzz", "careful"),
        (TARGETS, "fast-video", "other/fast-video"),
    ],
)
def test_an_unknown_name_gets_the_nearest_names(
    registry: Registry, text: str, name: str, hint: str
) -> None:
    with pytest.raises((UnknownModel, ConfigError)) as caught:
        planner(registry, text).plan("a lighthouse", name)
    assert hint in caught.value.message


@pytest.mark.parametrize("name", ["", " ", "/", "toy/", "/fast", "a", "toy/fast/"])
def test_a_name_that_names_nothing_is_a_usage_error(registry: Registry, name: str) -> None:
    with pytest.raises(UsageError):
        planner(registry).plan("a lighthouse", name)


@pytest.mark.parametrize("text", ['default = "nope"', f'default = "nope"\n{TARGETS}'])
def test_a_default_that_names_nothing_is_called_the_default(registry: Registry, text: str) -> None:
    with pytest.raises(ConfigError, match="default"):
        planner(registry, text).plan("a lighthouse")


def test_fallbacks_are_tried_in_the_order_of_the_file(registry: Registry) -> None:
    plans = planner(registry, TARGETS).priced_plan("a lighthouse", "careful").choices
    assert [plan.model for plan in plans] == ["toy/slow", "toy/fast", "other/fast-video"]


def test_a_model_named_directly_has_no_fallbacks(registry: Registry) -> None:
    plans = planner(registry, TARGETS).priced_plan("a lighthouse", "toy/slow").choices
    assert [plan.model for plan in plans] == ["toy/slow"]


def test_a_fallback_that_can_not_do_the_request_stands_as_its_refusal(registry: Registry) -> None:
    asked = VideoRequest(prompt="a lighthouse", duration=10)
    plans = planner(registry, TARGETS).priced_plan(asked, "careful").choices
    assert [type(plan) for plan in plans] == [Plan, Plan, UnsupportedRequest]


def test_when_no_fallback_can_either_the_first_refusal_is_reported(registry: Registry) -> None:
    asked = VideoRequest(prompt="a lighthouse", duration=99)
    with pytest.raises(UnsupportedRequest) as caught:
        planner(registry, TARGETS).priced_plan(asked, "careful")
    assert caught.value.model == "toy/slow"


def test_a_fallback_that_names_nothing_is_reported_before_anything_is_sent(
    registry: Registry,
) -> None:
    text = '[targets.a]\nmodel = "toy/fast"\nfallbacks = ["toy/gone"]'
    with pytest.raises(UnknownModel, match="'toy/gone' is not known"):
        planner(registry, text).priced_plan("a lighthouse", "a")


@pytest.mark.parametrize("prompt", ["", "{image:1}"])
def test_a_prompt_that_can_not_be_a_request_is_a_usage_error(
    registry: Registry, prompt: str
) -> None:
    with pytest.raises(PolyreelError):
        planner(registry).plan(prompt, "toy/fast")


# A provider's own options


SECTION = "[providers.toy.options]\npriority = 2\nlabel = 'section'\n"
TARGET = "[targets.t]\nmodel = 'toy/fast'\noptions = {priority = 3, label = 'target'}\n"


@pytest.mark.parametrize(
    ("text", "own", "options"),
    [
        ("", {}, ToyOptions()),
        (SECTION, {}, ToyOptions(priority=2, label="section")),
        (SECTION + TARGET, {}, ToyOptions(priority=3, label="target")),
        (SECTION + TARGET, {"priority": 4}, ToyOptions(priority=4, label="target")),
        (SECTION, {"priority": 0}, ToyOptions(priority=0, label="section")),
        ("", {"async_suffix": False}, ToyOptions(async_suffix=False)),
        (SECTION, {"label": ""}, ToyOptions(priority=2, label="")),
    ],
)
def test_options_are_the_requests_then_the_targets_then_the_sections(
    registry: Registry, text: str, own: dict[str, Any], options: ToyOptions
) -> None:
    asked = VideoRequest(prompt="a lighthouse", provider_options={"toy": own})
    name = "t" if "targets" in text else "toy/fast"
    assert planner(registry, text).plan(asked, name).adapter.options == options


def test_options_of_another_provider_are_kept_for_that_provider(registry: Registry) -> None:
    asked = VideoRequest(prompt="a lighthouse", provider_options={"toy": {"priority": 9}})
    assert planner(registry).plan(asked, "other/fast-video").adapter.options == ProviderOptions()


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"async_sufix": False}, "'async_sufix' is not known; did you mean 'async_suffix'?"),
        ({"zzzz": 1}, "'zzzz' is not known; use one of async_suffix, label, priority"),
        ({"async_suffix": "false"}, "async_suffix: must be true or false"),
        ({"async_suffix": 0}, "async_suffix: must be true or false"),
        ({"priority": "4"}, "priority: must be a whole number"),
        ({"priority": True}, "priority: must be a whole number"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_is_sent(
    registry: Registry, own: dict[str, Any], said: str
) -> None:
    asked = VideoRequest(prompt="a lighthouse", provider_options={"toy": own})
    with pytest.raises(UsageError) as caught:
        planner(registry).plan(asked, "toy/fast")
    assert caught.value.message == f"options of toy: {said}"


@pytest.mark.parametrize("own", [{"priority": SECRET}, {"zzzz": SECRET}])
def test_a_wrong_options_value_is_never_shown(registry: Registry, own: dict[str, Any]) -> None:
    asked = VideoRequest(prompt="a lighthouse", provider_options={"toy": own})
    with pytest.raises(UsageError) as caught:
        planner(registry).plan(asked, "toy/fast")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("text", [SECTION + TARGET.split("options", maxsplit=1)[0], TARGET])
def test_a_wrong_option_in_the_file_gets_the_closest_name_too(
    registry: Registry, text: str
) -> None:
    with pytest.raises(UsageError, match="did you mean 'priority'"):
        planner(registry, text.replace("priority", "prioriti")).plan("a lighthouse", "t")


def test_a_provider_without_options_says_so(registry: Registry) -> None:
    asked = VideoRequest(prompt="a lighthouse", provider_options={"other": {"a": 1}})
    with pytest.raises(UsageError) as caught:
        planner(registry).plan(asked, "other/fast-video")
    assert not caught.value.message.rstrip().endswith("use one of")


def test_modellix_s_own_option_gets_its_closest_name() -> None:
    options = {"modellix": {"async_sufix": False}}
    asked = VideoRequest(prompt="a lighthouse", provider_options=options)
    with pytest.raises(UsageError, match="did you mean 'async_suffix'"):
        Planner(Config(), environment={}).plan(asked, "modellix/seedance-2.0-t2v")


def test_options_for_a_provider_that_nobody_knows_get_the_closest_name(registry: Registry) -> None:
    asked = VideoRequest(prompt="a lighthouse", provider_options={"tooy": {"priority": 1}})
    with pytest.raises(UsageError, match="'tooy' is not known; did you mean 'toy'"):
        planner(registry).plan(asked, "toy/fast")


@pytest.mark.parametrize(
    "given", [{"api_keys": {"tooy": "a-key"}}, {"base_urls": {"tooy": "http://127.0.0.1:8080"}}]
)
def test_a_key_or_address_for_a_provider_that_nobody_knows_is_not_ignored(
    registry: Registry, given: dict[str, Any]
) -> None:
    with pytest.raises(UsageError, match="'tooy' is not known; did you mean 'toy'"):
        planner(registry, **given).plan("a lighthouse", "toy/fast")


def broken() -> ModuleType:
    """Fail as a plugin does whose library is missing."""
    raise ImportError("No module named 'nowhere'")


@pytest.mark.parametrize("chosen", [None, "-toy"], ids=["broken", "left out"])
def test_a_key_for_a_provider_that_is_out_of_use_leaves_the_others_usable(
    chosen: str | None,
) -> None:
    good = ModuleType("good")
    good.polyreel_adapters = hookimpl(  # type: ignore[attr-defined]
        lambda: [OtherAdapter], specname="polyreel_adapters"
    )
    points: list[Any] = [
        SimpleNamespace(name="toy", dist=None, load=broken),
        SimpleNamespace(name="good", dist=None, load=lambda: good),
    ]
    at = planner(Registry(points, chosen), api_keys={"toy": "toy-key", "other": "other-key"})
    assert shown_key(at.plan("a lighthouse", "other/fast-video").account) == "other-key"


def test_keys_and_addresses_handed_in_reach_their_own_provider(registry: Registry) -> None:
    at = planner(
        registry,
        api_keys={"toy": "toy-key"},
        base_urls={"toy": "http://127.0.0.1:1", "other": "http://127.0.0.1:2"},
    )
    toy, other = at.account(ToyAdapter), at.account(OtherAdapter)
    assert [(each.base_url, shown_key(each)) for each in (toy, other)] == [
        ("http://127.0.0.1:1", "toy-key"),
        ("http://127.0.0.1:2", None),
    ]


# Who is told of a job


RECORD = JobRecord(id="a", model="toy/fast")


def observed_by(*functions: Any) -> Registry:
    """Return a registry whose plugins observe jobs with these functions."""
    points: list[Any] = []
    for number, function in enumerate(functions):
        module = ModuleType(f"observer{number}")
        module.polyreel_job_changed = hookimpl(function)  # type: ignore[attr-defined]
        points.append(
            SimpleNamespace(name=module.__name__, dist=None, load=lambda module=module: module)
        )
    return Registry(points)


def test_the_caller_and_every_plugin_are_reported_of_a_change() -> None:
    reported: list[tuple[str, JobRecord]] = []

    def polyreel_job_changed(job: JobRecord) -> None:
        reported.append(("plugin", job))

    at = planner(
        observed_by(polyreel_job_changed), on_change=lambda job: reported.append(("caller", job))
    )
    at.observers.notify(RECORD)
    assert reported == [("caller", RECORD), ("plugin", RECORD)]


def test_a_plugin_that_wants_to_know_only_that_something_changed_is_reported(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reported: list[str] = []

    def counts() -> None:
        reported.append("counts")

    planner(observed_by(counts)).observers.notify(RECORD)
    assert (reported, caplog.records) == (["counts"], [])


def test_an_observer_that_fails_keeps_nobody_else_from_being_reported() -> None:
    reported: list[str] = []

    def fails(job: JobRecord) -> None:
        raise RuntimeError(job.model)

    def hears(job: JobRecord) -> None:
        reported.append(job.model)

    at = planner(observed_by(fails, hears, fails), on_change=fails)
    at.observers.notify(RECORD)
    assert reported == ["toy/fast"]
