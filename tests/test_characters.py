"""What is left of a text from elsewhere: its words, and nothing that a terminal obeys."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import polyreel
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polyreel.characters import clean, clean_line
from polyreel.text.csv_cells import csv_cell
from polyreel.text.json_text import json_text
from polyreel.text.logs import LOGGERS
from polyreel.text.redact import redact, redact_message, redact_url


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07a boat", "a boat"),  # OSC, ended by BEL
        ("\x1b]8;;https://evil.example\x1b\\a boat\x1b]8;;\x1b\\", "a boat"),  # a link
        ("\x1b[2J\x1b[1;31ma boat\x1b[0m", "a boat"),  # CSI
        ("\x9b2J\x9b31ma boat", "a boat"),  # CSI of one byte
        ("\x1bP1;2|x\x1b\\\x90x\x9ca boat", "a boat"),  # DCS
        ("\x1b(B\x1bca boat\x1b", "a boat"),  # other sequences, and half of one
        ("\x1b]0;a boat", "0;a boat"),  # without an end: the rest is not lost
        ("a\x00 b\x08oa\x7ft\x84", "a boat"),
        ("a \u202eboat\u2066\u200b\ufeff", "a boat"),
        ("a boat\ud83d", "a boat\ufffd"),
        ("\x1b\x1b[0m[31m", "[31m"),  # what is left makes no new sequence
    ],
)
def test_only_the_words_of_a_text_are_shown(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize("text", ["कॉफ़ी ☕️ 👩‍👩‍👧", "می‌خواهم", "שלום\u200f", "e\u0301 = é ½"])
def test_every_language_and_emoji_stays(text: str) -> None:
    assert clean(text) == text


def test_ends_of_lines_are_one_kind_or_spaces() -> None:
    text = "a\r\nb\rc\u2028d\x85e\tf"
    assert clean(text) == "a\nb\nc\nd\ne f"
    assert clean_line(text) == "a b c d e f"


@given(st.text(st.characters(categories=None) | st.sampled_from("\x1b[]0;m\x07\x9b\x9d\\")))
def test_no_text_leaves_a_control_character(text: str) -> None:
    left = clean(text)
    assert clean(left) == left
    assert not any(ord(each) < 32 or 127 <= ord(each) < 160 for each in left if each != "\n")
    left.encode()


@pytest.mark.parametrize("part", ["\x1b[0m", "\x00", "\u200b", "\u202e", "\x1b]0;x\x07"])
def test_a_control_character_does_not_hide_a_key(part: str) -> None:
    text = f"the key sk-7f3{part}A9c21b0 is wrong"
    assert "A9c21b0" not in redact(text, ["sk-7f3A9c21b0"])
    assert "A9c21b0" not in redact_message(text, ["sk-7f3A9c21b0"])


def test_an_address_is_shown_without_control_characters() -> None:
    assert redact_url("https://cdn.example/a\x1b[2J\u202e.mp4?sig=1") == (
        "https://cdn.example/a.mp4?[signed]"
    )


@given(st.text(st.characters(categories=None) | st.sampled_from("\x7f\x9b\u202e\u2028\ud800")))
def test_json_is_exact_and_has_no_control_character(text: str) -> None:
    for only_ascii in (False, True):
        written = json_text({"text": text}, only_ascii=only_ascii)
        assert json.loads(written)["text"] == json.loads(json.dumps(text))
        assert clean(written) == written


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1", " =1"])
def test_no_cell_is_a_formula(text: str) -> None:
    cell = csv_cell(text)
    assert isinstance(cell, str)
    assert cell.startswith("'")
    assert clean_line(cell) == cell


@pytest.mark.parametrize("value", [-1.5, 7, None, True, "-1.50", "+2", "a boat", "1e-7"])
def test_numbers_and_words_stay_what_they_are(value: object) -> None:
    assert csv_cell(value) == value


def test_a_log_line_that_nobody_can_format_does_not_stop_a_job(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = logging.getLogger("polyreel")
    with caplog.at_level(logging.INFO, "polyreel"):
        log.info("%s says %r", "jimmy", "\x1b[2J")
        log.info("\x1b[31m%s", "a\u202eb")
    assert caplog.messages == ["jimmy says '\\x1b[2J'", "ab"]


def test_every_logger_of_the_core_is_cleaned() -> None:
    core = Path(polyreel.__file__).parent
    named = {
        name
        for file in core.rglob("*.py")
        for name in re.findall(r'getLogger\("(polyreel[^"]*)"\)', file.read_text(encoding="utf-8"))
    }
    assert "polyreel" in named
    assert named <= set(LOGGERS)
