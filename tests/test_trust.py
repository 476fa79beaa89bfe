"""A working folder's config counts once the user trusts it; until then only its choice of models.

What an untrusted file may do to keys is tried in `trust_kinds/keys_and_addresses.py` too.
"""

from __future__ import annotations

import builtins
import json
import logging
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import platformdirs
import pytest
from polyreel import AsyncClient, Client, Config, ConfigError, VideoRequest
from polyreel.cli.app import build_app
from polyreel.config import FoundConfig, TrustedFiles, usual_config
from polyreel.config.trust import LIST_NAME
from polyreel_sandbox import Sandbox
from recorder import recording
from trusted import write_trusted
from typer.testing import CliRunner

STD = "jimmy/seedance2.0-std"
FAST = "modellix/seedance-2.0-fast-t2v"
SECRET = "aws-2f60c1d7e5b3"
FREE = (
    ("jobs",),
    ("stats",),
    ("spend",),
    ("prices",),
    ("providers",),
    ("models",),
    ("quote", "request.json"),
    ("check", "request.json"),
    ("wire", "request.json"),
)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(build_app(), list(arguments))


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True)


def write(text: str) -> Path:
    """Write a polyreel.toml that nobody trusts."""
    path = Path("polyreel.toml").absolute()
    path.write_text(text, encoding="utf-8")
    return path


def found(text: str) -> FoundConfig:
    write(text)
    return usual_config({})


# what counts


def test_the_choice_of_models_counts_of_any_file() -> None:
    text = f"""
        default = "draft"
        [targets.draft]
        models = ["{STD}", "{FAST}"]
        policy = "fastest"
        fallbacks = ["final"]
        [targets.final]
        model = "{FAST}"
    """
    config = found(text)
    assert (config.ignored, config.notice, config.why_no_key) == ((), None, None)
    assert config.config == usual_config({"POLYREEL_CONFIG": "polyreel.toml"}).config
    assert config.config.targets["draft"].policy == "fastest"


@pytest.mark.parametrize(
    ("text", "ignored"),
    [
        ('[providers.jimmy]\nbase_url = "https://evil.example"', ["providers"]),
        ('[providers.jimmy]\napi_key = "$SOME_SECRET"', ["providers"]),
        ('journal = "/tmp/other.db"', ["journal"]),
        ("journal = false", ["journal"]),
        ("maximum_video_bytes = 1", ["maximum_video_bytes"]),
        ('[exchange]\nEUR = "1.1 USD"', ["exchange"]),
        (
            f'[[prices]]\nmodel = "{STD}"\nunit = "task"\namount = "0"\ncurrency = "USD"',
            ["prices"],
        ),
        (f'[targets.a]\nmodel = "{STD}"\noptions = {{ a = 1 }}', ["targets.a.options"]),
        (f'[targets.a]\nmodel = "{STD}"\nproxy = "http://evil"', ["targets.a.proxy"]),
        ('proxy = "http://evil.example"', ["proxy"]),  # also what no version knows yet
        ('"\\u001b[2J" = 1', ["?[2J"]),
    ],
)
def test_every_other_setting_is_ignored_and_named(text: str, ignored: list[str]) -> None:
    config = found(text)
    assert list(config.ignored) == ignored
    assert config.config.model_copy(update={"targets": {}}) == Config()
    assert all(name in (config.notice or "") for name in ignored)


def test_an_ignored_setting_need_not_be_valid() -> None:
    assert found("[providers.jimmy]\nmax_in_flight = 0\nbase_ulr = 5").ignored == ("providers",)
    with pytest.raises(ConfigError, match=r"targets\.a\.model: must be text"):
        found("[targets.a]\nmodel = 5")


@pytest.mark.parametrize(
    "text", ["", "prices = []", "[providers.jimmy]\n[providers.modellix]", "[targets]"]
)
def test_an_empty_section_is_nothing_to_ignore(text: str) -> None:
    assert found(text).ignored == ()


def test_many_ignored_names_make_one_short_line() -> None:
    notice = found("\n".join(f"{'x' * 500}{number} = 1" for number in range(50))).notice or ""
    assert "and 44 more" in notice
    assert len(notice) - len(str(Path.cwd())) < 500


# which files count whole


