"""A ZIP archive of an instance and its series is read within bounds, and hostile ones are refused whole."""

from __future__ import annotations

import io
import random
import stat
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import yaml

from planner.app.service.archive import MOST_BYTES, MOST_ENTRIES, instance_in_archive
from planner.core.errors import InstanceError
from tests.examples import plain

if TYPE_CHECKING:
    from tests.app.service.server import Server

DEMAND = {"csv": "series/day.csv", "input_tokens_per_s": "in", "output_tokens_per_s": "out"}
INSTANCE = yaml.safe_dump(plain({"workloads.chat.demand": DEMAND, "name": "packed"}))
ROWS = "in,out\n1500,350\n900,150\n2500,500\n"
SOUND = {"ours/own.yaml": INSTANCE, "ours/series/day.csv": ROWS}


def archive(files: dict[str, str | bytes], **of_each: int) -> bytes:
    """Files as a ZIP archive; `of_each` are fields of every entry."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            for field, value in of_each.items():
                setattr(entry, field, value)
            packed.writestr(entry, content)
    return buffer.getvalue()


def test_series_go_by_the_paths_of_the_instance_wherever_it_lies() -> None:
    others = {
        "ours/README.md": "hello",
        "other.csv": "a\n1\n",
        "__MACOSX/ours/._own.yaml": b"\0\1",
        "ours/": "",
    }
    found = instance_in_archive(archive({**SOUND, **others}))
    assert found == {
        "instance": INSTANCE,
        "series": {"series/day.csv": ROWS},
        "left_out": ["ours/README.md", "other.csv"],
    }
    marked = archive({"own.yml": b"\xef\xbb\xbf" + INSTANCE.encode()})
    assert instance_in_archive(marked)["instance"] == INSTANCE


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {**SOUND, "../../etc/cron.d/x.csv": ROWS},
            r"\.\./\.\./etc/cron\.d/x\.csv: .*lead out of the archive",
        ),
        ({**SOUND, "/etc/x.csv": ROWS}, "/etc/x.csv: .*lead out"),
        ({**SOUND, "..\\x.csv": ROWS}, "lead out"),
        ({**SOUND, "C:x.csv": ROWS}, "lead out"),
        ({**SOUND, "ours/ä b.csv": ROWS}, "ours/ä b.csv: cannot go by this name here"),
        ({**SOUND, "ours/latin.csv": "ä\n1\n".encode("latin-1")}, "ours/latin.csv:1: is not UTF-8 text"),
        ({**SOUND, "second.yaml": INSTANCE}, r"holds 2 YAML files \(ours/own.yaml, second.yaml\)"),
        ({"ours/day.csv": ROWS}, "holds no YAML file"),
        ({"own.yaml": INSTANCE + "#" * 500_000}, "own.yaml: has more than 500,000 characters"),
        ({"own.yaml": INSTANCE, **{f"{n}.csv": ROWS for n in range(21)}}, "holds 21 CSV files, 20 at most"),
        ({f"{n}.txt": "" for n in range(MOST_ENTRIES + 1)}, "has 201 entries, 200 at most"),
    ],
)
def test_what_an_archive_may_not_hold_is_told_by_the_file(files: dict[str, str | bytes], words: str) -> None:
    with pytest.raises(InstanceError, match=words):
        instance_in_archive(archive(files))


def test_links_encrypted_files_and_files_that_come_twice_are_refused() -> None:
    link = archive({"own.yaml": INSTANCE, "x.csv": "/etc/passwd"}, external_attr=(stat.S_IFLNK | 0o777) << 16)
    with pytest.raises(InstanceError, match=r"x.csv: is a link or a device"):
        instance_in_archive(link)
    content = bytearray(archive({"own.yaml": INSTANCE}))
    content[content.rindex(b"PK\1\2") + 8] |= 1
    with pytest.raises(InstanceError, match=r"own.yaml: is encrypted"):
        instance_in_archive(bytes(content))
    twice = archive({"own.yaml": INSTANCE, "a.csv": ROWS, "b.csv": ROWS}).replace(b"b.csv", b"a.csv")
    with pytest.raises(InstanceError, match=r"a.csv: is in the archive twice"):
        instance_in_archive(twice)


def test_a_bomb_is_refused_whatever_it_says_of_its_size() -> None:
    bomb = archive({"own.yaml": INSTANCE, "x.csv": b"0" * (MOST_BYTES + 1)})
    assert len(bomb) < 10_000
    with pytest.raises(InstanceError, match=r"holds more than 3,500,000 bytes"):
        instance_in_archive(bomb)
    several = archive({"own.yaml": INSTANCE, **{f"{n}.csv": b"0" * (MOST_BYTES // 2) for n in range(2)}})
    with pytest.raises(InstanceError, match=r"holds more than 3,500,000 bytes"):
        instance_in_archive(several)
    size = (MOST_BYTES + 1).to_bytes(4, "little")
    with pytest.raises(InstanceError, match=r"is no sound ZIP archive"):
        instance_in_archive(bomb.replace(size, (9).to_bytes(4, "little")))


def test_broken_archives_are_told_as_such() -> None:
    sound, chance = archive(SOUND), random.Random(5)
    for content in (b"", b"PK", b"hello", sound[:-10], sound[20:]):
        with pytest.raises(InstanceError, match="is no sound ZIP archive"):
            instance_in_archive(content)
    for _ in range(300):
        flipped = bytearray(sound)
        for _ in range(3):
            flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
        with suppress(InstanceError):
            assert set(instance_in_archive(bytes(flipped))) == {"instance", "series", "left_out"}


def test_an_archive_is_unpacked_over_http_and_solved(server: Server) -> None:
    def sent(content: bytes, kind: str = "application/zip") -> tuple[int, str]:
        answer = server.client.post("/api/unpack", content=content, headers={"Content-Type": kind})
        return answer.status_code, answer.text

    found = server.client.post(
        "/api/unpack", content=archive(SOUND), headers={"Content-Type": "application/zip"}
    ).json()
    question = {"instance": found["instance"], "series": found["series"]}
    assert server.client.post("/api/validate", json=question).json()["name"] == "packed"
    status, text = sent(archive({**SOUND, "../x.csv": ROWS}))
    assert status == 422
    assert '"file":"../x.csv"' in text
    assert sent(archive(SOUND), "text/plain")[0] == 415
    assert sent(b"0" * 4_000_001)[0] == 413


def test_a_fault_names_the_file_that_was_sent(server: Server) -> None:
    wrong = {"series/day.csv": ROWS.replace("900", "many")}
    answer = server.client.post("/api/validate", json={"instance": INSTANCE, "series": wrong})
    assert answer.status_code == 422
    assert [(fault["file"], fault["line"]) for fault in answer.json()["faults"]] == [("series/day.csv", 3)]
    assert "/tmp" not in answer.text
