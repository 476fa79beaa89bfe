"""One broken plugin is a fact with a reason and a way out; every other provider stays usable."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import ModuleType
from typing import Any, ClassVar, NoReturn, cast

import pytest
from polyreel import JobRef, PluginError, PolyreelError, UnknownModel, VideoRequest, hookimpl
from polyreel.adapters import Adapter, Billing, Flow, JobStatus, ModelSpec, Registry, State

SPEC = ModelSpec(
    name="plain",
    durations=(5,),
    aspect_ratios=("16:9",),
    resolutions=("720p",),
    source="https://docs.example/plain",
    checked=date(2026, 1, 2),
    billing=Billing(unit="task", name="plain"),
)


ABSENT = object()
"""Stands for an attribute that the adapter's own class does not have."""


class Whole(Adapter):
    """All that an adapter needs, save a provider's name."""

    contract_version = 3
    title = "Toy"
    base_url = "https://api.toy.example"
    key_variable = "TOY_KEY"
    base_url_variable = "TOY_BASE_URL"
    models = (SPEC,)
    states: ClassVar[Mapping[str, State]] = {}

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        raise NotImplementedError

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        raise NotImplementedError


def adapter(name: Any, **attributes: Any) -> type[Adapter]:
    """Return an adapter of a provider, with some attributes changed."""
    attributes = {"contract_version": 3, "name": name, **attributes}
    kept = {key: value for key, value in attributes.items() if value is not ABSENT}
    return type("ToyAdapter", (Whole,), kept)


@dataclass
class Distribution:
    """What the registry reads of an installed distribution."""

    name: str
    version: str = "1.0"

    @property
    def metadata(self) -> dict[str, str]:
        return {"Name": self.name}


@dataclass
class Point:
    """An entry point, as far as the registry knows one."""

    name: str
    loaded: object
    dist: Distribution | None = None

    def load(self) -> object:
        return self.loaded() if callable(self.loaded) else self.loaded


def plugin(
    *adapters: object, offer: Callable[[], Any] | None = None, **hooks: Callable[..., Any]
) -> ModuleType:
    """Return a plugin's module that offers adapters and implements other hooks."""
    module = ModuleType("plugin")
    functions = {"polyreel_adapters": offer or (lambda: adapters), **hooks}
    for name, function in functions.items():
        setattr(module, name, hookimpl(function))
    return module


def point(name: str, loaded: object, distribution: str | None = None) -> Point:
    """Return an entry point whose distribution is named after it unless told otherwise."""
    return Point(name, loaded, Distribution(distribution or f"dist-{name}"))


GOOD = point("good", plugin(adapter("good")))


def registry(*points: Point, chosen: str | None = None) -> Registry:
    """Return what these entry points install, beside one good plugin."""
    return Registry(cast("Iterable[Any]", [*points, GOOD]), chosen)


def reasons(installed: Registry) -> list[str]:
    """Return why things are broken."""
    return [broken.reason for broken in installed.broken]


def no_adapters() -> list[type[Adapter]]:
    """Offer nothing."""
    return []


# What works


def test_a_plugins_adapter_is_found_by_its_providers_name() -> None:
    toy = adapter("toy")
    assert registry(point("a", plugin(toy))).adapter("toy") is toy


def test_one_plugin_may_offer_several_providers() -> None:
    installed = registry(point("a", plugin(adapter("toy"), adapter("toy-two"))))
    assert list(installed.adapters) == ["good", "toy", "toy-two"]


def test_providers_are_listed_by_name_however_they_were_installed() -> None:
    installed = registry(point("a", plugin(adapter("zeta"))), point("z", plugin(adapter("alpha"))))
    assert list(installed.adapters) == ["alpha", "good", "zeta"]


def test_a_provider_knows_the_distribution_that_it_came_from() -> None:
    installed = registry(point("a", plugin(adapter("toy")), "polyreel-toy"))
    assert installed.adapters["toy"].plugin.distribution == "polyreel-toy 1.0"


def test_a_plugin_without_a_distribution_is_usable() -> None:
    installed = registry(Point("a", plugin(adapter("toy"))))
    assert installed.adapters["toy"].plugin.distribution == "unknown"


def test_a_plugin_that_only_observes_is_no_broken_one() -> None:
    module = ModuleType("plugin")
    module.polyreel_job_changed = hookimpl(  # type: ignore[attr-defined]
        lambda job: None, specname="polyreel_job_changed"
    )
    assert reasons(registry(point("a", module))) == []


def test_a_model_is_found_by_its_full_name() -> None:
    assert registry().model("good/plain") == (registry().adapter("good"), SPEC)