def test_a_trusted_file_counts_until_it_changes() -> None:
    path = write_trusted("journal = false\n")
    assert usual_config({}) == FoundConfig(Config(journal=False), path)
    path.write_text('journal = "elsewhere.db"\n', encoding="utf-8")
    changed = usual_config({})
    assert (changed.config, changed.ignored, changed.has_changed) == (Config(), ("journal",), True)
    assert "has changed since it was trusted" in (changed.why_no_key or "")
    path.write_text("journal = false\n", encoding="utf-8")
    assert usual_config({}).ignored == ()


def test_the_same_content_at_another_path_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_trusted("journal = false\n")
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(path, other)
    monkeypatch.chdir(other)
    assert usual_config({}).ignored == ("journal",)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a permission there")
def test_a_link_to_a_trusted_file_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_trusted("journal = false\n")
    clone = tmp_path / "clone"
    clone.mkdir()
    (clone / "polyreel.toml").symlink_to(path)
    monkeypatch.chdir(clone)
    assert usual_config({}).ignored == ("journal",)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a permission there")
def test_a_folder_by_another_name_is_the_same_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "alias").symlink_to(tmp_path / "real")
    write_trusted("journal = false\n", tmp_path / "alias")
    monkeypatch.chdir(tmp_path / "real")
    assert usual_config().ignored == ()


def test_a_file_that_the_user_names_counts_whole(tmp_path: Path) -> None:
    path = write("journal = false\n")
    assert usual_config({"POLYREEL_CONFIG": str(path)}).config.journal is False
    with Client(path) as client:
        assert (client.config.journal, client.ignored_config) == (False, None)
    with Client(Config(journal=False)) as client:
        assert client.ignored_config is None


def test_the_users_own_file_counts_whole_also_in_its_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "polyreel.toml").write_text("journal = false\n", encoding="utf-8")
    monkeypatch.setattr(platformdirs, "user_config_path", lambda _: own)
    assert usual_config({}).config.journal is False
    monkeypatch.chdir(own)
    assert usual_config({}).config.journal is False


def test_the_file_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    write_trusted("journal = false\n")
    reads: list[Path] = []
    real = builtins.open

    def opened(path: Any, *arguments: Any, **options: Any) -> Any:
        if str(path).endswith("polyreel.toml"):
            reads.append(path)
        return real(path, *arguments, **options)

    monkeypatch.setattr(builtins, "open", opened)
    usual_config({})
    assert len(reads) == 1


# the list


def lists(folder: Path) -> list[Path]:
    return sorted(folder.rglob(LIST_NAME))


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of other systems")
def test_the_list_is_the_users_alone(tmp_path: Path) -> None:
    write_trusted("journal = false\n")
    (listed,) = lists(tmp_path)
    assert stat.S_IMODE(listed.stat().st_mode) == 0o600
    assert [path.name for path in listed.parent.iterdir()] == [LIST_NAME]


def test_polyreel_home_moves_the_list_unless_it_may_have_come_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone, home = tmp_path / "clone", tmp_path / "home"
    clone.mkdir()
    monkeypatch.setenv("POLYREEL_HOME", str(home))
    path = write_trusted("journal = false\n", clone)
    assert lists(tmp_path) == [home / LIST_NAME]
    (clone / "home").mkdir()
    shutil.copy(home / LIST_NAME, clone / "home")
    monkeypatch.setenv("POLYREEL_HOME", str(clone / "home"))
    monkeypatch.chdir(clone)
    assert usual_config().ignored == ("journal",)
    monkeypatch.setenv("POLYREEL_HOME", "home")
    assert usual_config().ignored == ("journal",)
    TrustedFiles().add(path, path.read_bytes())
    assert usual_config().ignored == ()
    assert TrustedFiles().paths() == [path.resolve()]


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', "\udcff"])
def test_a_damaged_list_trusts_nothing_and_is_written_anew(tmp_path: Path, content: str) -> None:
    path = write_trusted("journal = false\n")
    (listed,) = lists(tmp_path)
    listed.write_bytes(content.encode(errors="surrogateescape"))
    assert usual_config({}).ignored == ("journal",)
    TrustedFiles().add(path, path.read_bytes())
    assert usual_config({}).ignored == ()


