"""A job with several videos: all are saved, and a later download saves the rest."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from keyed_toy import KeyedServer, keyed, save
from polyreel import BadResponse, DownloadError, VideoResult
from polyreel.cli.generate import _print as print_video
from polyreel.cli.job_facts import details, row
from polyreel.engine.download import video_path
from polyreel.jobs import JobRecord, Stage
from polyreel.jobs.journal.rows import dump_record, load_record
from polyreel_conformance import ManualClock
from toy_adapter import VIDEO, Answered, Arrived, resumed_job

both_ways = pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "async"])
PATHS = ("/a.mp4", "/b.mp4", "/c.mp4")
REFUSED = Answered(status=400)


def whole(arrived: Arrived) -> Answered:
    """Serve each video."""
    return Answered(body=VIDEO)


def all_but(path: str) -> Callable[[Arrived], Answered]:
    """Serve each video but one."""
    return lambda arrived: REFUSED if arrived.path.endswith(path) else Answered(body=VIDEO)


def asked(served: KeyedServer) -> list[str]:
    """Return the names of the videos that were asked for, each once in a row."""
    names = [each.path.rpartition("/")[2] for each in served.arrived]
    return [name for n, name in enumerate(names) if names[n - 1 : n] != [name]]


@both_ways
def test_every_video_is_saved(tmp_path: Path, is_async: bool) -> None:
    with keyed(whole, *PATHS) as served:
        job = save(served, tmp_path / "kite.mp4", is_async)
    names = ["kite.2.mp4", "kite.3.mp4", "kite.mp4"]
    assert sorted(each.name for each in tmp_path.glob("*.mp4")) == names
    assert all(each.read_bytes() == VIDEO for each in tmp_path.glob("*.mp4"))
    record = job.record
    assert record.stage is Stage.DOWNLOADED
    assert record.files == tuple(tmp_path / f"kite{each}.mp4" for each in ("", ".2", ".3"))
    assert record.facts()["other_files"] == [str(each) for each in record.other_files]


@both_ways
def test_one_that_cant_be_saved_loses_no_other(tmp_path: Path, is_async: bool) -> None:
    job = resumed_job()
    with keyed(all_but("b.mp4"), *PATHS) as served:
        with pytest.raises(DownloadError) as raised:
            save(served, tmp_path / "kite.mp4", is_async, live=job, timeout=0.0)
        assert "video 2 of 3" in raised.value.message
        assert f"1 of 3 videos is saved, the first as {tmp_path / 'kite.mp4'}" in str(raised.value)
        assert [each.name for each in tmp_path.glob("*.mp4")] == ["kite.mp4"]
        assert (job.record.stage, job.record.is_unfinished) == (Stage.FINISHED, True)
        assert job.record.files == (tmp_path / "kite.mp4",)
        served.arrived.clear()
        served.answer = whole
        save(served, tmp_path / "kite.mp4", is_async, live=job)
    assert asked(served) == ["b.mp4", "c.mp4"], "only the missing ones are downloaded"
    assert job.record.stage is Stage.DOWNLOADED
    assert [each.is_file() for each in job.record.files] == [True] * 3


def test_a_saved_video_that_was_removed_is_downloaded_again(tmp_path: Path) -> None:
    job = resumed_job()
    with keyed(all_but("c.mp4"), *PATHS) as served:
        with pytest.raises(DownloadError):
            save(served, tmp_path / "kite.mp4", live=job, timeout=0.0)
        (tmp_path / "kite.mp4").unlink()
        served.arrived.clear()
        served.answer = whole
        save(served, tmp_path / "kite.mp4", live=job)
    assert asked(served) == ["a.mp4", "c.mp4"]


def test_another_target_gets_every_video(tmp_path: Path) -> None:
    job = resumed_job()
    with keyed(all_but("b.mp4"), *PATHS) as served:
        with pytest.raises(DownloadError):
            save(served, tmp_path / "kite.mp4", live=job, timeout=0.0)
        served.answer = whole
        save(served, tmp_path / "other.mp4", live=job)
    assert [each.name for each in job.record.files] == ["other.mp4", "other.2.mp4", "other.3.mp4"]


def test_a_job_that_was_downloaded_is_downloaded_as_a_whole_again(tmp_path: Path) -> None:
    job = resumed_job()
    with keyed(whole, *PATHS) as served:
        save(served, tmp_path / "kite.mp4", live=job)
        served.arrived.clear()
        save(served, tmp_path / "kite.mp4", live=job)
    assert asked(served) == ["a.mp4", "b.mp4", "c.mp4"]


def test_a_video_that_is_no_longer_named_leaves_the_job_open(tmp_path: Path) -> None:
    job = resumed_job()
    with keyed(all_but("b.mp4"), *PATHS) as served:

        def forgets(arrived: Arrived) -> Answered:
            served.videos = [PATHS[0]]
            return Answered(status=404) if arrived.path.endswith("b.mp4") else whole(arrived)

        served.answer = forgets
        with pytest.raises((BadResponse, DownloadError)):
            save(served, tmp_path / "kite.mp4", live=job, timeout=20.0)
    assert (tmp_path / "kite.mp4").is_file()
    assert job.record.is_unfinished


def test_a_single_video_needs_no_number(tmp_path: Path) -> None:
    with keyed(whole, PATHS[0]) as served:
        job = save(served, tmp_path / "kite.mp4")
    assert job.record.other_files == ()
    assert "other_files" not in job.record.facts()
    assert "other_files" not in json.loads(dump_record(job.record))


def test_the_journal_keeps_the_files(tmp_path: Path) -> None:
    record = replace(
        resumed_job().record,
        file=tmp_path / "kite.mp4",
        other_files=(tmp_path / "kite.2.mp4", tmp_path / "kite.3.mp4"),
    )
    assert load_record(dump_record(record)) == record


def test_a_row_of_an_older_polyreel_has_one_video(tmp_path: Path) -> None:
    record = replace(resumed_job().record, file=tmp_path / "kite.mp4")
    document = json.loads(dump_record(record))
    assert "other_files" not in document
    assert load_record(json.dumps(document)).files == (tmp_path / "kite.mp4",)


@pytest.mark.parametrize("other_files", [5, "kite.2.mp4", [5], {}])
def test_a_damaged_list_of_files_is_no_record(other_files: object) -> None:
    document = {**json.loads(dump_record(resumed_job().record)), "other_files": other_files}
    with pytest.raises(ValueError, match="not a job's record"):
        load_record(json.dumps(document))


def test_every_file_is_shown(tmp_path: Path) -> None:
    for name in ("kite.mp4", "kite.2.mp4"):
        (tmp_path / name).write_bytes(VIDEO)
    record: JobRecord = replace(
        resumed_job().record,
        file=tmp_path / "kite.mp4",
        other_files=(tmp_path / "kite.2.mp4", tmp_path / "kite.3.mp4"),
    )
    shown = dict(details(record))
    assert shown["video 1"] == str(tmp_path / "kite.mp4")
    assert shown["video 2"] == str(tmp_path / "kite.2.mp4")
    assert shown["video 3"] == f"{tmp_path / 'kite.3.mp4'} (missing)"
    assert str(row(record, ManualClock().now())[-1]) == f"{tmp_path / 'kite.mp4'} and 2 more"
    assert record.are_all_there is False


@pytest.mark.parametrize(
    ("first", "number", "file"),
    [
        ("kite.mp4", 1, "kite.mp4"),
        ("kite.mp4", 2, "kite.2.mp4"),
        ("a.b.mp4", 3, "a.b.3.mp4"),
        ("kite", 2, "kite.2"),
    ],
)
def test_names_of_videos(first: str, number: int, file: str) -> None:
    assert video_path(Path(first), number) == Path(file)


def test_a_file_of_another_job_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "kite.2.mp4").write_bytes(b"paid for by another job")
    with keyed(whole, *PATHS[:2]) as served:
        job = save(served, tmp_path / "kite.mp4")
        other = tmp_path / f"kite.2.{job.record.short_id}.mp4"
        assert job.record.files == (tmp_path / "kite.mp4", other)
        save(served, tmp_path / "kite.mp4", live=job)
    assert job.record.files == (tmp_path / "kite.mp4", other), "its own are written again"
    assert (tmp_path / "kite.2.mp4").read_bytes() == b"paid for by another job"
    assert other.read_bytes() == VIDEO
    assert len([*tmp_path.glob("*.mp4")]) == 3


def test_the_commands_print_every_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with keyed(whole, *PATHS) as served:
        job = save(served, tmp_path / "kite.mp4")
    video = VideoResult(file=tmp_path / "kite.mp4", job=job.record)
    assert video.files == job.record.files
    print_video(video, as_json=False)
    assert capsys.readouterr().out.split() == [str(each) for each in video.files]
    print_video(video, as_json=True)
    facts = json.loads(capsys.readouterr().out)
    assert [facts["file"], *facts["other_files"]] == [str(each) for each in video.files]
    named = VideoResult(file=Path("kite.mp4"), job=job.record)
    assert [str(each) for each in named.files] == ["kite.mp4", "kite.2.mp4", "kite.3.mp4"]