def test_every_model_is_listed_by_its_full_name() -> None:
    models = (SPEC, replace(SPEC, name="plain-2"))
    installed = registry(point("a", plugin(adapter("toy", models=models))))
    assert [name for name, _ in installed.models()] == [
        "good/plain",
        "toy/plain",
        "toy/plain-2",
    ]


def test_both_of_our_own_providers_are_installed_and_whole() -> None:
    installed = Registry.installed({})
    assert ({"jimmy", "modellix"} <= set(installed.adapters), installed.broken) == (True, [])


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("good/plian", "'good/plian' is not known; did you mean 'good/plain'?"),
        ("god/plain", "provider 'god' is not known; did you mean 'good'?"),
        ("good/zzzz", "good/plain"),
        ("plain", "a model is written provider/name"),
        ("zzzz", "good/plain"),
        ("", "good/plain"),
    ],
)
def test_an_unknown_model_gets_the_nearest_names(name: str, hint: str) -> None:
    with pytest.raises(UnknownModel) as caught:
        registry().model(name)
    assert hint in caught.value.message


def test_with_nothing_installed_the_user_is_reported_what_to_install() -> None:
    with pytest.raises(UnknownModel, match=r"no provider is installed.*pip install polyreel-"):
        Registry([]).adapter("toy")


# What breaks while it is loaded


def fail(error: BaseException) -> Callable[[], NoReturn]:
    """Return a function that raises."""

    def raises() -> NoReturn:
        raise error

    return raises


ERRORS = [
    ImportError("No module named 'nowhere'"),
    SyntaxError("invalid syntax"),
    RuntimeError("no reason"),
    AssertionError(),
    SystemExit(3),
    SystemExit("needs a licence"),
]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_a_plugin_that_fails_at_import_leaves_the_others_usable(error: BaseException) -> None:
    assert list(registry(point("toy", fail(error))).adapters) == ["good"]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_a_plugin_that_fails_while_it_offers_leaves_the_others_usable(error: BaseException) -> None:
    installed = registry(point("toy", plugin(offer=fail(error))))
    assert list(installed.adapters) == ["good"]


@pytest.mark.parametrize(
    "loaded", [fail(ImportError("no av")), plugin(offer=fail(OSError("no av")))]
)
def test_a_failed_plugin_is_named_with_its_distribution_and_the_reason(loaded: object) -> None:
    (reason,) = reasons(registry(point("toy", loaded, "polyreel-toy")))
    assert [each in reason for each in ("'toy'", "polyreel-toy 1.0", "Error: no av")] == [True] * 3


def test_a_failed_plugin_is_reported_how_to_leave_it_out() -> None:
    (reason,) = reasons(registry(point("toy", fail(ImportError("no av")))))
    assert "POLYREEL_PLUGINS=-toy" in reason


def test_asking_for_a_failed_plugins_provider_reports_why_it_failed() -> None:
    with pytest.raises(PluginError, match=r"toy can't be used: .*No module named 'nowhere'"):
        registry(point("toy", fail(ERRORS[0]))).model("toy/plain")


def test_a_failed_plugins_reason_applies_no_signed_url() -> None:
    (reason,) = reasons(registry(point("toy", fail(OSError("https://a.example/?sig=SECRET")))))
    assert "SECRET" not in reason


def test_a_user_who_interrupts_the_loading_is_obeyed() -> None:
    with pytest.raises(KeyboardInterrupt):
        registry(point("toy", fail(KeyboardInterrupt())))


def test_what_a_plugin_offered_before_it_failed_is_usable() -> None:
    def offer() -> Iterable[type[Adapter]]:
        yield adapter("toy")
        raise RuntimeError("no second one")

    assert list(registry(point("a", plugin(offer=offer))).adapters) == ["good", "toy"]


def test_a_hook_that_polyreel_does_not_know_breaks_its_plugin() -> None:
    module = plugin(adapter("toy"), polyreel_adaptors=no_adapters)
    (reason,) = reasons(registry(point("a", module)))
    assert "polyreel_adaptors" in reason


def test_a_hook_that_polyreel_does_not_know_leaves_the_others_usable() -> None:
    module = plugin(adapter("toy"), polyreel_adaptors=no_adapters)
    assert list(registry(point("a", module)).adapters) == ["good"]


def test_a_hook_with_unknown_arguments_breaks_its_whole_plugin() -> None:
    module = plugin(adapter("toy"), polyreel_job_changed=lambda task: None)
    installed = registry(point("a", module))
    assert (len(installed.broken), list(installed.adapters)) == (1, ["good"])


@pytest.mark.parametrize("loaded", [ModuleType("empty"), None], ids=["module", "nothing"])
def test_an_entry_point_that_implements_no_hook_is_reported(loaded: object) -> None:
    assert [broken.plugin.name for broken in registry(point("toy", loaded)).broken] == ["toy"]


# What is wrong with an adapter


