"""No key, signature or inline media is ever shown, and a key goes to the configured origin only."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from polyreel.adapters import path_segment
from polyreel.text.addresses import is_loopback, join, origin, result_address, why_not_secure
from polyreel.text.redact import redact, redact_message, redact_url

SECRET = "SECRETSECRET"
KEY = "sk-7f3A9c21b0"

# Keys


@pytest.mark.parametrize(
    "text",
    [
        "the key sk-1 is wrong",
        "sk-1sk-1",
        '{"key":"sk-1"}',
        "https://api.example/v1/sk-1/tasks",
        "Authorization: Bearer sk-1",
    ],
)
def test_a_known_key_is_never_shown(text: str) -> None:
    assert "sk-1" not in redact(text, ["sk-1"])


def test_each_of_several_known_keys_is_hidden() -> None:
    assert redact("one sk-1, two pk-2", ["sk-1", "pk-2"]) == "one [key], two [key]"


def test_an_account_without_a_key_hides_nothing() -> None:
    assert redact("the task failed", [""]) == "the task failed"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {KEY}",
        f"authorization: bearer {KEY}",
        f"BEARER  {KEY}",
        f"Authorization: Basic {KEY}",
        f"got 'Bearer {KEY}'",
        f"Bearer abc.def-ghi_jkl~+/{KEY}==",
    ],
)
def test_an_unknown_key_is_hidden_where_a_header_shows_it(text: str) -> None:
    assert KEY not in redact(text)


@pytest.mark.parametrize(
    "key",
    [
        "dXNlcjpwYXNz",  # user:pass in base64
        "aBcDeFgHiJ",
        "abcdefghijklmnopqrstuvwx",
        "sk-abcdefgh",
        "abc_def_ghi",
        "deadbeef00",
    ],
)
@pytest.mark.parametrize("word", ["Bearer", "Basic"])
def test_a_key_of_letters_alone_is_hidden_too(word: str, key: str) -> None:
    assert redact(f"Authorization: {word} {key}") == f"Authorization: {word} [key]"


@pytest.mark.parametrize(
    "text",
    [
        "Your basic subscription does not include 4k",
        "A basic understanding of the prompt failed",
        "Bearer authentication is required",
    ],
)
def test_an_everyday_word_in_a_vendors_reason_is_not_taken_for_a_key(text: str) -> None:
    assert redact(text) == text


# URLs


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://cdn.example/a.mp4", "https://cdn.example/a.mp4"),
        (f"https://cdn.example/a.mp4?sig={SECRET}", "https://cdn.example/a.mp4?[signed]"),
        (f"https://cdn.example/a.mp4#{SECRET}", "https://cdn.example/a.mp4?[signed]"),
        (f"https://cdn.example?{SECRET}", "https://cdn.example?[signed]"),
        (f"http://127.0.0.1:9/a?{SECRET}#b?c", "http://127.0.0.1:9/a?[signed]"),
        (f"https://cdn.example/a?to=https://b.example/?{SECRET}", "https://cdn.example/a?[signed]"),
        (f"https://{SECRET}@cdn.example/a", "https://cdn.example/a"),
        (f"https://user:{SECRET}@cdn.example/a", "https://cdn.example/a"),
        (f"https://user:{SECRET}@[::1]:9/a?{SECRET}", "https://[::1]:9/a?[signed]"),
        ("https://cdn.example/a@b.mp4", "https://cdn.example/a@b.mp4"),
    ],
)
def test_a_url_is_shown_up_to_its_query(url: str, shown: str) -> None:
    assert redact_url(url) == shown


HARD_URLS = [
    f"https://cdn.example/a.mp4?sig={SECRET}",
    f"https://cdn.example/a.mp4#sig={SECRET}",
    f"https://user:{SECRET}@cdn.example/a.mp4",
    f"https://cdn.example/a?next=https://b.example/?sig={SECRET}",
    f"HTTPS://CDN.EXAMPLE/a.mp4?sig={SECRET}",
    f"Https://user:{SECRET}@cdn.example/a.mp4",
    f"https://cdn.example/it's.mp4?sig={SECRET}",
    f"https://cdn.example/a.mp4?filename='a.mp4'&sig={SECRET}",
    f"https://cdn.example/(a),b;c=1.mp4?sig={SECRET}",
    f"https://cdn.example/灯台.mp4?sig={SECRET}",
    f"https://cdn.example/?sig=%22{SECRET}%22",
]


@pytest.mark.parametrize("url", HARD_URLS)
def test_no_part_of_a_urls_secret_is_shown(url: str) -> None:
    assert SECRET not in redact_url(url)


@pytest.mark.parametrize(
    "url",
    [
        f"https://cdn.example/a b.mp4?sig={SECRET}",
        f'https://cdn.example/a"b.mp4?sig={SECRET}',
        f"https://cdn.example/a<b>.mp4?sig={SECRET}",
        f"https://cdn.example/a.mp4?name=a b&sig={SECRET}",
        f"https://cdn.example/a.mp4?name=<b>&sig={SECRET}",
    ],
)
def test_a_url_with_signs_that_no_url_should_have_is_hidden_all_the_same(url: str) -> None:
    assert SECRET not in redact_url(url)


@pytest.mark.parametrize("url", HARD_URLS)
def test_no_part_of_a_urls_secret_is_shown_inside_a_message(url: str) -> None:
    assert SECRET not in redact(f"can't read {url} now")


def test_words_around_a_url_stay_readable() -> None:
    text = f'GET "https://cdn.example/a.mp4?sig={SECRET}" gave 403, <https://b.example/?{SECRET}>.'
    assert redact(text) == (
        'GET "https://cdn.example/a.mp4?[signed]" gave 403, <https://b.example/?[signed]>.'
    )


def test_several_urls_in_one_message_are_all_cut() -> None:
    text = f"https://a.example/?{SECRET} or https://b.example/?{SECRET}"
    assert redact(text) == "https://a.example/?[signed] or https://b.example/?[signed]"


# Inline media


@pytest.mark.parametrize(
    "text",
    [
        f"data:image/png;base64,{SECRET}==",
        f"data:video/mp4;base64,{SECRET}+/{SECRET}",
        f"data:image/svg+xml;base64,{SECRET}",
        f"bad image 'data:image/png;base64,{SECRET}' given",
        f"DATA:IMAGE/PNG;BASE64,{SECRET}",
        f"data:image/png;charset=utf-8;base64,{SECRET}",
        f"data:;base64,{SECRET}",
    ],
)
def test_a_data_url_never_shows_its_media(text: str) -> None:
    assert SECRET not in redact(text)


def test_a_hidden_data_url_still_says_what_it_was() -> None:
    text = f"bad image data:image/png;base64,{SECRET} given"
    assert redact(text) == "bad image data:image/png;base64,[inline media] given"


@pytest.mark.parametrize("sign", ["A", "z9", "+/", "-_"])
def test_bare_base64_is_hidden_from_200_characters_on(sign: str) -> None:
    run = sign * (200 // len(sign))
    assert redact(f"image {run}== is bad") == "image [inline media] is bad"


@pytest.mark.parametrize("length", [32, 64, 128, 199])
def test_an_id_or_a_hash_is_shown_whole(length: int) -> None:
    assert redact("a" * length) == "a" * length


def test_a_long_plain_reason_is_no_media() -> None:
    text = "the prompt was refused by the policy " * 20
    assert redact(text) == text


# A vendor's message


def test_a_vendors_message_becomes_one_line() -> None:
    assert redact_message("  no\n\tcredit\r\n left ") == "no credit left"


@pytest.mark.parametrize(("length", "shown"), [(600, 600), (601, 600), (100_000, 600)])
def test_a_vendors_message_is_not_endless(length: int, shown: int) -> None:
    assert len(redact_message("é" * length)) == shown


def test_a_message_that_was_cut_says_so() -> None:
    assert redact_message("é" * 601).endswith("é…")


def test_cutting_a_message_never_leaves_part_of_a_key() -> None:
    assert "sk-" not in redact_message("é" * 597 + "sk-123456789", ["sk-123456789"])


def test_a_message_is_redacted_too() -> None:
    assert redact_message(f"see\nhttps://a.example/?{SECRET}") == "see https://a.example/?[signed]"


# Origins


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.example", ("https", "api.example", 443)),
        ("https://api.example:443/v1", ("https", "api.example", 443)),
        ("HTTPS://API.Example/v1", ("https", "api.example", 443)),
        ("http://api.example", ("http", "api.example", 80)),
        ("https://api.example:8443", ("https", "api.example", 8443)),
        ("https://api.example:0", ("https", "api.example", 0)),
        ("https://user:pass@api.example/", ("https", "api.example", 443)),
        ("http://[::1]:9000/x", ("http", "::1", 9000)),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, expected: tuple[str, str, int]) -> None:
    assert origin(url) == expected


@pytest.mark.parametrize(
    "url", ["", "api.example", "https://", "https:///v1", "/v1", "https://a.example:port"]
)
def test_an_address_without_an_origin_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"no host|[Pp]ort"):
        origin(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example",
        "https://api.example:8443/v1?x=1",
        "HTTPS://api.example",
        "http://localhost",
        "http://localhost:8080/v1",
        "http://LocalHost:8080",
        "http://127.0.0.1:8080",
        "http://127.255.255.254",
        "http://[::1]:8080/v1",
        "https://127.0.0.1",
    ],
)
def test_https_and_plain_http_on_this_machine_may_be_used(url: str) -> None:
    assert why_not_secure(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://evil.example/127.0.0.1",
        "http://evil.example?localhost",
        "http://evil.example#@127.0.0.1",
        "http://127.0.0.1@evil.example",
        "http://evil-127.0.0.1",
        "http://127.0.0.1x",
        "http://127.0.0",
        "http://127.0.0.256",
        "http://127.0.0.0.1",
        "http://128.0.0.1",
        "http://[::1].evil.example",
        "http://[::2]",
        "http://0.0.0.0",
    ],
)
def test_plain_http_to_any_other_machine_is_refused(url: str) -> None:
    assert why_not_secure(url) is not None


@pytest.mark.parametrize(
    "url",
    [
        "https://user@api.example",
        "https://user:pass@api.example",
        "https://:pass@api.example",
        "https://@api.example",
        "http://user@localhost",
        "https://api.example\\@evil.example",
    ],
)
def test_a_user_name_in_an_address_is_refused(url: str) -> None:
    assert why_not_secure(url) == "it holds a user name or password"


@pytest.mark.parametrize("url", ["ftp://localhost", "ws://127.0.0.1", "file://localhost/a"])
def test_other_schemes_are_refused_even_on_this_machine(url: str) -> None:
    reason = why_not_secure(url)
    assert reason is not None
    assert reason.endswith("is not https")


@pytest.mark.parametrize("url", ["", "api.example/v1", "https://", "https://a.example:99999"])
def test_an_address_that_can_not_be_read_is_refused_without_a_traceback(url: str) -> None:
    assert why_not_secure(url) is not None


@pytest.mark.parametrize(
    "url",
    [
        f"https://user:{SECRET}@a.example",
        f"https://user:{SECRET}/slash@a.example",
        f"http://a.example/?{SECRET}",
        f"https://[{SECRET}",
    ],
)
def test_the_reason_for_refusing_an_address_never_quotes_it(url: str) -> None:
    reason = why_not_secure(url)
    assert reason is not None
    assert SECRET.lower() not in reason.lower()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        (None, False),
        ("", False),
        ("localhost.", False),
        ("127.0.0.1.evil.example", False),
        ("127.0.0.999", False),
        ("127..0.1", False),
        ("1270.0.0.1", False),
        ("10.0.0.1", False),
    ],
)
def test_only_this_machine_is_loopback(host: str | None, expected: bool) -> None:
    assert is_loopback(host) is expected


# Where a request goes


@pytest.mark.parametrize(
    ("base", "path", "url"),
    [
        ("https://api.example/v1", "tasks", "https://api.example/v1/tasks"),
        ("https://api.example/v1", "/tasks", "https://api.example/v1/tasks"),
        ("https://api.example/v1/", "/tasks", "https://api.example/v1/tasks"),
        ("https://api.example", "/tasks?page=2", "https://api.example/tasks?page=2"),
        ("https://api.example", "@evil.example/x", "https://api.example/@evil.example/x"),
        ("https://api.example", ".evil.example", "https://api.example/.evil.example"),
        ("https://api.example/v1", "//evil.example/x", "https://api.example/v1/evil.example/x"),
        (
            "https://api.example/v1",
            "/tasks?back=https://user.example/",
            "https://api.example/v1/tasks?back=https://user.example/",
        ),
    ],
)
def test_a_path_stays_below_the_configured_address(base: str, path: str, url: str) -> None:
    assert join(base, path) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example/tasks/1",
        "https://api.example:443/tasks/1",
        "HTTPS://API.EXAMPLE/tasks/1",
    ],
)
def test_an_address_of_the_configured_origin_is_called_as_it_is(url: str) -> None:
    assert join("https://api.example/v1", url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/tasks/1",
        "http://api.example/tasks/1",
        "https://api.example:8443/tasks/1",
        "https://api.example.evil.example/tasks/1",
        "https://evil-api.example/tasks/1",
        "https://api.example@evil.example/tasks/1",
        "https://api.example:pass@evil.example/tasks/1",
        "https://evil.example#@api.example",
        "https://evil.example/?https://api.example",
        "https://api.example:99999/tasks/1",
        "ftp://api.example/tasks/1",
        "https:///tasks/1",
    ],
)
def test_a_key_is_never_sent_to_another_origin(url: str) -> None:
    with pytest.raises(ValueError, match=r"is not the configured|[Pp]ort|no host|user name"):
        join("https://api.example/v1", url)


@pytest.mark.parametrize(
    "url", ["https://user:pass@api.example/tasks/1", "https://evil.example\\@api.example/tasks/1"]
)
def test_a_returned_address_can_not_replace_the_key_by_a_login(url: str) -> None:
    with pytest.raises(ValueError, match="user name or password"):
        join("https://api.example/v1", url)


@pytest.mark.parametrize(
    ("url", "difference"),
    [("http://api.example/x", "http:"), ("https://api.example:8443/x", "8443")],
)
def test_a_refused_origin_is_reported_apart_from_the_configured_one(
    url: str, difference: str
) -> None:
    with pytest.raises(ValueError, match=difference):
        join("https://api.example/v1", url)


@pytest.mark.parametrize(
    "text", ["task-1", "a/b", "a?b#c", "../etc", "a b", "%2F", "タスク", "a:b"]
)
def test_a_task_id_of_any_spelling_is_one_segment_of_a_path(text: str) -> None:
    segment = path_segment(text)
    assert (unquote(segment), set(segment) & set("/?# ")) == (text, set())


# Where a result is


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("/files/1.mp4?Signature=x", "https://api.example:8443/files/1.mp4?Signature=x"),
        ("/", "https://api.example:8443/"),
        ("/@other.example/1.mp4", "https://api.example:8443/@other.example/1.mp4"),
        ("https://cdn.example/1.mp4", "https://cdn.example/1.mp4"),
        ("//other.example/1.mp4", "//other.example/1.mp4"),
        ("/\\other.example/1.mp4", "/\\other.example/1.mp4"),
        ("files/1.mp4", "files/1.mp4"),
        ("", ""),
    ],
)
def test_only_a_path_is_at_the_providers_origin(url: str, address: str) -> None:
    assert result_address("https://api.example:8443/api/v1", url) == address
