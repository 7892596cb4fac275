"""Files that appear whole: links keep leading where they led, pipes and devices stay what they are."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from planner.core.atomic import write_bytes, write_text
from planner.core.errors import InstanceError


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    for name in ("there.json", "gone.json"):
        link, target = tmp_path / f"link-{name}", tmp_path / name
        if name == "there.json":
            target.write_text("old")
        link.symlink_to(name)
        write_text(link, "new")
        assert (link.is_symlink(), target.read_text()) == (True, "new")
    assert sorted(path.name for path in tmp_path.iterdir() if not path.is_symlink()) == [
        "gone.json",
        "there.json",
    ]


def test_a_pipe_passes_on_what_is_written(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_bytes(pipe, b"hello")
        assert os.read(reading, 100) == b"hello"
    finally:
        os.close(reading)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_pipe_without_a_reader_is_an_error(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InstanceError, match=r"pipe: cannot write: No such device"):
        write_bytes(pipe, b"hello")


def test_a_device_stays_a_device() -> None:
    write_bytes(Path("/dev/null"), b"hello")
    with pytest.raises(InstanceError, match="No space left"):
        write_bytes(Path("/dev/full"), b"hello")
    assert all(stat.S_ISCHR(os.stat(device).st_mode) for device in ("/dev/null", "/dev/full"))


def test_a_folder_and_a_link_to_itself_are_errors(tmp_path: Path) -> None:
    (tmp_path / "round").symlink_to("round")
    for place in (tmp_path, tmp_path / "round"):
        with pytest.raises(InstanceError, match="cannot write"):
            write_bytes(place, b"hello")