BROKEN_ADAPTERS: list[tuple[dict[str, Any], str]] = [
    ({"contract_version": 2}, "version 2 of the adapter contract.*this polyreel has version 3"),
    ({"contract_version": 4}, "version 4 of the adapter contract.*Update polyreel"),
    ({"contract_version": "3"}, "version '3' of the adapter contract.*the number contract_version"),
    # Inherited, so that a base class which is brought up to date can't speak for its subclasses.
    ({"contract_version": ABSENT}, "does not say which version.*README.md#contract-versions"),
    ({"models": ()}, "declares no model"),
    ({"models": (SPEC, SPEC)}, "declares plain twice"),
    ({"models": (SPEC, replace(SPEC, durations=(10,)))}, "declares plain twice"),
    ({"submit": Adapter.submit}, "lacks submit"),
    ({"submit": Adapter.submit, "poll": Adapter.poll}, "lacks poll, submit"),
]


@pytest.mark.parametrize(("attributes", "said"), BROKEN_ADAPTERS)
def test_an_adapter_that_can_not_work_is_refused_with_the_reason(
    attributes: dict[str, Any], said: str
) -> None:
    installed = registry(point("a", plugin(adapter("toy", **attributes))))
    with pytest.raises(PluginError, match=f"toy can't be used: .*{said}"):
        installed.adapter("toy")


@pytest.mark.parametrize(("attributes", "said"), BROKEN_ADAPTERS)
def test_a_refused_adapter_leaves_its_own_plugins_others_usable(
    attributes: dict[str, Any], said: str
) -> None:
    installed = registry(point("a", plugin(adapter("toy", **attributes), adapter("toy-two"))))
    assert list(installed.adapters) == ["good", "toy-two"]


@pytest.mark.parametrize(
    "missing",
    ["name", "title", "base_url", "key_variable", "base_url_variable", "models", "states"],
)
def test_an_adapter_is_reported_which_attribute_it_lacks(missing: str) -> None:
    needed = {
        "contract_version": 3,
        "name": "toy",
        "title": "Toy",
        "base_url": "https://api.toy.example",
        "key_variable": "TOY_KEY",
        "base_url_variable": "TOY_BASE_URL",
        "models": (SPEC,),
        "states": {},
        "submit": Whole.submit,
        "poll": Whole.poll,
    }
    del needed[missing]
    lacking = type("ToyAdapter", (Adapter,), needed)
    assert reasons(registry(point("a", plugin(lacking)))) == [f"ToyAdapter lacks {missing}"]


@pytest.mark.parametrize(
    "name", ["", "Toy", "toy_x", "1toy", "toy/x", "toy x", "-toy", "toy\n", "töy"], ids=repr
)
def test_a_provider_name_that_nobody_could_type_is_refused(name: str) -> None:
    installed = registry(point("a", plugin(adapter(name))))
    assert list(installed.adapters) == ["good"]


@pytest.mark.parametrize(
    "offered", ["toy", None, 5, object, adapter("toy")(), Adapter], ids=lambda each: repr(each)[:20]
)
def test_what_is_no_adapter_class_is_reported_and_leaves_the_rest_usable(offered: object) -> None:
    installed = registry(point("a", plugin(offered, adapter("toy-two"))))
    assert (len(installed.broken), list(installed.adapters)) == (1, ["good", "toy-two"])


@pytest.mark.parametrize("offered", [None, 5, adapter("toy")], ids=["nothing", "number", "class"])
def test_a_hook_that_returns_no_list_is_reported(offered: object) -> None:
    installed = registry(point("a", plugin(offer=lambda: offered)))
    assert ([each.plugin.name for each in installed.broken], list(installed.adapters)) == (
        ["a"],
        ["good"],
    )


# Two of one name


def two_of_one_name() -> Registry:
    """Return a registry in which two distributions offer `toy`, and one of them `toy-two` too."""
    return registry(
        point("one", plugin(adapter("toy")), "polyreel-toy"),
        point("two", plugin(adapter("toy"), adapter("toy-two")), "toy-fork"),
    )


def test_two_providers_of_one_name_are_an_error_that_names_both_distributions() -> None:
    with pytest.raises(PluginError, match=r"polyreel-toy 1\.0 and toy-fork 1\.0 both offer"):
        two_of_one_name().adapter("toy")


def test_two_providers_of_one_name_leave_every_other_usable() -> None:
    assert list(two_of_one_name().adapters) == ["good", "toy-two"]


def test_two_providers_of_one_name_can_be_reported_apart_by_leaving_one_out() -> None:
    one = point("one", plugin(adapter("toy")), "polyreel-toy")
    two = point("two", plugin(adapter("toy")), "toy-fork")
    installed = registry(one, two, chosen="-two")
    assert installed.adapters["toy"].plugin.distribution == "polyreel-toy 1.0"


