"""A request means one thing: what is wrong is refused at once, and what is right is kept whole."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

import pytest
from pictures import picture
from polyreel import Media, UsageError, VideoRequest
from polyreel.adapters import Mode
from polyreel.request.local_media import read_media
from polyreel.request.request_file import build_request, parse_request_text, read_request_file
from pydantic import ValidationError

SECRET = "SECRETSECRET"
PNG = b"\x89PNG\r\n\x1a\n"
PNG_URL = "data:image/png;base64," + base64.b64encode(PNG).decode("ascii")


def request(**fields: Any) -> VideoRequest:
    """Return a request whose prompt is of no interest."""
    return VideoRequest.model_validate({"prompt": "a lighthouse", **fields})


def from_file(**fields: Any) -> VideoRequest:
    """Return the same request as a file or the command line gives it."""
    return build_request({"prompt": "a lighthouse", **fields})


def refusal(**fields: Any) -> str:
    """Return what a person is told when fields are refused."""
    with pytest.raises(UsageError) as caught:
        from_file(**fields)
    return caught.value.message


# What a field takes


def test_a_bare_prompt_is_a_whole_request_with_the_documented_defaults() -> None:
    assert request().model_dump(exclude={"prompt"}) == {
        "duration": 5,
        "aspect_ratio": "16:9",
        "resolution": "720p",
        "first_frame": None,
        "last_frame": None,
        "reference_images": (),
        "reference_videos": (),
        "reference_audios": (),
        "audio": None,
        "seed": None,
        "camera_fixed": None,
        "watermark": None,
        "return_last_frame": None,
        "expires_after": None,
        "negative_prompt": None,
        "provider_options": {},
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("duration", 1),
        ("duration", 3600),  # a limit belongs to a model, never to a request
        ("seed", 0),
        ("seed", 2**32 - 1),
        ("expires_after", 1),
        ("audio", False),
        ("audio", True),
        ("camera_fixed", False),
        ("watermark", False),
        ("return_last_frame", False),
        ("negative_prompt", "rain"),
        ("prompt", "  spaces around are the user's own  "),
        ("aspect_ratio", "21:9"),
        ("aspect_ratio", "1000:1"),
        ("aspect_ratio", "auto"),
        ("resolution", "480p"),
        ("resolution", "2k"),
        ("resolution", "4320p"),
    ],
)
def test_a_value_that_is_right_is_kept_as_it_is(field: str, value: object) -> None:
    kept = getattr(request(**{field: value}), field)
    assert (kept, type(kept)) == (value, type(value))


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("aspect_ratio", " 9:16 ", "9:16"),
        ("aspect_ratio", "AUTO", "auto"),
        ("resolution", "1080P", "1080p"),
        ("resolution", " 4K ", "4k"),
    ],
)
def test_spelling_that_changes_nothing_is_made_uniform(field: str, given: str, kept: str) -> None:
    assert getattr(request(**{field: given}), field) == kept


@pytest.mark.parametrize("field", ["duration", "seed", "expires_after"])
@pytest.mark.parametrize("value", [True, "5", 5.0, 5.5, [5]], ids=repr)
def test_a_whole_number_is_never_guessed_from_something_else(field: str, value: object) -> None:
    assert refusal(**{field: value}).endswith(f"{field}: must be a whole number")


@pytest.mark.parametrize("field", ["audio", "camera_fixed", "watermark", "return_last_frame"])
@pytest.mark.parametrize("value", [1, 0, "true", "no"], ids=repr)
def test_a_switch_is_never_guessed_from_something_else(field: str, value: object) -> None:
    assert refusal(**{field: value}).endswith(f"{field}: must be true or false")


@pytest.mark.parametrize("field", ["prompt", "aspect_ratio", "resolution", "negative_prompt"])
@pytest.mark.parametrize("value", [5, b"text", ["text"]], ids=repr)
def test_text_is_never_guessed_from_something_else(field: str, value: object) -> None:
    assert refusal(**{field: value}).endswith(f"{field}: must be text")


@pytest.mark.parametrize("field", ["prompt", "duration", "aspect_ratio", "resolution"])
def test_a_setting_that_every_video_needs_can_not_be_null(field: str) -> None:
    assert f"{field}: must be" in refusal(**{field: None})


@pytest.mark.parametrize(
    ("field", "value", "limit"),
    [
        ("duration", 0, "1"),
        ("duration", -5, "1"),
        ("seed", -1, "0"),
        ("seed", 2**32, "4294967295"),
        ("expires_after", 0, "1"),
    ],
)
def test_a_number_that_no_model_could_take_is_refused_with_its_bound(
    field: str, value: int, limit: str
) -> None:
    message = refusal(**{field: value})
    assert f"{field}: " in message
    assert message.endswith(f" {limit}")


@pytest.mark.parametrize("prompt", ["", " ", "\n\t"], ids=repr)
def test_a_prompt_that_says_nothing_is_refused(prompt: str) -> None:
    assert "prompt: empty" in refusal(prompt=prompt)


def test_a_missing_prompt_is_called_missing() -> None:
    with pytest.raises(UsageError, match="prompt: missing"):
        build_request({})


def test_an_empty_negative_prompt_is_refused() -> None:
    assert "negative_prompt: " in refusal(negative_prompt="")


@pytest.mark.parametrize(
    "ratio",
    ["", "16x9", "16", "16:", ":9", "0:1", "16:0", "-16:9", "16:9:1", "1.5:1", "wide", "１６:9"],
)
def test_an_aspect_ratio_of_another_form_is_refused_with_an_example(ratio: str) -> None:
    assert "aspect_ratio: not a valid aspect ratio; use e.g. 16:9, or auto" in refusal(
        aspect_ratio=ratio
    )


@pytest.mark.parametrize("resolution", ["", "p", "k", "720", "0p", "-1p", "7.2k", "hd", "720px"])
def test_a_resolution_of_another_form_is_refused_with_an_example(resolution: str) -> None:
    message = refusal(resolution=resolution)
    assert "resolution: " in message
    assert "not a valid resolution; use e.g. 720p, 1080p or 4k" in message


@pytest.mark.parametrize("value", [None, [], "jimmy", {"jimmy": None}, {"jimmy": "x"}], ids=repr)
def test_provider_options_must_be_tables_of_tables(value: object) -> None:
    assert "must be a table of names and values" in refusal(provider_options=value)


def test_every_wrong_field_is_named_at_once() -> None:
    message = refusal(duration=0, seed=-1, audio="yes")
    assert [name for name in ("duration", "seed", "audio") if f"{name}: " in message] == [
        "duration",
        "seed",
        "audio",
    ]


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("first_frames", "first_frame"),
        ("durations", "duration"),
        ("aspect_ration", "aspect_ratio"),
        ("reference_image", "reference_images"),
        ("negativ_prompt", "negative_prompt"),
    ],
)
def test_a_mistyped_field_gets_the_closest_name(typo: str, meant: str) -> None:
    assert f"'{typo}' is not known; did you mean '{meant}'?" in refusal(**{typo: "x"})


def test_a_field_like_no_other_gets_the_list_of_fields() -> None:
    message = refusal(zzzz=1)
    assert [name for name in VideoRequest.model_fields if name not in message] == []


def test_a_mistyped_field_inside_media_gets_the_closest_name() -> None:
    assert "did you mean 'first_frame.url'?" in refusal(first_frame={"ulr": "https://a.example"})


@pytest.mark.parametrize("value", [5, ["a.png"], b"bytes"], ids=repr)
def test_a_refusal_of_media_speaks_to_a_person_and_not_of_classes(value: object) -> None:
    assert "instance of" not in refusal(first_frame=value)


def test_a_request_can_not_change_under_a_running_job() -> None:
    asked = request()
    with pytest.raises(ValidationError, match="frozen"):
        setattr(asked, "seed", 1)  # noqa: B010  # a type checker refuses the plain way


def test_options_handed_in_can_not_be_changed_from_outside_afterwards() -> None:
    options: dict[str, dict[str, Any]] = {"jimmy": {"a": 1}}
    asked = request(provider_options=options)
    options["jimmy"]["a"] = 2
    assert asked.provider_options == {"jimmy": {"a": 1}}


# What a video is made from


@pytest.mark.parametrize(
    ("fields", "mode"),
    [
        ({}, Mode.TEXT),
        ({"first_frame": "a.png"}, Mode.FRAMES),
        ({"last_frame": "a.png"}, Mode.FRAMES),
        ({"first_frame": "a.png", "reference_audios": ["a.mp3"]}, Mode.FRAMES),
        ({"first_frame": "a.png", "reference_videos": ["a.mp4"]}, Mode.FRAMES),
        ({"reference_images": ["a.png"]}, Mode.REFERENCES),
        ({"reference_videos": ["a.mp4"]}, Mode.REFERENCES),
        ({"reference_audios": ["a.mp3"]}, Mode.REFERENCES),
    ],
)
def test_the_mode_follows_from_the_media(fields: dict[str, Any], mode: Mode) -> None:
    assert request(**fields).mode is mode


def test_the_mode_can_not_be_given() -> None:
    assert "'mode' is not known" in refusal(mode="text")


@pytest.mark.parametrize("frame", ["first_frame", "last_frame"])
def test_frames_with_reference_images_are_refused_at_construction(frame: str) -> None:
    with pytest.raises(ValidationError, match="can't be combined with reference_images"):
        request(**{frame: "a.png", "reference_images": ["b.png"]})


def test_frames_with_no_reference_images_in_the_list_are_fine() -> None:
    assert request(first_frame="a.png", reference_images=[]).mode is Mode.FRAMES


def test_media_are_listed_under_the_names_that_messages_use() -> None:
    asked = request(
        first_frame="a.png",
        last_frame="b.png",
        reference_videos=["c.mp4", "d.mp4"],
        reference_audios=["e.mp3"],
    )
    assert [(name, kind) for name, kind, _ in asked.media()] == [
        ("first_frame", "image"),
        ("last_frame", "image"),
        ("reference_videos[0]", "video"),
        ("reference_videos[1]", "video"),
        ("reference_audios[0]", "audio"),
    ]


def test_reference_images_keep_the_order_that_the_prompt_counts_by() -> None:
    names = [f"{number}.png" for number in range(12)]
    asked = request(reference_images=names)
    assert [str(media.path) for media in asked.references("image")] == names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("first_frame", {"first_frame": "asset://new"}),
        ("last_frame", {"last_frame": "asset://new"}),
        ("reference_videos[0]", {"reference_videos": ["asset://new", "c.mp4"]}),
        ("reference_videos[1]", {"reference_videos": ["b.mp4", "asset://new"]}),
        ("reference_audios[0]", {"reference_audios": ["asset://new"]}),
    ],
)
def test_replacing_one_media_keeps_everything_else(name: str, expected: dict[str, Any]) -> None:
    fields = {
        "first_frame": "a.png",
        "last_frame": "z.png",
        "reference_videos": ["b.mp4", "c.mp4"],
        "reference_audios": ["d.mp3"],
        "seed": 0,
        "audio": False,
    }
    replaced = request(**fields).with_media({name: Media(asset="new")})
    assert replaced == request(**{**fields, **expected})


def test_replacing_media_leaves_the_request_itself_alone() -> None:
    asked = request(first_frame="a.png")
    asked.with_media({"first_frame": Media(url="https://media.example/a.png")})
    assert asked == request(first_frame="a.png")


# What media are


@pytest.mark.parametrize(
    ("value", "media"),
    [
        ("https://a.example/b.png", Media(url="https://a.example/b.png")),
        ("HTTPS://a.example/b.png", Media(url="HTTPS://a.example/b.png")),
        ("http://127.0.0.1:8080/b.png", Media(url="http://127.0.0.1:8080/b.png")),
        ("http://localhost/b.png", Media(url="http://localhost/b.png")),
        ("http://[::1]:9/b.png", Media(url="http://[::1]:9/b.png")),
        ("asset://b-1", Media(asset="b-1")),
        ("folder/b.png", Media(path=Path("folder/b.png"))),
        ("/folder/b.png", Media(path=Path("/folder/b.png"))),
        ("with space.png", Media(path=Path("with space.png"))),
        (Path("b.png"), Media(path=Path("b.png"))),
        (PNG_URL, Media(data=PNG, mime_type="image/png")),
        ({"url": "https://a.example/b.png"}, Media(url="https://a.example/b.png")),
        ({"data": PNG, "mime_type": "image/png"}, Media(data=PNG, mime_type="image/png")),
        (Media(asset="b-1"), Media(asset="b-1")),
    ],
    ids=repr,
)
def test_a_plain_value_is_understood_as_media(value: object, media: Media) -> None:
    assert request(first_frame=value).first_frame == media


def test_anything_that_the_system_takes_for_a_path_is_one() -> None:
    class Entry(PathLike[str]):  # as os.scandir gives them
        def __fspath__(self) -> str:
            return "folder/b.png"

    assert request(first_frame=Entry()).first_frame == Media(path=Path("folder/b.png"))


def test_a_data_url_is_inline_whatever_the_case_of_its_scheme() -> None:
    media = Media.model_validate(PNG_URL.replace("data:", "DATA:"))
    assert media == Media(data=PNG, mime_type="image/png")


@pytest.mark.parametrize(
    ("value", "reported"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("http://media.example/a.png", "use https"),
        ("http://127.0.0.1.evil.example/a.png", "use https"),
        ("http://localhost.evil.example/a.png", "use https"),
        ("https://user:pass@media.example/a.png", "user name or password"),
        ("https:///a.png", "no host"),
        ("ftp://media.example/a.png", "ftp:// is not supported"),
        ("file:///a.png", "file:// is not supported"),
        ("data:image/png,abc", "must be base64"),
        ("data:image/png;base64,@@@", "can't be decoded"),
        ("data:image/png;base64,", "at least 1"),
        ("data:text/html;base64,QUJD", "is not an image, video or audio type"),
        ("data:;base64,QUJD", "is not an image, video or audio type"),
        ("asset://", "at least 1"),
        ({}, "exactly one of"),
        ({"url": "https://a.example", "asset": "b"}, "got url and asset"),
        ({"data": PNG}, "bytes need a mime_type"),
        ({"data": PNG, "mime_type": "application/pdf"}, "is not an image"),
        ({"data": b"", "mime_type": "image/png"}, "at least 1"),
        ({"data": PNG, "mime_type": "image/png\n"}, "is not an image"),
    ],
    ids=repr,
)
def test_media_that_can_not_be_sent_are_refused_with_the_reason(
    value: object, reported: str
) -> None:
    message = refusal(first_frame=value)
    assert message.startswith("the request: first_frame")
    assert reported in message


def test_the_wrong_one_of_several_media_is_named_by_its_position() -> None:
    assert "reference_images.1: " in refusal(reference_images=["a.png", "http://a.example/b.png"])


@pytest.mark.parametrize("value", ["a.png", {"a": "b"}, None, 5], ids=repr)
def test_one_value_where_a_list_belongs_is_refused(value: object) -> None:
    assert refusal(reference_images=value).endswith("reference_images: must be a list")


@pytest.mark.parametrize(
    ("media", "is_local"),
    [
        (Media(path=Path("a.png")), True),
        (Media(data=PNG, mime_type="image/png"), True),
        (Media(url="https://a.example/b.png"), False),
        (Media(asset="b"), False),
    ],
    ids=repr,
)
def test_only_files_and_bytes_have_to_be_brought_along(media: Media, is_local: bool) -> None:
    assert media.is_local is is_local


@pytest.mark.parametrize(
    ("media", "sent"),
    [
        (Media(url="https://a.example/b.png?sig=x"), "https://a.example/b.png?sig=x"),
        (Media(asset="b"), "asset://b"),
        (Media(data=PNG, mime_type="image/png"), PNG_URL),
    ],
    ids=repr,
)
def test_media_are_sent_whole(media: Media, sent: str) -> None:
    assert media.wire_value == sent


def test_a_file_that_nobody_read_is_never_sent_as_its_name() -> None:
    with pytest.raises(ValueError, match="was not made ready"):
        _ = Media(path=Path("a.png")).wire_value


# What must never be shown


@pytest.mark.parametrize(
    "fields",
    [
        {"first_frame": f"http://media.example/a.png?sig={SECRET}"},
        {"first_frame": f"https://user:{SECRET}@media.example/a.png"},
        {"first_frame": f"https://media.example:99999/a.png?sig={SECRET}"},
        {"first_frame": f"ftp://media.example/{SECRET}"},
        {"first_frame": f"media.example/a.png?sig={SECRET}&next=https://other.example"},
        {"first_frame": f"data:image/png;base64,{SECRET}@"},
        {"first_frame": f"data:text/html;base64,{SECRET}"},
        {"first_frame": f"data:image/png,{SECRET}"},
        {"first_frame": {"data": SECRET.encode()}},
        {"first_frame": {"data": SECRET, "mime_type": "image/png"}},
        {"first_frame": {"ulr": f"https://media.example/a.png?sig={SECRET}"}},
        {"first_frame": {"url": f"https://a.example/?sig={SECRET}", "asset": SECRET}},
        {"first_frame": SECRET.encode()},
        {"reference_images": f"https://media.example/a.png?sig={SECRET}"},
        {"reference_images": [f"http://media.example/a.png?sig={SECRET}"]},
        {"first_frames": f"https://media.example/a.png?sig={SECRET}"},
        {"prompt": SECRET + "{image:1}"},
        {"aspect_ratio": SECRET},
        {"seed": SECRET},
        {"provider_options": {"jimmy": SECRET}},
    ],
    ids=lambda fields: next(iter(fields)),
)
@pytest.mark.parametrize("make", [request, from_file])
def test_an_error_never_applies_the_value(
    make: Callable[..., VideoRequest], fields: dict[str, Any]
) -> None:
    with pytest.raises((ValidationError, UsageError)) as caught:
        make(**fields)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [f"http://media.example/a.png?sig={SECRET}", f"data:image/png;base64,{SECRET}@", {"a": SECRET}],
)
def test_an_error_of_media_alone_never_applies_the_value(value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        Media.model_validate(value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [
        f"https://media.example/a.png?sig={SECRET}",
        f"https://media.example/a.png#{SECRET}",
        f"HTTPS://media.example/a.png?sig={SECRET}",
        f"https://media.example/it's.png?sig={SECRET}",
        f"https://media.example/a.png?name='a'&sig={SECRET}",
        f"data:image/png;base64,{SECRET}",
        f"DATA:image/png;base64,{SECRET}",
        {"data": SECRET.encode(), "mime_type": "image/png"},
    ],
    ids=repr,
)
@pytest.mark.parametrize("show", [repr, str])
def test_showing_a_request_never_shows_media_or_signatures(
    show: Callable[[object], str], value: object
) -> None:
    assert SECRET not in show(request(first_frame=value))


def test_a_shown_url_can_still_be_reported_from_another() -> None:
    assert "https://media.example/a.png" in repr(Media(url="https://media.example/a.png?sig=x"))


# What survives being written down

EVERYTHING: list[dict[str, Any]] = [
    {},
    {"seed": 0, "audio": False, "camera_fixed": False, "watermark": False},
    {"return_last_frame": False, "expires_after": 1, "negative_prompt": "rain"},
    {"duration": 12, "aspect_ratio": "auto", "resolution": "4k"},
    {"first_frame": "a.png", "last_frame": "https://media.example/b.png?sig=x"},
    {"reference_images": ["asset://a", PNG_URL], "reference_videos": ["b.mp4"]},
    {"provider_options": {"jimmy": {"a": 0, "b": [False, None], "c": {"d": ""}}}},
]


@pytest.mark.parametrize("fields", EVERYTHING, ids=repr)
def test_a_request_comes_back_whole_from_its_json(fields: dict[str, Any]) -> None:
    asked = request(**fields)
    assert VideoRequest.model_validate_json(asked.model_dump_json()) == asked


@pytest.mark.parametrize("fields", EVERYTHING, ids=repr)
def test_a_request_comes_back_whole_from_a_file_in_the_working_folder(
    fields: dict[str, Any],
) -> None:
    asked = request(**fields)
    Path("request.json").write_text(asked.model_dump_json(), encoding="utf-8")
    assert build_request(read_request_file(Path("request.json"))) == asked


def test_the_type_that_a_user_gave_a_file_is_not_lost_in_its_json() -> None:
    sound = Media(path=Path("sound.bin"), mime_type="audio/mpeg")
    assert Media.model_validate(sound.model_dump(mode="json")) == sound


# Request files


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("request.json", '{"prompt": "a tower", "seed": 0, "audio": false}'),
        ("request.toml", 'prompt = "a tower"\nseed = 0\naudio = false\n'),
        ("request", '\n  {"prompt": "a tower", "seed": 0, "audio": false}'),
        ("request.txt", 'prompt = "a tower"\nseed = 0\naudio = false\n'),
    ],
)
def test_a_request_file_is_json_or_toml_by_what_it_applies(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")
    assert read_request_file(Path(name)) == {"prompt": "a tower", "seed": 0, "audio": False}


@pytest.mark.parametrize("text", ['{"prompt": "a tower"}', 'prompt = "a tower"'])
def test_text_from_standard_input_is_understood_as_a_file_is(text: str) -> None:
    assert parse_request_text(text, "standard input") == {"prompt": "a tower"}


def test_text_in_other_alphabets_survives_a_file() -> None:
    Path("request.json").write_text('{"prompt": "灯台 – маяк 🌊"}', encoding="utf-8")
    assert read_request_file(Path("request.json")) == {"prompt": "灯台 – маяк 🌊"}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("a.png", "{folder}/a.png"),
        ("media/a.png", "{folder}/media/a.png"),
        ("/else/a.png", "/else/a.png"),
        ("https://media.example/a.png", "https://media.example/a.png"),
        ("asset://a", "asset://a"),
        (PNG_URL, PNG_URL),
    ],
)
@pytest.mark.parametrize("field", ["first_frame", "last_frame"])
def test_media_count_from_the_request_files_own_folder(
    tmp_path: Path, field: str, given: str, meant: str
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    path = folder / "request.json"
    path.write_text(json.dumps({"prompt": "a tower", field: given}), encoding="utf-8")
    built = build_request(read_request_file(path))
    expected = Media.model_validate(meant.replace("{folder}", str(folder)))
    assert getattr(built, field) == expected


@pytest.mark.parametrize("field", ["reference_images", "reference_videos", "reference_audios"])
def test_listed_media_count_from_the_request_files_own_folder(tmp_path: Path, field: str) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    path = folder / "request.toml"
    path.write_text(f'prompt = "a tower"\n{field} = ["a", "https://b.example"]', encoding="utf-8")
    assert read_request_file(path)[field] == [str(folder / "a"), "https://b.example"]


def test_a_path_written_as_a_table_counts_from_the_request_files_folder_too(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    path = folder / "request.json"
    path.write_text('{"prompt": "a tower", "first_frame": {"path": "a.png"}}', encoding="utf-8")
    frame = build_request(read_request_file(path)).first_frame
    assert frame == Media(path=folder / "a.png")


def test_a_path_from_the_home_folder_stays_one(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    path = folder / "request.json"
    path.write_text('{"prompt": "a tower", "first_frame": "~/a.png"}', encoding="utf-8")
    frame = build_request(read_request_file(path)).first_frame
    assert frame is not None
    assert frame.path is not None
    assert frame.path.expanduser() == Path.home() / "a.png"


@pytest.mark.parametrize("name", ["~tmp.png", "~nobody-of-this-name/a.png"])
def test_a_name_that_only_begins_with_a_tilde_is_a_file_beside_the_request(
    tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    path = folder / "request.json"
    path.write_text(json.dumps({"prompt": "a tower", "first_frame": name}), encoding="utf-8")
    assert build_request(read_request_file(path)).first_frame == Media(path=folder / name)


def test_a_file_whose_name_begins_with_a_tilde_is_read() -> None:
    Path("~tmp.png").write_bytes(picture())
    assert read_media("first_frame", "image", Media(path=Path("~tmp.png"))).data == picture()


def test_an_empty_path_in_a_file_is_still_called_empty(tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_text('{"prompt": "a tower", "first_frame": " "}', encoding="utf-8")
    with pytest.raises(UsageError, match="first_frame: empty"):
        build_request(read_request_file(path))


@pytest.mark.parametrize(
    ("name", "content", "reported"),
    [
        ("bad.json", b'{"prompt": "x",}', "is not valid JSON"),
        ("bad.toml", b"prompt = tower", "is not valid TOML"),
        ("deep.json", b"[" * 100_000, "is not valid JSON"),
        ("list.json", b'["a tower"]', "as one object"),
        ("text.json", b'"a tower"', "as one object"),
        ("video.mp4", b"\x00\x00\xff\xfe", "is not text"),
    ],
)
def test_a_file_that_is_no_request_is_named_with_the_reason(
    name: str, content: bytes, reported: str
) -> None:
    Path(name).write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read_request_file(Path(name))
    assert name in caught.value.message
    assert reported in caught.value.message


@pytest.mark.parametrize(("name", "reported"), [("none.json", "No such file"), (".", "directory")])
def test_a_file_that_can_not_be_read_is_named_with_the_reason(name: str, reported: str) -> None:
    with pytest.raises(UsageError, match=rf"can't read the request {name}: .*{reported}"):
        read_request_file(Path(name))


def test_a_broken_request_file_is_never_quoted() -> None:
    text = f'{{"prompt": "x", "first_frame": "{PNG_URL}" "seed": 1}}'
    with pytest.raises(UsageError) as caught:
        parse_request_text(text, "standard input")
    assert PNG_URL not in caught.value.message


def test_what_is_wrong_in_a_request_is_reported_with_the_requests_name() -> None:
    with pytest.raises(UsageError, match=r"^standard input: duration: must be a whole number$"):
        build_request({"prompt": "x", "duration": "5"}, "standard input")
