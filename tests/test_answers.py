"""What adapters read answers with: `Answer`, and values in whatever spelling they come."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from polyreel import BadResponse
from polyreel.adapters import (
    Amount,
    Answer,
    Moment,
    Percent,
    Pixels,
    Text,
    WireResponse,
    amount_of,
    fraction_of,
    moment_of,
    percent_of,
    pixels_of,
    text_of,
)
from pydantic import Field
from toy_adapter import ToyAdapter

INFINITY, NAN = float("inf"), float("nan")
NO_NUMBERS: tuple[Any, ...] = (
    *(None, "", "free", "0x10", "1_000", "١", "1,5", "NaN", "Infinity", NAN, INFINITY, -INFINITY),
    *(True, False, [], {}, [1], {"amount": 1}, b"1", 10**400, "9" * 400),
)
AT = datetime(2026, 8, 17, 20, 53, 20, tzinfo=UTC)


# Values


@pytest.mark.parametrize("value", [*NO_NUMBERS, -1, "-0.01", 10**20, "1e20"], ids=repr)
def test_what_is_no_amount_is_unknown(value: Any) -> None:
    assert amount_of(value) is None


@pytest.mark.parametrize(
    ("value", "amount"),
    [(0, "0"), ("0", "0"), (0.25, "0.25"), ("0.2400", "0.2400"), (" 12 ", "12"), ("-0", "0")],
)
def test_an_amount_keeps_its_digits(value: Any, amount: str) -> None:
    assert str(amount_of(value)) == amount


@pytest.mark.parametrize("value", [*NO_NUMBERS, "%", "free%", -1, "-5%", 10**20], ids=repr)
def test_what_is_no_progress_is_unknown(value: Any) -> None:
    assert percent_of(value) is None
    assert fraction_of(value) is None


@pytest.mark.parametrize(
    ("value", "percent", "fraction"),
    [
        (0, 0.0, 0.0),
        (1, 0.01, 1.0),
        ("40%", 0.4, 0.4),
        (" 40 % ", 0.4, 0.4),
        (1.5, 0.015, 1.0),
        ("100%", 1.0, 1.0),
        ("100", 1.0, None),
        (130, 1.0, None),
    ],
)
def test_progress_is_a_fraction(value: Any, percent: float, fraction: float | None) -> None:
    assert percent_of(value) == percent
    assert fraction_of(value) == fraction


@pytest.mark.parametrize(
    "value",
    [*NO_NUMBERS, 0, -1, 10**20, "soon", "2026-13-01", "0001-01-01T00:00:00+14:00", 1787, "12:00"],
    ids=repr,
)
def test_what_is_no_time_is_unknown(value: Any) -> None:
    assert moment_of(value) is None


@pytest.mark.parametrize(
    "value",
    [
        1787000000,
        1787000000.0,
        1787000000000,
        "1787000000",
        "1787000000000",
        "1.787e12",
        "2026-08-17T20:53:20Z",
        "2026-08-17 20:53:20",
        "2026-08-18T04:53:20+08:00",
    ],
)
def test_a_time_is_read_in_every_usual_spelling(value: Any) -> None:
    assert moment_of(value) == AT
    assert json.dumps(str(moment_of(value))) == json.dumps(str(AT))


@pytest.mark.parametrize("value", [*NO_NUMBERS, 0, -1280, "1280px", 1280.5, 10**20], ids=repr)
def test_what_is_no_width_is_unknown(value: Any) -> None:
    assert pixels_of(value) is None


@pytest.mark.parametrize("value", [1280, "1280", 1280.0])
def test_a_width_is_a_whole_number(value: Any) -> None:
    assert (pixels_of(value), type(pixels_of(value))) == (1280, int)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", ""),
        ("blocked", "blocked"),
        (7, "7"),
        (["a", 7], '["a", 7]'),
        ({"why": "läuft"}, '{"why": "läuft"}'),
        (None, None),
        ({1, 2}, None),
        ("half \ud83c", "half ?"),
        (["\ud83c"], '["?"]'),
    ],
)
def test_any_value_becomes_a_text(value: Any, text: str | None) -> None:
    assert text_of(value) == text


# Parts of answers


class File(Answer):
    url: str
    width: Pixels | None = None


class Files(Answer):
    files: list[File] = Field(default_factory=list)
    pair: tuple[File, ...] | None = None
    size: tuple[Pixels, Pixels] | None = None


class Task(Answer):
    status: str
    progress: Percent | None = None
    cost: Amount | None = None
    until: Moment | None = None
    reason: Text | None = None
    kind: str = "video"
    result: Files | None = None


def read(**fields: Any) -> Task:
    return ToyAdapter().read_part(Task, {"status": "done", **fields})


def test_what_can_be_read_is_read() -> None:
    task = read(
        progress="40%", cost="0.24", until=1787000000, result={"files": [{"url": "u", "width": 3}]}
    )
    assert (task.progress, task.cost, task.until) == (0.4, Decimal("0.24"), AT)
    assert task.result == Files(files=[File(url="u", width=3)])
    assert task.unread == ()


def test_what_cannot_be_read_has_its_default_and_is_named() -> None:
    task = read(progress=[], cost="free", until="soon", kind=7, result="none")
    assert (task.progress, task.cost, task.until, task.kind, task.result) == (
        *(None, None, None, "video"),
        None,
    )
    assert set(task.unread) == {"progress", "cost", "until", "kind", "result"}


def test_null_has_the_default_and_is_not_worth_a_name() -> None:
    task = read(cost=None, kind=None, result=None)
    assert (task.cost, task.kind, task.result, task.unread) == (None, "video", None, ())


@pytest.mark.parametrize("field", ["files", "pair"])
def test_an_odd_entry_of_a_list_is_left_out_alone(field: str) -> None:
    entries: list[Any] = [
        None,
        {"url": "a"},
        7,
        {"url": 7},
        {"width": 3},
        {"url": "b", "width": "3px"},
        [],
    ]
    task = read(result={field: entries})
    assert task.result is not None
    assert [file.url for file in getattr(task.result, field)] == ["a", "b"]
    assert task.unread == (f"result.{field}", f"result.{field}.width")


def test_a_list_that_is_none_has_the_default() -> None:
    task = read(result={"files": "none", "pair": {"url": "a"}})
    assert task.result is not None
    assert (task.result.files, task.result.pair) == ([], None)
    assert task.unread == ("result.files", "result.pair")


@pytest.mark.parametrize("size", [[1], [], ["x", 1], [1, 2, 3], [None, None], "1x2"])
def test_a_list_of_the_wrong_length_has_the_default(size: Any) -> None:
    task = read(result={"files": [{"url": "a"}], "size": size})
    assert task.result is not None
    assert (task.result.size, task.unread) == (None, ("result.size",))
    assert len(task.result.files) == 1


@pytest.mark.parametrize("value", [None, 7, ["done"], {"a": 1}, True])
def test_a_required_field_is_needed(value: Any) -> None:
    with pytest.raises(BadResponse, match="a required field of Toy Videos's answer"):
        read(status=value, cost="free")


@pytest.mark.parametrize("value", [None, 7, [], "done", {}])
def test_what_is_no_object_cannot_be_read(value: Any) -> None:
    with pytest.raises(BadResponse):
        ToyAdapter().read_part(Task, value)


def test_no_value_stands_in_the_error() -> None:
    with pytest.raises(BadResponse) as raised:
        read(status=["sk-secret"])
    assert "sk-secret" not in repr(raised.value)


def test_a_part_is_frozen_and_equal_by_its_fields() -> None:
    task = read(cost="1")
    assert task == read(cost="1")
    with pytest.raises(ValueError, match="frozen"):
        task.cost = Decimal(2)


# Whole answers


def test_a_text_in_another_encoding_hides_nothing() -> None:
    body = '{"status": "done", "reason": "好"}'.encode("gbk")
    assert WireResponse(status=200, body=body).json_object()["status"] == "done"


def test_a_number_of_too_many_digits_hides_nothing() -> None:
    body = b'{"status": "done", "cost": ' + b"9" * 5000 + b', "seed": 12345678901234567890}'
    read_body = WireResponse(status=200, body=body).json_object()
    assert (read_body["cost"], read_body["seed"]) == (INFINITY, 12345678901234567890)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_json_is_read_in_each_of_its_encodings(encoding: str) -> None:
    body = '{"reason": "läuft"}'.encode(encoding)
    assert WireResponse(status=200, body=body).json_object() == {"reason": "läuft"}


def test_what_is_not_json_is_not_read() -> None:
    with pytest.raises(BadResponse, match="is not JSON"):
        WireResponse(status=200, body=b"\xff\xfe\x00 {").json_object()
