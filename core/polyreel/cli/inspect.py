"""providers, models, check and wire: commands that send nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from ..adapters import WireRequest
from ..client import Client
from ..client.media_reading import media_findings_of
from ..client.planner import Planner
from ..client.shapes import shaped
from ..engine import Plan
from ..engine.plan import OnUnsupported
from ..engine.prepare import ReadAlready
from ..errors import UsageError
from ..models import ModelSpec, nearest_model
from ..models import check as check_request
from ..models.spec import describe_numbers
from ..text.addresses import join
from ..text.json_text import json_text
from .exit_codes import DONE, USAGE
from .options import (
    ConvertImages,
    Drop,
    LiftBounds,
    Models,
    RequestArgument,
    load_request,
    media_options,
)
from .output import AsJson, command, describe, print_json, print_line, print_table, say, yes_no


@command
def providers(as_json: AsJson = False) -> None:
    """Show the installed providers, and why a plugin is broken."""
    planner = Planner()
    rows: list[dict[str, Any]] = []
    for name, installed in planner.registry.adapters.items():
        account = planner.account(installed.adapter)
        rows.append(
            {
                "provider": name,
                "title": installed.adapter.title,
                "plugin": installed.plugin.distribution,
                "models": len(installed.adapter.models),
                "base_url": account.base_url,
                "key": account.key is not None,
                "key_variable": account.key_variable,
                "broken": None,
            }
        )
    rows += [
        {
            "provider": broken.provider or broken.plugin.name,
            "title": None,
            "plugin": broken.plugin.distribution,
            "models": 0,
            "base_url": None,
            "key": None,
            "key_variable": None,
            "broken": broken.reason,
        }
        for broken in planner.registry.broken
    ]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("provider", "name", "plugin", "models", "address", "key", "state"),
        [
            (
                row["provider"],
                row["title"],
                row["plugin"],
                row["models"],
                row["base_url"],
                None
                if row["key"] is None
                else f"{row['key_variable']} is {'set' if row['key'] else 'not set'}",
                f"broken: {row['broken']}" if row["broken"] else "ready",
            )
            for row in rows
        ],
    )
    if not rows:
        say("No provider is installed. Install one, e.g.: pip install polyreel-jimmy")


@command
def models(
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="Show everything about one model.")
    ] = None,
    provider: Annotated[
        str | None, typer.Option("-p", "--provider", metavar="NAME", help="One provider's only.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what each model can do."""
    registry = Planner().registry
    if model is not None:
        registry.model(model)
    elif provider is not None:
        registry.adapter(provider)
    chosen = [
        (name, spec)
        for name, spec in registry.models()
        if (model is None or name == model)
        and (provider is None or name.partition("/")[0] == provider)
    ]
    if not chosen:
        raise UsageError(f"{model} is not a model of {provider}")
    if as_json:
        print_json([{"model": name, **spec.facts()} for name, spec in chosen])
    elif model is not None:
        _print_facts(*chosen[0])
    else:
        print_table(
            ("model", "seconds", "ratios", "resolutions", "from", "settings", "billed by"),
            [_model_row(name, spec) for name, spec in chosen],
        )


@command
def check(
    request: RequestArgument,
    model: Models = None,
    convert_images: ConvertImages = None,
    lift_bounds: LiftBounds = False,
    as_json: AsJson = False,
) -> None:
    """Show which models can do a request, and for the others the field and the limit."""
    planner = Planner()
    asked = planner.as_request(load_request(request))
    everything = list(planner.registry.models())
    chosen = (
        [
            (name, planner.registry.model(each))
            for name in model
            for each in planner.target(name).candidates
        ]
        if model
        else [(name, planner.registry.model(name)) for name, _ in everything]
    )
    has_media = any(True for _ in asked.media())
    rules = replace(planner.media_rules, **media_options(convert_images, lift_bounds))
    results: list[dict[str, Any]] = []
    known: ReadAlready = {}
    for name, (adapter, spec) in chosen:
        plan = shaped(
            Plan(
                request=asked,
                adapter=adapter(),
                spec=spec,
                account=planner.account(adapter),
                media_rules=rules,
                media_access=planner.media_access,
            )
        )
        findings = check_request(plan.request, spec)
        if has_media:
            wrong = {finding.field.partition("[")[0] for finding in findings}
            found = media_findings_of(plan, known)
            findings += [each for each in found if each.field.partition("[")[0] not in wrong]
        full = f"{adapter.name}/{spec.name}"
        results.append(
            {
                "name": name,
                "model": full,
                "can": not findings,
                "findings": [finding.facts() for finding in findings],
                "nearest": nearest_model(asked, full, everything) if findings else None,
            }
        )
    if as_json:
        print_json(results)
    else:
        rows: list[tuple[object, ...]] = []
        for result in results:
            if result["can"]:
                rows.append((result["model"], "yes", "", "", ""))
            for index, finding in enumerate(result["findings"]):
                first = index == 0
                rows.append(
                    (
                        result["model"] if first else "",
                        "no" if first else "",
                        finding["field"],
                        finding["message"],
                        result["nearest"] if first else "",
                    )
                )
        print_table(("model", "can", "field", "why not", "nearest model that can"), rows)
    raise typer.Exit(DONE if any(result["can"] for result in results) else USAGE)


