"""Whether a video is whole: good and bad files of every container, cut and padded everywhere."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import pytest
from encoded_videos import FORMS, SOUND_ONLY, encoded
from hypothesis import given, settings
from hypothesis import strategies as st
from polyreel.containers import Verdict, Wholeness, whole_video
from polyreel.containers import reading as reading_module
from polyreel_sandbox.video import VideoCard, render_video
from tiny_videos import FTYP, box, children, fragmented, full, mp4

WHOLE, OPEN_ENDED = Wholeness.WHOLE, Wholeness.OPEN_ENDED
CUT, SOMETHING_ELSE = Wholeness.CUT, Wholeness.SOMETHING_ELSE

every_form = pytest.mark.parametrize("form", FORMS)

TINY: dict[str, bytes] = {
    "index first": mp4(),
    "index last": mp4(is_index_first=False),
    "with sound": mp4(kinds=(b"vide", b"soun")),
    "fragments and their length": fragmented(says_length=True),
    "fragments and a first index": fragmented(sidx=True),
    "fragments and a last index": fragmented(mfra=True),
}
every_tiny = pytest.mark.parametrize("name", TINY)


def found(data: bytes) -> Wholeness:
    return whole_video(data).wholeness


def boundaries(data: bytes) -> list[int]:
    """Return where the parts of an MP4 file end, without the file's own end."""
    return [end for _, _, end in children(data)][:-1]


# Whole files


@every_form
def test_a_video_is_whole(form: str) -> None:
    expected = WHOLE if FORMS[form].says_its_end else OPEN_ENDED
    assert found(encoded(form)) is expected


@every_tiny
def test_a_tiny_video_is_whole(name: str) -> None:
    assert whole_video(TINY[name]) == Verdict(WHOLE)


def test_a_stand_ins_video_is_whole(tmp_path: Path) -> None:
    card = VideoCard(
        provider="Toy", model="toy/video", width=64, height=36, seconds=1, frames_per_second=4,
        prompt="A kite", sound=True,
    )  # fmt: skip
    path = tmp_path / "video.mp4"
    path.write_bytes(render_video(card))
    assert whole_video(path) == whole_video(str(path), size=path.stat().st_size) == Verdict(WHOLE)
    with path.open("rb") as file:
        assert whole_video(file) == Verdict(WHOLE)


def test_a_video_of_an_unknown_brand_is_whole() -> None:
    assert found(TINY["index first"].replace(b"mp42", b"zzzz")) is WHOLE


def test_an_old_quicktime_file_has_no_brand() -> None:
    data = mp4(is_index_first=False)
    # The places in the index are from the file's start, so another box takes the brand's place.
    assert found(box(b"wide", bytes(16)) + data[len(FTYP) :]) is WHOLE


def test_a_video_with_sound_that_goes_on_after_its_frames_is_whole() -> None:
    data = mp4(kinds=(b"vide", b"soun"))
    place = data.rindex(full(b"stts", 1, 10, 100))
    longer = data[:place] + full(b"stts", 1, 10, 300) + data[place + 24 :]
    one, three = struct.pack(">2I", 1000, 1000), struct.pack(">2I", 1000, 3000)
    assert found(longer.replace(one, three, 1)) is WHOLE
    assert found(data.replace(one, three, 1)) is CUT, "the movie says three seconds"


# Cut files


