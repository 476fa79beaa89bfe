"""Whose figures are whose, budgets over many jobs, unwatched times, and request ids."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
from polyreel import AsyncClient, Client, PolyreelError, VideoRequest
from polyreel.clock import SystemClock
from polyreel.pricing import Offer, latency_by, spend_by
from polyreel_sandbox import Fault, Pace
from trusted import write_trusted

from .kind import Kind, Surroundings

COINS = "jimmy/seedance2.0-mini"
FAST = "modellix/seedance-2.0-fast-t2v"
"""Its price is published: 0.69 USD for five seconds."""
ASKED = VideoRequest(prompt="A paper boat")
REQUEST_ID = "req-7f3a91"


def _quote(around: Surroundings, model: str) -> str:
    """Ask for a quote as the caller does; return how sure it is, and its usual time."""
    if around.caller == "command line":
        Path("request.json").write_text('{"prompt": "A paper boat"}', encoding="utf-8")
        around.command("quote", "request.json", "-m", model, "--json")
        (facts,) = json.loads(around.printed[-1])
        return f"{facts['quote']['certainty']}, {'a time' if facts['usual'] else 'no time'}"
    offers: list[Offer] = []
    if around.caller == "blocking":
        around.client(lambda client: offers.extend(client.quote(ASKED, [model])))
    else:

        async def ask(client: AsyncClient) -> None:
            offers.extend(await client.quote(ASKED, [model]))

        around.async_client(ask)
    (offer,) = offers
    assert offer.quote is not None
    return f"{offer.quote.certainty}, {'no time' if offer.usual is None else 'a time'}"


def _refresh(around: Surroundings) -> None:
    if around.caller == "async":
        around.async_client(lambda client: client.refresh_prices("jimmy"))
    elif around.caller == "blocking":
        around.client(lambda client: client.refresh_prices("jimmy"))
    else:
        around.command("prices", "-p", "jimmy", "refresh")


def _at_the_vendor(around: Surroundings) -> None:
    """Name the vendors' own addresses from here on; nothing may be sent to them."""
    for name in around.sandbox.stand_ins:
        around.patch.delenv(f"{name.upper()}_BASE_URL")


def _a_sandboxs_figures(around: Surroundings) -> str:
    _refresh(around)
    assert around.generate(model=COINS) == "the video"
    at_the_sandbox = _quote(around, COINS)
    _at_the_vendor(around)
    at_the_vendor = _quote(around, COINS)
    assert around.tasks == 1
    return f"there: {at_the_sandbox}; at the vendor: {at_the_vendor}"


def _charges(around: Surroundings) -> str:
    assert around.generate(model=FAST) == "the video"

    with Client() as client:
        (here,) = client.history.jobs()
        registry = client.registry
    own = registry.adapter("modellix").base_url
    assert here.ref is not None
    there = replace(here, base_url=own, ref=here.ref.model_copy(update={"base_url": own}))
    records = [here, there, there]
    spent = [each.facts() for each in spend_by(records, "provider", registry)]
    times = [each.facts() for each in latency_by(records, ["model"], registry)]
    assert [each["jobs"] for each in times] == [2, 1]
    return "; ".join(f"{each['whose']} {each['charged'][0]['amount']}" for each in spent)


def _prices_without_an_address(around: Surroundings) -> str:
    _refresh(around)
    with Client() as client:
        folder = client.price_sources.folder
    assert folder is not None
    (file,) = folder.glob("prices.json")
    (saved,) = json.loads(file.read_text(encoding="utf-8"))["catalogues"]
    file.write_text(json.dumps(saved["prices"]), encoding="utf-8")
    before = _quote(around, COINS)
    _refresh(around)
    return f"{before}; refreshed: {_quote(around, COINS)}"


def _with_budget(amount: str) -> None:
    write_trusted(f'[[budgets]]\namount = "{amount}"\nperiod = "day"\n')


def _in_words(came: str) -> str:
    return came.replace("exit 2", "refused").replace("`OverBudget`", "refused")


def _one_job_too_many(around: Surroundings) -> str:
    _with_budget("1.40 USD")
    came = [around.generate(model=FAST) for _ in range(3)]
    assert around.tasks == 2
    assert "1.38 USD of the budget of 1.4" in around.printed[-1].replace("\n", " ")
    return _in_words(", ".join(came))


