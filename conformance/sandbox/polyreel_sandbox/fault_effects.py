"""The effects of faults: the reply that a stand-in gives instead of its usual one."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from .exchange import Reply
from .faults import Fault

HUGE_BYTES = 16 * 2**20 + 1
"""More bytes than any answer of an API has."""

RETRY_AFTER_SECONDS = 33
"""The `Retry-After` of the poll that is refused by HTTP 429."""

LATE_DOWNLOADS = 3
"""The downloads of each video that come too early for its server."""

REFUSED_BY: Mapping[Fault, int] = {
    Fault.CREATE_400: 400,
    Fault.CREATE_401: 401,
    Fault.CREATE_402: 402,
    Fault.CREATE_403: 403,
    Fault.CREATE_404: 404,
    Fault.CREATE_413: 413,
    Fault.CREATE_422: 422,
    Fault.CREATE_429: 429,
}
"""The faults that refuse a create, and the HTTP status of each."""

FIXED_URLS: Mapping[Fault, str] = {
    Fault.FILE_URL: "file:///videos/video.mp4",
    Fault.RELATIVE_URL: "video.mp4",
    Fault.HOST_URL: "//elsewhere.invalid/video.mp4",
}
"""The faults by which a video has an address that can't be used, and the address."""

Faults = Collection[Fault]
IdPath = tuple[str, ...]


def answer_to_create(
    answer: Mapping[str, Any], id_path: IdPath, faults: Faults, status: int = 200
) -> Reply:
    """Return the answer to a create that made its task, changed by the faults.

    Args:
        answer: The vendor's usual answer.
        id_path: The path to the task id in it.
        faults: The faults.
        status: The HTTP status without a fault.
    """
    for fault, apply_fault in _CREATES.items():
        if fault in faults:
            return apply_fault(answer, id_path)
    return Reply.of(answer, status)


def answer_to_poll(polls: int, faults: Faults, too_many: Callable[[], Reply]) -> Reply | None:
    """Return the answer to a poll that the faults replace, or None.

    Args:
        polls: How many polls of this task there were, including this one.
        faults: The faults.
        too_many: Returns the vendor's refusal for too many requests.
    """
    if Fault.FIVE_BAD_POLLS in faults and polls <= 5:
        return Reply.page(502)
    if polls > 1:
        return None
    if Fault.BAD_POLL in faults:
        return Reply.page(502)
    if Fault.POLL_DROPPED in faults:
        return Reply(connection_fault="dropped")
    if Fault.POLL_NOT_JSON in faults:
        return Reply.page(200)
    if Fault.POLL_429 in faults:
        return replace(too_many(), headers={"retry-after": str(RETRY_AFTER_SECONDS)})
    return None


def answer_to_download(whole: Reply, asked: Reply, downloads: int, faults: Faults) -> Reply:
    """Return the answer to a download, changed by the faults.

    Args:
        whole: The answer that gives the whole video.
        asked: The usual answer to the request, which may be a part.
        downloads: How many downloads of this video there were, including this one.
        faults: The faults.
    """
    if (other := _less_than_a_video(whole, downloads, faults)) is not None:
        return other
    for fault, status in _VIDEO_ANSWERS.items():
        if fault in faults:
            return Reply.page(status)
    if Fault.EMPTY_VIDEO in faults:
        return Reply(content_type=whole.content_type)
    is_first = downloads == 1
    if is_first and Fault.VIDEO_500 in faults:
        return Reply.page(500)
    if is_first and Fault.VIDEO_410_ONCE in faults:
        return Reply.page(410)
    if Fault.VIDEO_LATE in faults and downloads <= LATE_DOWNLOADS:
        return Reply.page(404)
    return _cut(whole, asked, is_first, faults)


def _cut(whole: Reply, asked: Reply, is_first: bool, faults: Faults) -> Reply:
    """Return the answer to a download, cut where a fault cuts it."""
    middle, tenth = len(whole.body) // 2, max(1, len(whole.body) // 10)
    if is_first and (Fault.CUT_DOWNLOAD in faults or Fault.OTHER_PART in faults):
        return replace(asked, connection_fault="cut", sent=middle)
    if Fault.OTHER_PART in faults and asked.status == 206:
        headers = {**asked.headers, "etag": '"another-file"'}
        return replace(asked, body=bytes(len(asked.body)), headers=headers)
    if Fault.CUT_OFTEN in faults and len(asked.body) > tenth:
        return replace(asked, connection_fault="cut", sent=tenth)
    if Fault.CUT_WITHOUT_RANGES in faults:
        plain = replace(whole, headers={})
        return replace(plain, connection_fault="cut", sent=middle) if is_first else plain
    if Fault.CUT_ALWAYS in faults and asked.status != 416:
        return replace(asked, connection_fault="cut", sent=max(0, middle - _first_byte(asked)))
    return asked