@every_form
def test_no_part_of_a_video_is_whole(form: str) -> None:
    """Every byte near the ends and the boundaries, and a few hundred others."""
    data = encoded(form)
    ends = {*range(50), *range(len(data) - 50, len(data)), *range(0, len(data), len(data) // 400)}
    if FORMS[form].format in ("mp4", "mov"):
        ends |= {end + shift for end in boundaries(data) for shift in range(-9, 9)}
    whole = [end for end in ends if end < len(data) and found(data[:end]) is WHOLE]
    assert whole == []


@every_form
def test_every_sixteenth_of_a_video_is_cut(form: str) -> None:
    data = encoded(form)
    verdicts = [found(data[: len(data) * part // 16]) for part in range(1, 16)]
    assert verdicts == [CUT] * 15


@every_tiny
def test_no_part_of_a_tiny_video_is_whole(name: str) -> None:
    data = TINY[name]
    assert [end for end in range(len(data)) if found(data[:end]) is WHOLE] == []


@pytest.mark.parametrize("data", [fragmented(says_length=True), fragmented(sidx=True)])
def test_a_video_that_was_cut_between_fragments_is_cut(data: bytes) -> None:
    assert [found(data[:end]) for end in boundaries(data)] == [CUT] * len(boundaries(data))


def test_fragments_that_nothing_counts_are_open_ended_wherever_they_end() -> None:
    data = fragmented()
    ends = [end for name, _, end in children(data) if name == b"mdat"]
    assert [found(data[:end]) for end in ends] == [OPEN_ENDED] * len(ends)


def test_a_fragment_that_the_last_index_names_must_be_there() -> None:
    data = fragmented(mfra=True)
    moofs = [(start, end) for name, start, end in children(data) if name == b"moof"]
    start, end = moofs[1]
    assert whole_video(data[:start] + box(b"free", bytes(end - start - 8)) + data[end:]) == Verdict(
        CUT, "is cut: only 3 of 4 fragments are there"
    )


def test_samples_outside_of_an_open_ended_part_are_missing() -> None:
    data = TINY["index first"]
    media = data.index(b"mdat") - 4
    opened = data[:media] + bytes(4) + data[media + 4 :]
    assert found(opened) is OPEN_ENDED
    assert whole_video(opened[:-1]) == Verdict(CUT, "is cut: 1 bytes of its frames are missing")


def test_zeros_in_the_place_of_a_lost_part_are_not_that_part() -> None:
    data = TINY["index first"]
    media = data.index(b"mdat") - 4
    assert found(data[:media].ljust(len(data), b"\0")) is CUT


def test_places_before_all_samples_have_none() -> None:
    data = TINY["index last"]
    table = data.index(b"stco") + 12
    moved = data[:table] + struct.pack(">I", 8) + data[table + 4 :]
    assert whole_video(moved) == Verdict(CUT, "is cut: its index names a place that has no frames")


def test_half_of_the_announced_time_is_not_the_whole() -> None:
    data = TINY["index first"].replace(full(b"stts", 1, 10, 100), full(b"stts", 1, 5, 100))
    assert whole_video(data) == Verdict(CUT, "is cut: only 0.5 of 1.0 seconds are there")


def test_samples_without_a_place_are_missing() -> None:
    data = TINY["index first"].replace(full(b"stsc", 1, 1, 1, 1), full(b"stsc", 1, 5, 1, 1))
    assert whole_video(data) == Verdict(CUT, "is cut: its index has places for 6 of 10 samples")


def test_samples_in_another_file_are_not_in_this_one() -> None:
    data = TINY["index first"].replace(full(b"url ", flags=1), full(b"url ", flags=0))
    assert whole_video(data) == Verdict(CUT, "is cut: the file has no frames, another one has")


def test_sound_without_a_place_is_missing() -> None:
    data = TINY["with sound"]
    place = data.rindex(full(b"stsc", 1, 1, 1, 1))
    broken = data[:place] + full(b"stsc", 1, 5, 1, 1) + data[place + 28 :]
    assert whole_video(broken) == Verdict(CUT, "is cut: its index has places for 6 of 10 samples")


def test_frames_that_end_long_before_the_sound_of_fragments_are_open_ended() -> None:
    """Both a cut between the fragments of two tracks and a video with longer sound give this."""
    data = fragmented(says_length=True)
    _, start, end = children(data)[1]
    _, first, last = next(each for each in children(data, start + 8, end) if each[0] == b"trak")
    number = data.index(b"tkhd", first) + 4 + 12
    sound = data[first:number] + struct.pack(">I", 2) + data[number + 4 : last]
    sound = sound.replace(b"vide", b"soun")
    table = full(b"stts", 1, 20, 100)
    grown = sound.replace(full(b"stts", 0), table)
    for name in (b"trak", b"mdia", b"minf", b"stbl"):
        at = grown.index(name) - 4
        longer = int.from_bytes(grown[at : at + 4], "big") + len(grown) - len(sound)
        grown = grown[:at] + struct.pack(">I", longer) + grown[at + 4 :]
    size = struct.pack(">I", end - start + len(grown))
    both = data[:start] + size + data[start + 4 : last] + grown + data[last:]
    assert found(both) is WHOLE
    ends = [at for name, _, at in children(both) if name == b"mdat"]
    assert [found(both[:at]) for at in ends] == [OPEN_ENDED] * 3 + [WHOLE]


def test_an_index_without_samples_and_without_fragments_has_no_video() -> None:
    data = fragmented(says_length=True)
    assert found(data[: boundaries(data)[1]]) is CUT


def test_an_avi_whose_index_names_too_few_frames_is_cut() -> None:
    data = bytearray(encoded("AVI"))
    count = data.index(b"avih") + 8 + 16
    data[count : count + 4] = struct.pack("<I", 300)
    assert whole_video(bytes(data)) == Verdict(CUT, "is cut: only 30 of 300 frames are there")


def test_a_webm_that_ends_before_its_length_is_cut() -> None:
    data = bytearray(encoded("WebM"))
    length = data.index(b"\x44\x89\x88") + 3
    data[length : length + 8] = struct.pack(">d", 60_000.0)
    assert whole_video(bytes(data)) == Verdict(CUT, "is cut: only 3.0 of 60.0 seconds are there")


# Bytes after the end


@every_form
@pytest.mark.parametrize("more", [bytes(1), bytes(8), bytes(5000), b"garbage!" * 9], ids=len)
def test_bytes_after_a_video_make_it_open_ended(form: str, more: bytes) -> None:
    assert found(encoded(form) + more) is OPEN_ENDED


def test_two_videos_in_one_file_are_not_a_whole_video() -> None:
    assert found(TINY["index first"] * 2) is OPEN_ENDED


# Other files


@pytest.mark.parametrize("form", SOUND_ONLY)
def test_sound_alone_is_not_a_video(form: str) -> None:
    assert found(encoded(form)) is SOMETHING_ELSE


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>Please log in</body></html>", "an HTML page"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "an XML document"),
        (b'{"error": "expired"}', "JSON"),
        (b"AccessDenied", "text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "a PNG image"),
        (b"RIFF\x20\0\0\0WEBPVP8 " + bytes(40), "a WebP image"),
        (b"RIFF\x20\0\0\0WAVEfmt " + bytes(40), "a WAV audio"),
        (b"\0\0\0\x18ftypheic" + bytes(16), "a HEIF image"),
        (mp4(kinds=(b"soun",)), "an audio"),
        (mp4(kinds=(b"pict",)), "an image"),
        (mp4(kinds=(b"text",)), "without frames"),
        (bytes(40), "of no known format"),
    ],
)
def test_what_is_not_a_video_is_named(data: bytes, what: str) -> None:
    assert whole_video(data) == Verdict(SOMETHING_ELSE, f"is not a video: it is {what}")


@every_form
def test_forty_bytes_of_a_video_are_not_one(form: str) -> None:
    assert found(encoded(form)[:40]) in (CUT, SOMETHING_ELSE)


# Hostile files

HUGE = struct.pack(">IQ", 1, 2**63)
HOSTILE: dict[str, bytes] = {
    "a size of 2^63": FTYP + HUGE[:4] + b"mdat" + HUGE[4:],
    "a size of 2^64 - 1": FTYP + b"\0\0\0\1moov" + b"\xff" * 8,
    "a size of 0 inside": FTYP + box(b"moov", b"\0\0\0\0trak" * 1000),
    "a size of 1 without room": FTYP + b"\0\0\0\1moov",
    "a long size of 0": FTYP + b"\0\0\0\1moov" + bytes(8),
    "boxes in boxes": FTYP + b"\0\0\0\0moov\0\0\0\0trak\0\0\0\0mdia" * 5000,
    "2^32 samples": FTYP
    + box(
        b"moov",
        box(
            b"trak",
            box(
                b"mdia",
                full(b"hdlr", 0, more=b"vide"),
                box(
                    b"minf",
                    box(
                        b"stbl",
                        full(b"stts", 2**32 - 1, *[2**32 - 1] * 8),
                        full(b"stsz", 2**32 - 1, 2**32 - 1),
                        full(b"stsc", 2**32 - 1, *[2**32 - 1, 1, 1] * 300),
                        full(b"stco", 2**32 - 1, *[2**32 - 1] * 300),
                    ),
                ),
            ),
        ),
    ),
    "small runs of many chunks": FTYP
    + box(
        b"moov",
        box(
            b"trak",
            box(
                b"mdia",
                full(b"hdlr", 0, more=b"vide"),
                box(
                    b"minf",
                    box(
                        b"stbl",
                        full(b"stsz", 1, 2**32 - 1),
                        full(b"stsc", 20_000, *[1, 1, 1, 2**31, 1, 1] * 10_000),
                        full(b"stco", 20_000, *range(20_000)),
                    ),
                ),
            ),
        ),
    ),
    "an element of 2^56": b"\x1aE\xdf\xa3\x80\x18\x53\x80\x67\x01"
    + b"\xff" * 7
    + b"\x1f\x43\xb6\x75\x01"
    + b"\xfe" * 200,
    "an AVI of 4 GB": b"RIFF\xfe\xff\xff\xffAVI LIST\xfe\xff\xff\xffhdrl" * 100,
    "lists in lists": b"RIFF\xff\xff\xff\xffAVI " + b"LIST\xff\xff\xff\xffhdrl" * 1000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_not_whole(name: str) -> None:
    assert found(HOSTILE[name]) is not WHOLE


def test_the_number_of_steps_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module.Reader.__init__, "__defaults__", (1000,))
    many = FTYP + box(b"free") * 2000
    assert whole_video(many) == Verdict(OPEN_ENDED, "has too many parts to check")


class Counting(io.BytesIO):
    """A file that counts the bytes that are read from it."""

    most = total = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.total += len(data)
        self.most = max(self.most, len(data))
        return data


def test_the_frames_are_not_read() -> None:
    file = Counting(mp4(bytes(8 * 2**20)))
    assert whole_video(file).wholeness is WHOLE
    assert file.total < 10_000


STARTS: tuple[bytes, ...] = (
    FTYP, b"\0\0\0\0moov", b"\0\0\0\1mdat", b"\x1aE\xdf\xa3", b"RIFF\0\0\0\0AVI ", b"",
    *TINY.values(),
)  # fmt: skip


@settings(deadline=None)
@given(st.sampled_from(STARTS), st.binary(max_size=400))
def test_no_bytes_break_the_check(start: bytes, rest: bytes) -> None:
    assert isinstance(found(start + rest), Wholeness)


SOURCES: tuple[str | bytes, ...] = (
    *TINY.values(), "MP4 with sound", "fragmented MP4, old offsets", "fragmented MP4 for DASH",
    "WebM with sound", "WebM, live", "AVI with sound", "AVI to a pipe",
)  # fmt: skip


@settings(deadline=None)
@given(
    st.sampled_from(SOURCES),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), max_size=6),
)
def test_no_changed_byte_breaks_the_check(
    source: str | bytes, changes: list[tuple[float, bytes]]
) -> None:
    """Most changes are near the start and the end, where the indexes are."""
    data = bytearray(source if isinstance(source, bytes) else encoded(source))
    for share, content in changes:
        near = 3000 if share < 0.5 else -3000
        place: Any = int(share * 2 % 1 * near) % len(data)
        data[place : place + len(content)] = content
    assert isinstance(found(bytes(data)), Wholeness)