def test_a_list_that_cannot_be_saved_is_one_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(platformdirs, "user_data_path", lambda _: tmp_path / "file" / "polyreel")
    path = write("journal = false\n")
    with pytest.raises(ConfigError, match=r"can't save .*POLYREEL_CONFIG names needs no trust"):
        TrustedFiles({}).add(path, path.read_bytes())
    assert run("init", "--force").exit_code == 0  # what it writes needs no trust


# the commands


def test_trust_lists_and_removes(tmp_path: Path) -> None:
    path = write('[providers.jimmy]\nbase_url = "https://own.example"\napi_key = "$MINE"\n')
    done = run("trust")
    assert done.exit_code == 0
    said = done.stderr
    assert all(each in said for each in (str(path), "https://own.example", "$MINE"))
    assert json.loads(run("trust", "--list", "--json").stdout) == [
        {"file": str(path), "state": "trusted"}
    ]
    path.write_text("journal = false\n", encoding="utf-8")
    assert "changed, not trusted" in run("trust", "--list").stdout
    path.unlink()
    assert "not there" in run("trust", "--list").stdout
    assert "No longer trusted" in run("trust", "--remove", str(path)).stderr
    assert "Was not trusted" in run("trust", "--remove", str(tmp_path)).stderr
    assert "No file is trusted" in run("trust", "--list").stderr


def test_trust_takes_a_file_or_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("journal = false\n")
    (tmp_path / "other").mkdir()
    for named in (path, tmp_path):
        monkeypatch.chdir(tmp_path / "other")
        assert run("trust", str(named)).exit_code == 0
        monkeypatch.chdir(tmp_path)
        assert usual_config().ignored == ()
        run("trust", "--remove", str(named))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--list", "--remove", "x"), "one of them only"),
        (("nowhere.toml",), "can't read nowhere.toml"),
        ((), "'defualt' is not known"),
    ],
)
def test_trust_says_what_is_wrong(arguments: tuple[str, ...], said: str) -> None:
    write('defualt = "x"\n')
    done = run("trust", *arguments)
    assert (done.exit_code, said in " ".join(done.stderr.split())) == (2, True)


def test_init_is_trusted_and_stays_usable_when_the_default_changes() -> None:
    assert run("init").exit_code == 0
    path = Path("polyreel.toml").absolute()
    assert TrustedFiles().paths() == [path.resolve()]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('default = "jimmy"', 'default = "modellix"'), encoding="utf-8")
    assert usual_config() == FoundConfig(usual_config().config, path, (), has_changed=True)
    assert usual_config().why_no_key is None


# what clients and commands do


@pytest.mark.parametrize("arguments", FREE, ids=" ".join)
def test_a_free_command_goes_on_and_says_what_it_ignored(arguments: tuple[str, ...]) -> None:
    Path("request.json").write_text('{"prompt": "A paper boat"}', encoding="utf-8")
    write(f'default = "{STD}"\njournal = 5\n[providers.jimmy]\nbase_url = "http://evil.example"\n')
    done = run(*arguments)
    assert done.exit_code == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if "is not trusted" in line]
    assert len(lines) == 1
    assert "journal, providers" in lines[0]
    assert "evil.example" not in done.stdout


def test_a_client_warns_once(caplog: pytest.LogCaptureFixture) -> None:
    write("journal = false\n")
    with caplog.at_level(logging.WARNING, "polyreel"), Client() as client:
        client.quote("A paper boat", [STD])
        client.quote("A paper boat", [STD])
    assert [each.getMessage() for each in caplog.records] == [client.ignored_config]


def test_nothing_is_paid_while_something_is_ignored(sandbox: Sandbox) -> None:
    write(f'default = "{STD}"\nmaximum_video_bytes = 9\n')
    with Client() as client, pytest.raises(ConfigError, match="no key is sent"):
        client.submit("A paper boat")
    assert [len(each.calls) for each in sandbox.stand_ins.values()] == [0, 0]
    assert run("jobs", "--json").stdout.strip() == "[]"


def test_a_paid_video_is_made_with_an_untrusted_choice_of_models(sandbox: Sandbox) -> None:
    write(f'default = "a"\n[targets.a]\nmodel = "{STD}"\n')
    done = run("generate", "-p", "A paper boat", "-o", "video.mp4", "--yes")
    assert (done.exit_code, "not trusted" in done.stderr) == (0, False)
    assert len(sandbox.stand_ins["jimmy"].tasks) == 1