def _less_than_a_video(whole: Reply, downloads: int, faults: Faults) -> Reply | None:
    """Return a complete answer that has less than the video, where a fault gives one."""
    half = replace(whole, body=whole.body[: len(whole.body) // 2])
    if Fault.HALF_VIDEO in faults or (downloads == 1 and Fault.HALF_VIDEO_ONCE in faults):
        return half
    if downloads == 1 and Fault.HALF_WITHOUT_LENGTH in faults:
        return replace(half, says_length=False)
    if Fault.SOUND_ONLY in faults:
        return replace(whole, body=whole.body.replace(b"vide", b"soun"))
    return None


def without_video(value: Any, urls: Collection[str]) -> Any:
    """Return an answer without the videos' URLs, and without the list entries that have one."""
    if isinstance(value, Mapping):
        rest = {name: each for name, each in value.items() if not _is_one_of(each, urls)}
        return {name: without_video(each, urls) for name, each in rest.items()}
    if isinstance(value, list):
        return [without_video(each, urls) for each in value if not _contains(each, urls)]
    return value


def _first_byte(reply: Reply) -> int:
    """Return the position in the file at which a reply begins."""
    said = reply.headers.get("content-range", "bytes 0-")
    return int(said.removeprefix("bytes ").partition("-")[0])


def _contains(value: Any, urls: Collection[str]) -> bool:
    inside = value.values() if isinstance(value, Mapping) else (value,)
    return any(_is_one_of(each, urls) for each in inside)


def _is_one_of(value: Any, urls: Collection[str]) -> bool:
    return isinstance(value, str) and value in urls


def _without_id(answer: Mapping[str, Any], path: IdPath) -> Mapping[str, Any]:
    first, *rest = path
    if not rest:
        return {name: value for name, value in answer.items() if name != first}
    return {**answer, first: _without_id(answer[first], tuple(rest))}


def _with_number(answer: Mapping[str, Any], path: IdPath) -> Mapping[str, Any]:
    first, *rest = path
    value = int(answer[first]) if not rest else _with_number(answer[first], tuple(rest))
    return {**answer, first: value}


def _renamed(answer: Mapping[str, Any], path: IdPath) -> Mapping[str, Any]:
    """Return the answer with the id under another name, which also means a task's id."""
    first, *rest = path
    if rest:
        return {**answer, first: _renamed(answer[first], tuple(rest))}
    others = {name: value for name, value in answer.items() if name != first}
    return {**others, "task_id" if first == "id" else "id": answer[first]}


def _only_id(answer: Mapping[str, Any], path: IdPath) -> Mapping[str, Any]:
    first, *rest = path
    return {first: _only_id(answer[first], tuple(rest)) if rest else answer[first]}


def refusal_with_id(refusal: Reply, answer: Mapping[str, Any], path: IdPath) -> Reply:
    """Return a vendor's refusal with the id of the task in its documented place."""
    try:
        body = dict(json.loads(refusal.body))
    except ValueError:  # a page
        body = {}
    return Reply.of({**body, **_only_id(answer, path)}, refusal.status)


def _with_null(answer: Mapping[str, Any], path: IdPath) -> Mapping[str, Any] | None:
    """Return the answer with null in place of the object that has the id."""
    first, *rest = path
    return {**answer, first: _with_null(answer[first], tuple(rest))} if rest else None


def _reset_halfway(answer: Mapping[str, Any], _path: IdPath) -> Reply:
    whole = Reply.of(answer)
    return replace(whole, connection_fault="reset", sent=len(whole.body) // 2)


def _huge(answer: Mapping[str, Any], _path: IdPath) -> Reply:
    # White space after JSON is valid, so only the size is wrong.
    return Reply(body=json.dumps(answer).encode().ljust(HUGE_BYTES))


_CREATES: Mapping[Fault, Callable[[Mapping[str, Any], IdPath], Reply]] = {
    Fault.ACCEPTED_THEN_DROPPED: lambda answer, path: Reply(connection_fault="dropped"),
    Fault.RESET_ANSWER: _reset_halfway,
    Fault.CREATE_HANGS: lambda answer, path: Reply(connection_fault="hangs"),
    Fault.CREATE_408: lambda answer, path: Reply.page(408),
    Fault.CREATE_500: lambda answer, path: Reply.page(500),
    Fault.CREATE_502: lambda answer, path: Reply.page(502),
    Fault.CREATE_503: lambda answer, path: Reply.page(503),
    Fault.NOT_JSON: lambda answer, path: Reply.page(200),
    Fault.MISSING_ID: lambda answer, path: Reply.of(_without_id(answer, path)),
    Fault.NUMERIC_ID: lambda answer, path: Reply.of(_with_number(answer, path)),
    Fault.ID_ELSEWHERE: lambda answer, path: Reply.of(_renamed(answer, path)),
    Fault.NULL_DATA: lambda answer, path: Reply.of(_with_null(answer, path)),
    Fault.JSON_LIST: lambda answer, path: Reply.of([answer]),
    Fault.HUGE_ANSWER: _huge,
}
_VIDEO_ANSWERS: Mapping[Fault, int] = {
    Fault.VIDEO_403: 403,
    Fault.EXPIRED_RESULT: 404,
    Fault.VIDEO_410: 410,
    Fault.VIDEO_IS_PAGE: 200,
}
