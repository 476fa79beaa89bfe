"""Media that a vendor has to approve: remembered, taken up, never given twice, never paid early."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from polyreel import (
    AuthenticationFailed,
    Client,
    Config,
    ContentBlocked,
    MediaPending,
    PolyreelError,
    VideoRequest,
)
from polyreel.adapters import Approval, Flow, Registration, Registry, WireRequest
from polyreel.adapters.registry import InstalledAdapter, Plugin
from polyreel.cli.exit_codes import RESUMABLE, exit_code
from polyreel.jobs.journal.registrations import ABANDONED_AFTER
from polyreel.jobs.journal.sqlite import SqliteJournal
from polyreel.jobs.registrations import (
    RegistrationKey,
    RegistrationRecord,
    RegistrationState,
    account_hash,
    content_hash,
)
from polyreel_conformance.tools.mount import ManualClock, mounted
from polyreel_sandbox import Fault, StandIn, draw_picture
from toys.harbor.adapter import HarborAdapter
from toys.harbor.stand_in import HarborStandIn

KEY = "sk-harbor-0123456789abcdef"
MODEL = "harbor/harbor-1"
SOURCE = "https://example.com/kite.png"
ROW = RegistrationKey(
    provider="harbor",
    address="https://api.harbor.example/v1",
    account=account_hash(KEY, "harbor", "https://api.harbor.example/v1"),
    kind="image",
    content=content_hash(b"kite"),
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@contextmanager
def client(
    clock: ManualClock,
    journal: SqliteJournal | Path | None,
    adapter: type[HarborAdapter] = HarborAdapter,
    **more: Any,
) -> Iterator[Client]:
    registry = Registry([])
    registry.adapters["harbor"] = InstalledAdapter(adapter, Plugin("harbor", "test"))
    options: dict[str, Any] = {"config": Config(), "api_keys": {"harbor": KEY}, **more}
    with Client(registry=registry, clock=clock, journal=journal, environment={}, **options) as made:
        yield made


@pytest.fixture
def vendor(clock: ManualClock) -> Iterator[StandIn]:
    with mounted(HarborStandIn, clock=clock, key=KEY) as stand_in:
        yield stand_in


def registers(vendor: StandIn) -> int:
    return len([call for call in vendor.calls if (call.method, call.path) == ("POST", "/assets")])


def request(*images: Any) -> VideoRequest:
    return VideoRequest(prompt="A kite", reference_images=list(images))


def picture(folder: Path, name: str = "kite.png", text: str = "kite") -> Path:
    path = folder / name
    path.write_bytes(draw_picture(text, 64, 64))
    return path


def test_a_url_is_registered_too(clock: ManualClock, vendor: StandIn, tmp_path: Path) -> None:
    with client(clock, None) as made:
        made.generate(request(SOURCE), tmp_path / "video.mp4", MODEL)
    (asset,) = vendor.assets.values()
    (task,) = vendor.tasks.values()
    assert asset.url == SOURCE
    assert task.body["images"] == [f"asset://{asset.id}"]


def test_an_asset_of_the_user_is_sent_as_it_is(
    clock: ManualClock, vendor: StandIn, tmp_path: Path
) -> None:
    vendor.takes_unknown_assets = True
    with client(clock, None) as made:
        made.generate(request("asset://mine"), tmp_path / "video.mp4", MODEL)
    assert not vendor.assets


def test_the_same_content_is_registered_once_for_one_request(
    clock: ManualClock, vendor: StandIn, tmp_path: Path
) -> None:
    images = picture(tmp_path), picture(tmp_path, "copy.png")
    with client(clock, None) as made:
        made.generate(request(*images), tmp_path / "video.mp4", MODEL)
    assert registers(vendor) == 1
    (task,) = vendor.tasks.values()
    assert len(task.body["images"]) == 2


def test_no_job_exists_while_the_media_wait(
    clock: ManualClock, vendor: StandIn, tmp_path: Path
) -> None:
    vendor.faults.add(Fault.MEDIA_WAITS)
    journal = SqliteJournal(tmp_path / "jobs.sqlite3", now=clock.now)
    with closing(journal), client(clock, journal) as made:
        with pytest.raises(MediaPending) as raised:
            made.generate(request(SOURCE), tmp_path / "video.mp4", MODEL, timeout=30)
        assert exit_code(raised.value) == RESUMABLE
        assert "Nothing was paid" in str(raised.value)
        assert "reference_images[0]" in str(raised.value)
        assert journal.jobs() == []
        (row,) = journal.registrations()
        assert row.state is RegistrationState.WAITING
    assert not vendor.tasks
    assert KEY.encode() not in (tmp_path / "jobs.sqlite3").read_bytes()
    assert SOURCE.encode() not in (tmp_path / "jobs.sqlite3").read_bytes()


@pytest.mark.parametrize("first", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_an_interrupt_leaves_nothing_paid_and_the_next_call_begins_anew(
    clock: ManualClock, vendor: StandIn, tmp_path: Path, first: type[BaseException]
) -> None:
    class Interrupted(HarborAdapter):
        contract_version = 3

        def register(self, media: Any) -> Flow[Registration]:
            yield WireRequest(method="GET", path="/assets/none")
            raise first

    journal = SqliteJournal(None)
    with client(clock, journal, Interrupted) as made, pytest.raises(first):
        made.generate(request(SOURCE), tmp_path / "video.mp4", MODEL)
    assert [each.state for each in journal.registrations()] == [RegistrationState.FAILED]
    with client(clock, journal) as made:
        made.generate(request(SOURCE), tmp_path / "video.mp4", MODEL)
    assert (registers(vendor), len(vendor.tasks)) == (1, 1)
    journal.close()


def test_an_interrupt_during_the_wait_is_taken_up(
    clock: ManualClock, vendor: StandIn, tmp_path: Path
) -> None:
    class Interrupted(HarborAdapter):
        contract_version = 3

        def registration(self, vendor_id: str) -> Flow[Registration]:
            raise KeyboardInterrupt
            yield

    journal = SqliteJournal(None)
    with client(clock, journal, Interrupted) as made, pytest.raises(KeyboardInterrupt):
        made.generate(request(SOURCE), tmp_path / "video.mp4", MODEL)
    assert not vendor.tasks
    with client(clock, journal) as made:
        made.generate(request(SOURCE), tmp_path / "video.mp4", MODEL)
    assert (registers(vendor), len(vendor.tasks)) == (1, 1)
    journal.close()


def test_a_refused_media_may_be_given_again(
    clock: ManualClock, vendor: StandIn, tmp_path: Path
) -> None:
    journal = SqliteJournal(None)
    with client(clock, journal) as made:
        vendor.faults.add(Fault.MEDIA_REFUSED)
        with pytest.raises(ContentBlocked, match="a real face is in it"):
            made.generate(request(SOURCE), tmp_path / "video.mp4", MODEL)
        vendor.faults.clear()
        made.generate(request(SOURCE), tmp_path / "video.mp4", MODEL)
    assert (registers(vendor), len(vendor.tasks)) == (2, 1)
    journal.close()


def test_an_asset_that_the_vendor_lost_is_registered_anew(
    clock: ManualClock, vendor: StandIn, tmp_path: Path
) -> None:
    journal = SqliteJournal(None)
    with client(clock, journal) as made:
        made.generate(request(SOURCE), tmp_path / "one.mp4", MODEL)
        vendor.assets.clear()
        made.generate(request(SOURCE), tmp_path / "two.mp4", MODEL)
    assert (registers(vendor), len(vendor.tasks)) == (2, 2)
    journal.close()


def test_an_asset_that_is_always_gone_ends_the_call(
    clock: ManualClock, vendor: StandIn, tmp_path: Path
) -> None:
    class Forgets(HarborAdapter):
        contract_version = 3

        def registration(self, vendor_id: str) -> Flow[Registration]:
            yield WireRequest(method="GET", path=f"/assets/{vendor_id}")
            return Registration(vendor_id=vendor_id, approval=Approval.GONE)

    with client(clock, None, Forgets) as made, pytest.raises(ContentBlocked, match="gone again"):
        made.generate(request(SOURCE), tmp_path / "video.mp4", MODEL)
    assert (registers(vendor), len(vendor.tasks)) == (2, 0)


def test_a_refused_question_is_repeated_once(
    clock: ManualClock, vendor: StandIn, tmp_path: Path
) -> None:
    journal = SqliteJournal(None)
    with client(clock, journal) as made:
        vendor.faults.add(Fault.MEDIA_WAITS)
        with pytest.raises(MediaPending):
            made.generate(request(SOURCE), tmp_path / "video.mp4", MODEL, timeout=20)
    asked, vendor.key = len(vendor.calls), "another key"
    with client(clock, journal) as made, pytest.raises(AuthenticationFailed):
        made.generate(request(SOURCE), tmp_path / "video.mp4", MODEL)
    assert len(vendor.calls) == asked + 2
    assert not vendor.tasks
    journal.close()


def test_a_key_with_a_job_registers_nothing(
    clock: ManualClock, vendor: StandIn, tmp_path: Path
) -> None:
    journal = SqliteJournal(None)
    with client(clock, journal) as made:
        for _ in range(2):
            made.generate(request(SOURCE), tmp_path / "video.mp4", MODEL, idempotency_key="order-7")
            vendor.assets.clear()  # its status would make it register again
    assert (registers(vendor), len(vendor.tasks)) == (1, 1)
    journal.close()


def test_accounts_and_addresses_do_not_share_a_registration(
    clock: ManualClock, vendor: StandIn, tmp_path: Path
) -> None:
    vendor.key = None
    journal = SqliteJournal(None)
    for key in (KEY, "sk-harbor-another-account"):
        with client(clock, journal, api_keys={"harbor": key}) as made:
            made.generate(request(SOURCE), tmp_path / "video.mp4", MODEL)
    assert registers(vendor) == 2
    assert len({each.key.account for each in journal.registrations()}) == 2
    assert account_hash(KEY, "harbor", "a") != account_hash(KEY, "harbor", "b")
    journal.close()


def test_wire_shows_the_registration_and_sends_nothing(clock: ManualClock, vendor: StandIn) -> None:
    with client(clock, None) as made:
        first, paid = made.wire(request(SOURCE), MODEL)
    assert (first.path, first.spends) == ("/assets", False)
    assert paid.json is not None
    assert paid.json["images"] == ["asset://registered-1"]
    assert vendor.calls == []


@pytest.mark.parametrize("returned", [None, "asset-1", {"vendor_id": "a"}])
def test_an_adapter_that_returns_something_else_is_named(
    clock: ManualClock, vendor: StandIn, tmp_path: Path, returned: Any
) -> None:
    class Odd(HarborAdapter):
        contract_version = 3

        def register(self, media: Any) -> Flow[Registration]:
            yield WireRequest(method="GET", path="/assets/none")
            return returned  # type: ignore[no-any-return]  # what a wrong adapter returns

    with client(clock, None, Odd) as made, pytest.raises(PolyreelError, match="Registration"):
        made.generate(request(SOURCE), tmp_path / "video.mp4", MODEL)
    assert not vendor.tasks


# The journal


def test_another_call_that_is_at_work_is_waited_for(clock: ManualClock) -> None:
    with closing(SqliteJournal(None, now=clock.now)) as journal:
        begun = journal.take_registration(ROW, "first")
        assert begun is not None
        assert begun.state is RegistrationState.BEGUN
        assert journal.take_registration(ROW, "second") is None
        assert journal.take_registration(ROW, "first") is not None
        done = RegistrationRecord(key=ROW, state=RegistrationState.WAITING, vendor_id="a1")
        journal.save_registration(done)
        taken = journal.take_registration(ROW, "second")
        assert taken is not None
        assert (taken.state, taken.vendor_id) == (RegistrationState.WAITING, "a1")


def test_an_old_beginning_is_taken_over(clock: ManualClock) -> None:
    with closing(SqliteJournal(None, now=clock.now)) as journal:
        journal.take_registration(ROW, "first")
        clock.sleep((ABANDONED_AFTER + timedelta(seconds=1)).total_seconds())
        assert journal.take_registration(ROW, "second") is not None


_TAKE = """
import os, sys
from test_registrations import ROW
from polyreel.jobs.journal.sqlite import SqliteJournal
assert SqliteJournal(sys.argv[1]).take_registration(ROW, "killed") is not None
os._exit(9)
"""


def test_a_killed_process_leaves_its_registration_to_the_next(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    folder = Path(__file__).parent
    killed = subprocess.run(
        [sys.executable, "-c", _TAKE, str(path)], cwd=folder, check=False, capture_output=True
    )
    assert killed.returncode == 9, killed.stderr.decode()
    with closing(SqliteJournal(path)) as journal:
        (row,) = journal.registrations()
        assert row.state is RegistrationState.BEGUN
        assert journal.take_registration(ROW, "next") is not None


def test_a_damaged_row_is_given_anew(clock: ManualClock) -> None:
    with closing(SqliteJournal(None, now=clock.now)) as journal:
        journal.save_registration(
            RegistrationRecord(key=ROW, state=RegistrationState.APPROVED, vendor_id="a1")
        )
        journal._write(  # a disk may write anything
            lambda table: table.connection.execute(
                "UPDATE registrations SET state = 'x', changed_at = 'y'"
            )
        )
        assert journal.registrations() == []
        found = journal.take_registration(ROW, "next")
        assert found is not None
        assert found.state is RegistrationState.BEGUN