def test_a_command_on_many_models_or_jobs_has_one_error(sandbox: Sandbox) -> None:
    with Client() as client:
        for model in (STD, FAST):
            client.submit("A paper boat", model)
    Path("request.json").write_text('{"prompt": "A paper boat"}', encoding="utf-8")
    write("maximum_video_bytes = 9\n")
    for command in (
        ("compare", "request.json", "-m", STD, "-m", FAST, "--yes"),
        ("jobs", "wait", "--all"),
    ):
        done = run(*command)
        assert (done.exit_code, done.stderr.count("no key is sent")) == (2, 1)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_hostile_clone_gets_nothing(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Client() as client:
        job = client.submit("A paper boat", STD)
    for name in sandbox.base_urls:
        monkeypatch.delenv(f"{name.upper()}_BASE_URL")
    monkeypatch.setenv("SOME_SECRET", SECRET)
    origin = tmp_path / "origin"
    origin.mkdir()
    with recording() as recorder:
        (origin / "polyreel.toml").write_text(
            f'default = "{STD}"\njournal = "jobs.db"\n'
            + "".join(
                f'[providers.{name}]\nbase_url = "{recorder.url}"\napi_key = "$SOME_SECRET"\n'
                for name in sandbox.base_urls
            ),
            encoding="utf-8",
        )
        (origin / "request.json").write_text('{"prompt": "A paper boat"}', encoding="utf-8")
        git("init", "-q", str(origin))
        git("-C", str(origin), "add", ".")
        who = ("-c", "user.name=a", "-c", "user.email=a@b.example")
        git("-C", str(origin), *who, "commit", "-qm", "a")
        git("clone", "-q", str(origin), str(tmp_path / "clone"))
        monkeypatch.chdir(tmp_path / "clone")
        request = VideoRequest(prompt="A paper boat")
        ended = [
            run("jobs", "wait", "--all").exit_code,
            run("jobs", "download", "--all-finished").exit_code,
            run("jobs", "cancel", job.id).exit_code,
            run("generate", "request.json", "-o", "a.mp4", "--yes").exit_code,
            run("compare", "request.json", "-m", STD, "-m", FAST, "--yes").exit_code,
            run("quote", "request.json").exit_code,
        ]
        with Client() as client:
            for work in (
                lambda: client.generate(request, "a.mp4"),
                lambda: client.job(job.ref).wait(0),
                lambda: client.job(job.id).cancel(),
            ):
                with pytest.raises(ConfigError):
                    work()
            client.quote(request, [STD])

        async def use() -> None:
            async with AsyncClient() as client:
                with pytest.raises(ConfigError):
                    await client.generate(request, "a.mp4")
                with pytest.raises(ConfigError):
                    await client.job(job.ref).wait(0)
                await client.quote(request, [STD])

        anyio.run(use)
        assert recorder.received == []
    assert ended == [2, 2, 2, 2, 2, 0]
    assert not Path("jobs.db").exists()


# files that are not configs


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = " + "[" * 5000 + "]" * 5000, "too many tables in each other"),
        ("a = " + "{a=" * 200 + "1" + "}" * 200, "too many tables in each other"),
        (".".join(["a"] * 100_000) + " = 1", "too many tables in each other"),
        ("a = 1\n" + " . ".join(['"a b"'] * 50_000) + " = 1", "too many tables in each other"),
        ("[" + ".".join(["a"] * 5000) + "]\nb = 1", "too many tables in each other"),
        ("a = " + "1" * 5000, "is not valid TOML"),
        ("a = 2026-13-41", "is not valid TOML"),
        ("# " + "x" * 2**20, "is larger than"),
    ],
    ids=[
        "lists",
        "inline tables",
        "a name",
        "a quoted name",
        "a table",
        "a number",
        "a date",
        "bytes",
    ],
)
def test_a_file_that_is_no_config_is_one_error(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        found(text)
    assert "polyreel.toml" in caught.value.message
    assert len(caught.value.message) < 600


def test_a_list_of_trusted_files_that_is_too_deep_trusts_nothing(tmp_path: Path) -> None:
    listed = tmp_path / "trusted.json"
    listed.write_text("[" * 100_000)
    environment = {"POLYREEL_HOME": str(tmp_path)}
    assert TrustedFiles(environment).check(tmp_path / "else" / "polyreel.toml", b"") is not None
    assert TrustedFiles(environment).paths() == []