def _two_at_once(around: Surroundings) -> str:
    _with_budget("1.00 USD")
    if around.caller == "command line":
        Path("request.json").write_text('{"prompt": "A paper boat"}', encoding="utf-8")
        came = around.command("compare", "request.json", "-m", FAST, "--runs", "2", "--yes")
        assert around.tasks == 0
        assert "this would cost 1.38 USD" in around.printed[-1]
        return f"both {_in_words(came)}"
    ended: list[str] = []

    def note(error: PolyreelError | None) -> None:
        ended.append("accepted" if error is None else f"`{type(error).__name__}`")

    def submit(client: Client) -> None:
        try:
            client.submit(ASKED, FAST)
        except PolyreelError as error:
            note(error)
        else:
            note(None)

    def both(client: Client) -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(submit, [client, client]))

    async def submit_async(client: AsyncClient) -> None:
        try:
            await client.submit(ASKED, FAST)
        except PolyreelError as error:
            note(error)
        else:
            note(None)

    async def both_async(client: AsyncClient) -> None:
        async with anyio.create_task_group() as group:
            for _ in range(2):
                group.start_soon(submit_async, client)

    if around.caller == "blocking":
        around.client(both)
    else:
        around.async_client(both_async)
    assert around.tasks == 1
    return _in_words(", ".join(sorted(ended, reverse=True)))


def _a_budget_without_a_journal(around: Surroundings) -> str:
    write_trusted('journal = false\n[[budgets]]\namount = "9 USD"\nperiod = "day"\n')
    came = around.generate(model=FAST)
    assert around.tasks == 0
    assert "needs a journal" in around.printed[-1].replace("\n", " ")
    return f"{came.replace('exit 2', '`JournalError`')}, nothing sent"


def _a_job_that_nobody_watched(around: Surroundings) -> str:
    stand_in = around.sandbox.stand_ins["modellix"]
    stand_in.faults = {Fault.NEVER_ENDING}
    around.generate(model=FAST, timeout=0)
    stand_in.faults = set()
    stand_in.pace = Pace(queued=0, running=0)  # so the first poll after an hour sees the end
    around.patch.setattr(SystemClock, "now", lambda _: datetime.now(UTC) + timedelta(hours=1))
    with Client() as client:
        (record,) = client.history.jobs()
    if around.caller == "command line":
        assert around.command("jobs", "wait", record.id) == "exit 0"
    elif around.caller == "blocking":
        assert around.client(lambda client: client.job(record.id).finish()) == "done"
    else:
        assert around.async_client(lambda client: client.job(record.id).finish()) == "done"
    with Client() as client:
        (group,) = latency_by(client.history.jobs())
    assert group.spreads["total"] is None
    assert group.spreads["generating"] is None
    assert (around.tasks, group.left_out, group.unwatched) == (1, 1, 1)
    return "the video; its times are left out"


def _a_request_id(around: Surroundings) -> str:
    stand_in = around.sandbox.stand_ins["modellix"]
    stand_in.faults = {Fault.CREATE_500}
    handle = stand_in.handle

    def with_id(call: Any) -> Any:
        reply = handle(call)
        key = call.headers.get("authorization", "")
        return replace(reply, headers={**reply.headers, "request-id": f"{REQUEST_ID} {key}"})

    around.patch.setattr(stand_in, "handle", with_id)
    came = around.generate(model=FAST)
    with Client() as client:
        (record,) = client.history.jobs()
    assert record.error is not None
    assert record.error.request_id == f"{REQUEST_ID} Bearer [key]"
    kind = type(record.error).__name__
    assert came in ("exit 4", f"`{kind}`")
    return f"`{kind}` with the id, without the key"


KINDS = (
    Kind(3, "a sandbox's prices, charges and times, then a quote", _a_sandboxs_figures),
    Kind(3, "one charge at a sandbox and two at the vendor", _charges),
    Kind(3, "a list of prices that has no address", _prices_without_an_address),
    Kind(20, "three jobs one after the other, a budget for two", _one_job_too_many),
    Kind(20, "two jobs at once, a budget for one", _two_at_once),
    Kind(20, "a budget, and no journal", _a_budget_without_a_journal),
    Kind(26, "a job that nobody watched for an hour", _a_job_that_nobody_watched),
    Kind(26, "a create fails by HTTP 500, with a request id", _a_request_id),
)
