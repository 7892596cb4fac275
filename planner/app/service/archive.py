"""An instance with its series out of a ZIP archive that a client sends: read within bounds, never onto a disk.

Everything that an archive says of itself is doubted: sizes are counted while they are read, and names that lead
elsewhere, links and anything but plain files are refused, with the whole archive.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from planner.app.service.questions import FILE_NAME, MAX_INSTANCE, MOST_SERIES
from planner.core.errors import Fault, InstanceError, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_ENTRIES = 200
MOST_BYTES = 3_500_000
"""Of all files together, unpacked: what the service takes in one question, with room for quoting."""
MOST_FAULTS = 20
_INSTANCES, _SERIES = (".yaml", ".yml"), ".csv"
_OF_SYSTEMS = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError),
    *(NotImplementedError, RuntimeError, ValueError, OSError, OverflowError),
)


def instance_in_archive(content: bytes) -> dict[str, Any]:
    """Text of the one instance, texts of the CSV files by the paths it names them by, and the files left out.

    Raises InstanceError with every fault.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = _entries(archive)
            instance = _the_instance(entries)
            return _taken(archive, entries, instance)
    except _BROKEN as error:
        raise InstanceError([Fault(f"is no sound ZIP archive: {shortened(str(error))}")]) from None


def _entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files, those of operating systems left out. Raises InstanceError with all that may not be in an archive."""
    every = archive.infolist()
    if len(every) > MOST_ENTRIES:
        raise InstanceError([Fault(f"has {len(every):,} entries, {MOST_ENTRIES} at most")])
    faults = [
        Fault(message, file=shortened(entry.orig_filename)) for entry in every for message in _wrong(entry)
    ]
    names = [entry.filename for entry in every]
    faults += [
        Fault("is in the archive twice", file=name) for name in sorted({*names}) if names.count(name) > 1
    ]
    if sum(entry.file_size for entry in every) > MOST_BYTES:
        faults.append(_too_large())
    if faults:
        raise InstanceError(faults[:MOST_FAULTS])
    parts = {entry.filename: PurePosixPath(entry.filename).parts for entry in every}
    return [entry for entry in every if not entry.is_dir() and not {*_OF_SYSTEMS} & {*parts[entry.filename]}]


def _wrong(entry: zipfile.ZipInfo) -> Iterator[str]:
    """What an entry may not be, whatever it is for."""
    name = entry.orig_filename
    if name.startswith("/") or re.search(r"[\\:\x00-\x1f]", name) or ".." in PurePosixPath(name).parts:
        yield "is a name that could lead out of the archive"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield "is a link or a device: only plain files are read"
    if entry.flag_bits & _ENCRYPTED:
        yield "is encrypted"
    if entry.compress_type not in _METHODS:
        yield "is packed in another way than ZIP's usual one (deflate)"


def _the_instance(entries: list[zipfile.ZipInfo]) -> zipfile.ZipInfo:
    """The only YAML file. Raises InstanceError where there is none, or several."""
    found = [entry for entry in entries if entry.filename.lower().endswith(_INSTANCES)]
    if len(found) != 1:
        names = ", ".join(shortened(entry.filename) for entry in found[:5])
        said = f"holds {len(found)} YAML files ({names})" if found else "holds no YAML file"
        raise InstanceError([Fault(f"{said}: pack one instance, with the CSV files that it names")])
    return found[0]


def _taken(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], instance: zipfile.ZipInfo
) -> dict[str, Any]:
    home = PurePosixPath(instance.filename).parent
    series, left_out, faults = {}, [], []
    for entry in entries:
        path = PurePosixPath(entry.filename)
        if entry is instance:
            continue
        if path.suffix.lower() != _SERIES or not path.is_relative_to(home):
            left_out.append(entry.filename)
        elif not re.fullmatch(FILE_NAME, name := str(path.relative_to(home))):
            advice = "name it in letters, digits, _ and - of ASCII, in folders of such names, ending in .csv"
            faults.append(Fault(f"cannot go by this name here: {advice}", file=shortened(entry.filename)))
        else:
            series[name] = entry
    if len(series) > MOST_SERIES:
        faults.append(Fault(f"holds {len(series)} CSV files, {MOST_SERIES} at most"))
    if faults:
        raise InstanceError(faults[:MOST_FAULTS])
    texts = _texts(archive, {"": instance, **series})
    return {"instance": texts.pop(""), "series": texts, "left_out": left_out}


def _texts(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]) -> dict[str, str]:
    """Texts of files by name. Raises InstanceError with all that are none, or at once when there is too much of it."""
    texts, faults, left = {}, [], MOST_BYTES
    for name, entry in entries.items():
        with archive.open(entry) as stream:
            content = stream.read(left + 1)
        left -= len(content)
        if left < 0:
            raise InstanceError([_too_large()])
        try:
            texts[name] = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            faults.append(Fault("is not UTF-8 text: save it as UTF-8", file=entry.filename, line=line))
        else:
            if not name and len(texts[name]) > MAX_INSTANCE:
                faults.append(Fault(f"has more than {MAX_INSTANCE:,} characters", file=entry.filename))
    if faults:
        raise InstanceError(faults)
    return texts


def _too_large() -> Fault:
    return Fault(f"holds more than {MOST_BYTES:,} bytes when it is unpacked: planner solve takes larger ones")
