"""`polyreel wire` prints the vendors' own documented requests, key for key.

Each example says in `sent_explicitly` what polyreel sends besides the page, because the
page leaves it to a default: nothing at Jimmy, whose curl examples name every setting that
their routes have; at Modellix `duration` (5), `ratio` (16:9, where Modellix's own default
is 1:1) and `resolution` (720p).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from polyreel.cli.app import build_app
from polyreel_conformance.tools.examples import Example, load_examples
from typer.testing import CliRunner

ROOT = Path(__file__).parents[1]
BASE_URLS = {
    "jimmy": "https://www.jimmyai.cn",
    "modellix": "https://api.modellix.ai/api/v1",
}
EXAMPLES = [
    (provider, example)
    for provider in BASE_URLS
    for example in load_examples(ROOT / "providers" / provider / "tests" / "examples")
    if example.kind == "request"
]
CURL_EXAMPLES = {
    "fast-i2v-references",
    "fast-i2v-frames",
    "std-images",
    "std-video-and-audio",
    "std-frames",
    "mini-image",
    "mini-first-frame",
    "mini-video",
}


@pytest.mark.parametrize(
    ("provider", "example"), EXAMPLES, ids=[f"{name}-{each.name}" for name, each in EXAMPLES]
)
def test_wire_prints_the_documented_request(
    provider: str, example: Example, tmp_path: Path
) -> None:
    content = example.content
    fields: dict[str, Any] = dict(content["request"])
    if content.get("options"):
        fields["provider_options"] = {provider: content["options"]}
    request = tmp_path / "request.json"
    request.write_text(json.dumps(fields), encoding="utf-8")
    run = CliRunner().invoke(
        build_app(), ["wire", str(request), "-m", f"{provider}/{content['model']}", "--json"]
    )
    assert run.exit_code == 0, run.output
    assert json.loads(run.stdout) == [
        {
            "provider": provider,
            "model": content["model"],
            "method": content["sent"]["method"],
            "url": BASE_URLS[provider] + content["sent"]["path"],
            "json": {**content["sent"]["body"], **content["sent_explicitly"]},
            "spends": True,
        }
    ]


def test_every_curl_example_of_the_pages_is_among_them() -> None:
    assert {example.name for provider, example in EXAMPLES if provider == "jimmy"} == CURL_EXAMPLES


def test_jimmys_pages_leave_nothing_to_a_default() -> None:
    explicit = [each.content["sent_explicitly"] for name, each in EXAMPLES if name == "jimmy"]
    assert explicit == [{}] * len(CURL_EXAMPLES)