@command
def wire(
    request: RequestArgument,
    model: Models = None,
    drop: Drop = False,
    convert_images: ConvertImages = None,
    lift_bounds: LiftBounds = False,
    as_json: AsJson = False,
) -> None:
    """Show the exact HTTP requests that would be sent, without credentials. Sends nothing."""
    asked = load_request(request)
    shown: list[dict[str, Any]] = []
    with Client() as client:
        names: list[str | None] = [*model] if model else [None]
        for name in names:
            on_unsupported: OnUnsupported = "drop" if drop else "error"
            media = media_options(convert_images, lift_bounds)
            plan = client.planner.plan(asked, name, on_unsupported, **media)
            requests = client.wire(asked, name, on_unsupported=on_unsupported, **media)
            shown += [_wire_facts(plan, each) for each in requests]
            for adjustment in plan.adjustments:
                what = f"{adjustment.action} {adjustment.field} ({adjustment.reason})"
                say(f"{plan.model}: {what}")
    if as_json:
        print_json(shown)
        return
    for each in shown:
        print_line(
            f"{each['method']} {each['url']}  ({'costs money' if each['spends'] else 'free'})"
        )
        for header, value in each.get("headers", {}).items():
            print_line(f"{header}: {value}")
        if "file" in each:
            print_line(f"multipart file: {each['file']}")
        if each["json"] is not None:
            for line in _json_lines(each["json"]):
                print_line(line)
        print_line("")


def _wire_facts(plan: Plan, request: WireRequest) -> dict[str, Any]:
    url = join(plan.account.base_url, request.path)
    facts: dict[str, Any] = {
        "provider": plan.adapter.name,
        "model": plan.spec.name,
        "method": request.method,
        "url": url + (f"?{urlencode(request.query)}" if request.query else ""),
        "json": None if request.json is None else dict(request.json),
        "spends": request.spends,
    }
    if request.headers:
        facts["headers"] = dict(request.headers)
    if request.file is not None:
        file = request.file
        facts["file"] = f"{file.filename} ({file.mime_type}, {len(file.data)} bytes)"
    return facts


def _json_lines(value: dict[str, Any]) -> list[str]:
    """Return JSON for a person, with inline media shortened; `--json` prints all of it."""

    def shorten(item: Any) -> Any:
        if isinstance(item, list):
            return [shorten(each) for each in item]
        if isinstance(item, str) and item.startswith("data:") and len(item) > 100:
            return f"{item[:60]}… ({len(item)} characters)"
        return item

    shown = {name: shorten(item) for name, item in value.items()}
    return json_text(shown, indent=2).splitlines()


def _model_row(name: str, spec: ModelSpec) -> tuple[object, ...]:
    return (
        name,
        describe_numbers(spec.durations),
        " ".join(spec.aspect_ratios),
        " ".join(spec.resolutions),
        _sources(spec),
        " ".join(spec.settings) or "none",
        spec.billing.unit or "unknown",
    )


def _sources(spec: ModelSpec) -> str:
    """Return what a video can be made from, with the maximum numbers where published."""
    parts = ["text"] if spec.takes_text_only else []
    if spec.frames:
        parts.append("frames")
    for word, limit in (("images", spec.images), ("videos", spec.videos), ("audios", spec.audios)):
        if limit is not None and limit.maximum != 0:
            parts.append(f"{word} ≤{limit.maximum}" if limit.maximum else word)
    return ", ".join(parts)


def _print_facts(name: str, spec: ModelSpec) -> None:
    rows: list[tuple[object, object]] = [("model", name)]
    facts = spec.facts()
    facts["durations"] = describe_numbers(spec.durations)
    facts["makes_sound"] = yes_no(spec.makes_sound)
    unknown = facts.pop("unknown")
    for key, value in facts.items():
        if key != "name":
            rows.append((key.replace("_", " "), None if value is None else describe(value)))
    rows += [("not published" if index == 0 else "", each) for index, each in enumerate(unknown)]
    print_table(("fact", "value"), rows)
