"""A client that takes requests from others: no local files, those of one folder, no assets."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from pictures import picture
from polyreel import AsyncClient, Client, Config, MediaUnreadable, UsageError, VideoRequest
from polyreel.cli.app import build_app
from polyreel.request import Media
from polyreel.request.local_media import read_media
from polyreel.request.media_access import MediaAccess
from polyreel.request.reference_durations import reference_durations
from tiny_videos import mp4
from trusted import write_trusted
from typer.testing import CliRunner

MODEL = "modellix/seedance-2.0-fast-i2v"
OFF = "first_frame: local files are switched off here (local_files)"
OUTSIDE = "first_frame: only files in one folder are read here (local_files), and this path is not"


def frame(value: str | Path) -> VideoRequest:
    return VideoRequest(prompt="A kite", first_frame=value)


def _free_calls(client: Client, request: VideoRequest) -> list[Callable[[], Any]]:
    return [
        lambda: client.quote(request, [MODEL]),
        lambda: client.quote(request, [MODEL], read_urls=True),
        lambda: client.wire(request, MODEL),
        lambda: client.plan(request, MODEL),
        lambda: client.submit(request, MODEL),
        lambda: client.generate(request, "video.mp4", MODEL),
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    inside = tmp_path / "uploads"
    inside.mkdir()
    (inside / "kite.png").write_bytes(picture())
    (tmp_path / "secret.png").write_bytes(picture())
    monkeypatch.chdir(tmp_path)
    return inside


@pytest.mark.parametrize("there", [True, False])
def test_every_call_refuses_a_file_before_anything_is_read_of_it(
    folder: Path, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((io, "open"), (os, "open"), (os, "stat"), (os, "lstat")):
        monkeypatch.setattr(module, name, _watched(getattr(module, name)))
    request = frame("secret.png" if there else "nothing.png")
    with Client(local_files=False, api_keys={"modellix": "k" * 20}, journal=None) as client:
        said = set()
        for call in _free_calls(client, request):
            with pytest.raises(MediaUnreadable, match="local_files") as caught:
                call()
            said.add(str(caught.value))
    assert said == {f"{OFF}. Give an https URL, or the content itself (data:image/png;base64,…)"}


def _watched(function: Callable[..., Any]) -> Callable[..., Any]:
    def watched(path: object, *arguments: object, **options: object) -> Any:
        assert "secret.png" not in str(path)
        assert "nothing.png" not in str(path)
        return function(path, *arguments, **options)

    return watched


def test_the_async_client_refuses_as_the_blocking_one(folder: Path) -> None:
    async def run() -> None:
        async with AsyncClient(local_files=False, journal=None) as client:
            with pytest.raises(MediaUnreadable, match="switched off"):
                await client.quote(frame("secret.png"), [MODEL])
            with pytest.raises(MediaUnreadable, match="switched off"):
                await client.submit(frame("secret.png"), MODEL)

    anyio.run(run)


def test_bytes_and_urls_are_taken_where_files_are_not() -> None:
    given: list[Any] = [
        Media(data=picture(), mime_type="image/png"),
        "https://media.example/kite.png",
    ]
    with Client(local_files=False, journal=None) as client:
        for value in given:
            assert client.quote(frame(value), [MODEL])[0].can


def test_assets_have_their_own_switch() -> None:
    asset = VideoRequest(prompt="A kite", reference_images=["asset://a-1"])
    model = "jimmy/seedance2.0-sp"
    with Client(local_files=False, journal=None) as client:
        assert client.plan(asset, model)
    with Client(assets=False, journal=None) as client:
        for call in (client.plan, client.wire, client.submit):
            with pytest.raises(MediaUnreadable, match=r"reference_images\[0\]: assets of the prov"):
                call(asset, model)


def test_the_config_has_both_switches_and_the_client_comes_first(folder: Path) -> None:
    config = Config(local_files=False, assets=False)
    with Client(config, journal=None) as client, pytest.raises(MediaUnreadable):
        client.plan(frame("secret.png"), MODEL)
    with Client(config, local_files=True, journal=None) as client:
        assert client.plan(frame("secret.png"), MODEL)
    with Client(Config(local_files=str(folder)), journal=None) as client:
        assert client.plan(frame("uploads/kite.png"), MODEL)
        with pytest.raises(MediaUnreadable, match="in one folder"):
            client.plan(frame("secret.png"), MODEL)


def test_a_call_can_not_change_the_switch(folder: Path) -> None:
    more: dict[str, Any] = {"local_files": True}
    with Client(local_files=False, journal=None) as client, pytest.raises((TypeError, UsageError)):
        client.wire(frame("secret.png"), MODEL, **more)


@pytest.mark.parametrize("value", ["", "nothing", "secret.png"])
def test_a_folder_that_is_none_is_refused_at_once(folder: Path, value: str) -> None:
    with pytest.raises(UsageError, match=r"local_files: '.*' is not a folder"):
        Client(local_files=value)


@pytest.mark.parametrize("path", ["uploads/kite.png", "uploads/../uploads/./kite.png", "{}"])
def test_a_file_in_the_folder_is_read(folder: Path, path: str) -> None:
    with Client(local_files=folder, journal=None) as client:
        assert client.wire(frame(path.format(folder / "kite.png")), MODEL)


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize(
    "path", ["{}.png", "uploads/../{}.png", "uploads/out/{}.png", "uploads/{}-link", "~/{}.png"]
)
def test_a_path_that_leads_elsewhere_is_refused_whether_or_not_it_exists(
    folder: Path, path: str, there: bool
) -> None:
    (folder / "out").symlink_to("..")
    (folder / "secret-link").symlink_to("../secret.png")
    (folder / "nothing-link").symlink_to("../nothing.png")
    request = frame(path.format("secret" if there else "nothing"))
    with Client(local_files="uploads", journal=None) as client:
        for call in _free_calls(client, request):
            with pytest.raises(MediaUnreadable) as caught:
                call()
            assert str(caught.value).startswith(OUTSIDE)
            assert "secret" not in str(caught.value)


def test_links_outside_the_folder_are_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "way-in").symlink_to(folder)
    access = MediaAccess.of("uploads", assets=True)
    with pytest.raises(MediaUnreadable, match="not in it"):
        access.check(frame("way-in/kite.png"))


def test_links_that_stay_in_the_folder_and_a_linked_folder_work(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "same.png").symlink_to("kite.png")
    (tmp_path / "current").symlink_to(folder)
    access = MediaAccess.of("current", assets=True)
    for path in ("current/kite.png", "uploads/kite.png", "current/same.png"):
        assert read_media("first_frame", "image", Media(path=path), None, access).data == picture()


@pytest.mark.skipif(os.name == "nt", reason="Windows opens no file by its folder")
@pytest.mark.parametrize("swapped", ["kite.png", "deep", "deep/deeper"])
def test_a_link_that_is_made_after_the_check_is_not_followed(
    folder: Path, tmp_path: Path, swapped: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere" / "deeper"
    elsewhere.mkdir(parents=True)
    (folder / "deep" / "deeper").mkdir(parents=True)
    path = folder / ("kite.png" if swapped == "kite.png" else "deep/deeper/kite.png")
    path.write_bytes(picture())
    (tmp_path / "elsewhere" / "kite.png").write_bytes(picture(width=99))
    (elsewhere / "kite.png").write_bytes(picture(width=99))
    target = {"kite.png": "secret.png", "deep": "elsewhere", "deep/deeper": "elsewhere/deeper"}
    real = os.path.realpath

    def realpath(asked: Any, **options: Any) -> str:
        found = str(real(asked, **options))
        if found.endswith("kite.png"):  # it was found to be inside: now it is changed
            (folder / swapped).rename(tmp_path / "moved")
            (folder / swapped).symlink_to(tmp_path / target[swapped])
        return found

    monkeypatch.setattr(os.path, "realpath", realpath)
    access = MediaAccess.of(folder, assets=True)
    with pytest.raises(MediaUnreadable, match="first_frame: "):
        read_media("first_frame", "image", Media(path=path), None, access)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name")
def test_only_regular_files_of_the_folder_are_read(folder: Path) -> None:
    os.mkfifo(folder / "pipe.png")
    access = MediaAccess.of(folder, assets=True)
    for path, why in (("pipe.png", "Not a regular file"), ("", "Is a directory")):
        with pytest.raises(MediaUnreadable, match=why):
            read_media("first_frame", "image", Media(path=folder / path), None, access)


def test_a_way_that_may_not_be_listed_is_gone_through(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir()
    (closed / "kite.png").write_bytes(picture())
    closed.chmod(0o100)
    try:
        access = MediaAccess.of(folder, assets=True)
        path = Media(path=closed / "kite.png")
        assert read_media("first_frame", "image", path, None, access).data == picture()
    finally:
        closed.chmod(0o700)


def test_reference_videos_are_measured_within_the_folder_too(folder: Path, tmp_path: Path) -> None:
    (folder / "clip.mp4").write_bytes(mp4())
    (tmp_path / "clip.mp4").write_bytes(mp4())
    access = MediaAccess.of(folder, assets=True)
    inside = VideoRequest(prompt="x", reference_videos=[folder / "clip.mp4"])
    outside = VideoRequest(prompt="x", reference_videos=[tmp_path / "clip.mp4"])
    assert reference_durations(inside, access) is not None
    with pytest.raises(MediaUnreadable, match=r"reference_videos\[0\]"):
        reference_durations(outside, access)


@pytest.mark.parametrize("command", ["check", "quote", "wire", "generate", "compare"])
def test_every_command_keeps_the_switch_of_the_config(
    folder: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_trusted("local_files = false\n")
    Path("request.json").write_text('{"prompt": "A kite", "first_frame": "nothing.png"}')
    monkeypatch.setenv("MODELLIX_API_KEY", "k" * 20)
    outs = {"generate": ["-o", "a.mp4", "--yes"], "compare": ["-o", "out", "--yes"]}
    arguments = [command, "request.json", "-m", MODEL, *outs.get(command, [])]
    ran = CliRunner().invoke(build_app(), arguments)
    assert ran.exit_code == 2
    assert "local files are switched off here" in ran.output


@pytest.mark.parametrize("assets", [0, "false", "", b"no", []])
def test_what_is_not_a_switch_is_refused_for_assets(assets: Any) -> None:
    with pytest.raises(UsageError, match="assets: give True or False"):
        Client(assets=assets, journal=None)


@pytest.mark.parametrize("local_files", [0, 1, b"uploads", [], 2.5])
def test_what_is_neither_a_switch_nor_a_folder_is_refused(local_files: Any) -> None:
    with pytest.raises(UsageError, match="local_files: give True, False or the folder"):
        Client(local_files=local_files, journal=None)
