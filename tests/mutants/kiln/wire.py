"""What Kiln's adapter reads of an answer to a poll."""

from __future__ import annotations

from polyreel.adapters import Amount, Answer, Moment, Percent, Pixels, Text


class Video(Answer):
    """`data.video` of a poll."""

    url: str | None = None
    width: Pixels | None = None
    height: Pixels | None = None


class Task(Answer):
    """`data` of a poll."""

    state: str
    video_id: Text | None = None
    percent: Percent | None = None
    video: Video | None = None
    last_frame_url: str | None = None
    reason: Text | None = None
    reason_code: Text | None = None
    sparks: Amount | None = None
    kept_until: Moment | None = None