def test_two_distributions_with_one_entry_points_name_are_both_named() -> None:
    installed = registry(
        point("toy", plugin(adapter("toy")), "polyreel-toy"),
        point("toy", plugin(adapter("toy")), "toy-fork"),
    )
    with pytest.raises(PluginError, match=r"polyreel-toy 1\.0 and toy-fork 1\.0"):
        installed.adapter("toy")


# Picking and leaving out


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (None, ["alpha", "beta", "good"]),
        ("a", ["alpha"]),
        ("a,good", ["alpha", "good"]),
        (" a , good ,", ["alpha", "good"]),
        ("-a", ["beta", "good"]),
        ("-a,-b", ["good"]),
        ("a,-a", []),
        ("a,-b", ["alpha"]),
        ("zzz", []),
        ("-zzz", ["alpha", "beta", "good"]),
    ],
)
def test_plugins_are_picked_or_left_out_by_their_entry_points_names(
    chosen: str | None, found: list[str]
) -> None:
    points = (point("a", plugin(adapter("alpha"))), point("b", plugin(adapter("beta"))))
    assert list(registry(*points, chosen=chosen).adapters) == found


def test_a_plugin_that_is_left_out_is_never_imported() -> None:
    assert reasons(registry(point("toy", fail(SystemExit(3))), chosen="-toy")) == []


@pytest.mark.parametrize(("variable", "found"), [("-jimmy", ["modellix"]), ("jimmy", ["jimmy"])])
def test_the_environment_picks_and_leaves_out(variable: str, found: list[str]) -> None:
    ours = {"jimmy", "modellix"}
    installed = Registry.installed({"POLYREEL_PLUGINS": variable})
    assert [name for name in installed.adapters if name in ours] == found


@pytest.mark.parametrize("chosen", ["-toy", "toi"])
def test_a_provider_that_was_left_out_is_not_said_to_be_missing(chosen: str) -> None:
    installed = registry(point("toy", plugin(adapter("toy"))), chosen=f"{chosen},-good")
    with pytest.raises(PolyreelError, match="POLYREEL_PLUGINS"):
        installed.adapter("toy")


def test_where_the_only_plugin_is_broken_nobody_is_reported_to_install_one() -> None:
    broken = cast("Any", point("toy-plugin", fail(ImportError("no av"))))
    with pytest.raises(PolyreelError) as caught:
        Registry([broken]).adapter("toy")
    assert "no provider is installed" not in caught.value.message


# Stand-ins


def stand_in(name: str) -> type:
    """Return what the registry needs of a stand-in."""
    return type("StandIn", (), {"provider": name})


def test_stand_ins_are_found_by_their_providers_name() -> None:
    double = stand_in("toy")
    installed = registry(point("a", plugin(adapter("toy"), polyreel_stand_ins=lambda: [double])))
    assert installed.stand_ins() == {"toy": double}


def test_a_stand_in_of_a_provider_that_is_not_usable_is_not_offered() -> None:
    module = plugin(adapter("toy", models=()), polyreel_stand_ins=lambda: [stand_in("toy")])
    assert registry(point("a", module)).stand_ins() == {}


@pytest.mark.parametrize(
    "offer",
    [
        fail(ImportError("No module named 'av'")),
        fail(RuntimeError("no font")),
        fail(OSError("no contract.json")),
        fail(SystemExit(3)),
        lambda: None,
        lambda: [object],
    ],
    ids=["import", "runtime", "file", "exit", "none", "no-stand-in"],
)
def test_a_stand_in_that_fails_is_a_plugin_error_with_its_plugins_name(
    offer: Callable[[], Any],
) -> None:
    installed = registry(point("toy", plugin(adapter("toy"), polyreel_stand_ins=offer)))
    with pytest.raises(PluginError, match="stand-in of toy"):
        installed.stand_ins()


def test_a_stand_in_without_its_libraries_is_reported_what_to_install() -> None:
    offer = fail(ImportError("No module named 'av'"))
    installed = registry(point("toy", plugin(adapter("toy"), polyreel_stand_ins=offer)))
    with pytest.raises(PluginError, match=r"pip install 'polyreel\[sandbox\]'"):
        installed.stand_ins()


def test_a_broken_stand_in_leaves_its_provider_usable() -> None:
    offer = fail(ImportError("No module named 'av'"))
    installed = registry(point("toy", plugin(adapter("toy"), polyreel_stand_ins=offer)))
    assert list(installed.adapters) == ["good", "toy"]


def test_stand_ins_are_not_loaded_until_somebody_wants_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "polyreel_jimmy.stand_in", raising=False)
    _ = list(Registry.installed({}).models())
    assert "polyreel_jimmy.stand_in" not in sys.modules
