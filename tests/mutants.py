"""Mutants of instance files and their series: bytes, tokens and trees changed at random from a seed."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INSTANCES = Path(__file__).parents[1] / "instances"
SMALL = (
    "tiny",
    "peak",
    "appliance",
    "build_up",
    "day_night",
    "domestic_chips",
    "maas_provider",
    "mixed",
    "scenarios",
)

ODD_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2, 0.5, 1e-300, 1e300, -1e300, 10**400, 2**63, float("inf"), float("nan")),
    *(
        "",
        " ",
        "x",
        "0",
        "nan",
        "1e3",
        "²",
        "١٢",
        "\x1b[31mred",
        "\u202ertl",
        "a" * 3000,
        "a.b",
        "../../etc/passwd",
    ),
    *(
        "series/deepseek_day.csv",
        "/dev/zero",
        ".",
        "h800",
        "chat",
        "2025-01-01",
        "9999-12-31T23:00+00:00",
        1767225600,
    ),
    *(
        [],
        {},
        [[]],
        [None],
        [1, 2],
        [0] * 30,
        {"a": 1},
        {"p99": 2000},
        {"kind": "spot"},
        {"": {}},
        [{"role": "decode"}],
    ),
    *("0001-01-01T00:00+14:00", "on_demand", "purchase", "decode", "cyclic", "USD", "CNY", "deepseek-r1"),
)
ODD_TOKENS = (
    *(
        "",
        "~",
        "null",
        "0",
        "-1",
        "1e999",
        "-.inf",
        ".nan",
        "1" * 5000,
        "0x" + "f" * 50,
        "1_000",
        "!!set",
        "!x",
        "*a",
        "&a",
    ),
    *(
        "<<",
        "?",
        "|",
        ">",
        "'",
        '"',
        "[",
        "]",
        "{",
        "}",
        ": ",
        "- ",
        ",",
        "#",
        "%YAML 9.9",
        "---",
        "...",
        "@",
        "`",
        "\t",
    ),
    *(
        "\\x00",
        "\u2028",
        "\ufeff",
        "true",
        "yes",
        "12:30",
        "2025-01-01T00:00",
        "9999-12-31T23:59:59Z",
        "a" * 200_000,
    ),
)
ODD_FIELDS = (
    *(
        "",
        "nan",
        "inf",
        "-1",
        "1e308",
        "1e309",
        "N/A",
        "1,5",
        "1_0",
        "١",
        '"',
        '""',
        '"a\nb"',
        "x" * 140_000,
        "\x00",
        "#",
        ";",
    ),
    *(
        "2025-02-27T12:00+08:00",
        "2025-02-27T12:00",
        "9999-12-31T23:00Z",
        "0001-01-01",
        "24:00",
        "7",
        "1767225600",
        "ﬀ",
    ),
)
_JSON_TOKEN = re.compile(rb'"[^"]*"|-?[0-9][0-9.eE+-]*')
_TOKEN = re.compile(rb"[A-Za-z0-9_.+:-]+|[\[\]{},#]|\s+")


class Mutant(NamedTuple):
    """An instance file and the CSV files beside it, as they are to be written, and what was done."""

    name: str
    instance: bytes
    series: dict[str, bytes]
    done: str


def mutants(seed: int, count: int, names: tuple[str, ...] | None = None) -> Iterator[Mutant]:
    """So many mutants of the shipped instances (all of them, or those named), always the same for a seed."""
    draw = random.Random(seed)
    files = sorted(path for path in INSTANCES.rglob("*.yaml") if path.parent.name != "sweeps")
    files = [path for path in files if names is None or path.stem in names]
    texts = {path: path.read_bytes() for path in files}
    tables = {path.name: path.read_bytes() for path in sorted((INSTANCES / "series").glob("*.csv"))}
    trees = {path: yaml.safe_load(text) for path, text in texts.items()}
    for _ in range(count):
        path = draw.choice(files)
        named = sorted(set(re.findall(rb"series/([a-z0-9_]+\.csv)", texts[path])))
        kinds = ("byte", "token", "tree", "tree", *(("table",) if named else ()))
        kind, text, series = draw.choice(kinds), texts[path], {}
        if kind == "table":
            name = draw.choice(named).decode()
            series = {name: _several(draw, tables[name], (_byte, _line, _field, _field))}
        elif kind == "tree":
            text = _tree(draw, trees[path])
        else:
            text = _several(draw, text, (_byte,) if kind == "byte" else (_token,))
        yield Mutant(path.stem, text, series, kind)


def file_mutants(seed: int, count: int, files: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """So many mutants of files by name (CSV, JSON, JSON lines), each with the name of its file, the same for a seed."""
    draw = random.Random(seed)
    names = sorted(files)
    for _ in range(count):
        name = draw.choice(names)
        if name.endswith(".csv"):
            yield name, _several(draw, files[name], (_byte, _line, _field, _field, _field))
        else:
            ways = (_byte, _json_field, _json_tree, _json_tree, _json_tree)
            yield name, _several(draw, files[name], ways)


def _json_tree(draw: random.Random, text: bytes) -> bytes:
    """A document, or one of the lines, with odd values, keys or branches."""
    lines = text.split(b"\n")
    at = draw.randrange(len(lines)) if text.count(b"\n{") else 0
    whole = text if not text.count(b"\n{") else lines[at]
    try:
        data = json.loads(whole)
    except (ValueError, RecursionError):
        return text
    _branches(draw, data)
    made = json.dumps(data).encode("utf-8", "replace")
    return made if whole is text else b"\n".join([*lines[:at], made, *lines[at + 1 :]])


def _json_field(draw: random.Random, text: bytes) -> bytes:
    """A number or a text replaced by an odd one."""
    tokens = list(_JSON_TOKEN.finditer(text))
    if not tokens:
        return text
    old = draw.choice(tokens)
    odd = draw.choice(ODD_FIELDS)
    new = draw.choice((json.dumps(odd), odd, "1e999", "-0", "1" * 5000, "[]", "{}", "NaN", "null", "true"))
    return text[: old.start()] + new.encode() + text[old.end() :]


def _several(
    draw: random.Random, text: bytes, ways: tuple[Callable[[random.Random, bytes], bytes], ...]
) -> bytes:
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        text = draw.choice(ways)(draw, text)
    return text


def _byte(draw: random.Random, text: bytes) -> bytes:
    """One byte flipped, put in or taken out; a piece repeated, moved or lost; the end cut off."""
    at = draw.randrange(len(text) + 1)
    size = draw.choice((1, 1, 3, 20, 200))
    way = draw.randrange(6)
    if way == 0 and at < len(text):
        return text[:at] + bytes([text[at] ^ 1 << draw.randrange(8)]) + text[at + 1 :]
    if way == 1:
        return text[:at] + draw.randbytes(size) + text[at:]
    if way == 2:
        return text[:at] + text[at + size :]
    if way == 3:
        return text[:at] + text[at : at + size] * 2 + text[at + size :]
    if way == 4:
        return text[:at]
    other = draw.randrange(len(text) + 1)
    return text[:at] + text[other : other + size] + text[at:]


def _token(draw: random.Random, text: bytes) -> bytes:
    """A word, number or sign replaced by an odd one or by another of the file, repeated, or taken out."""
    tokens = list(_TOKEN.finditer(text))
    if not tokens:
        return text
    old, other = draw.choice(tokens), draw.choice(tokens)
    new = draw.choice((draw.choice(ODD_TOKENS).encode(), other.group(), b"", old.group() * 2))
    return text[: old.start()] + new + text[old.end() :]


def _line(draw: random.Random, text: bytes) -> bytes:
    """Lines of a table swapped, repeated, lost, or ended otherwise."""
    lines = text.splitlines(keepends=True)
    if not lines:
        return text
    at, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    way = draw.randrange(5)
    if way == 0:
        lines[at], lines[other] = lines[other], lines[at]
    elif way == 1:
        lines.insert(at, lines[other])
    elif way == 2:
        del lines[at : at + draw.choice((1, 1, 5))]
    elif way == 3:
        return text.replace(b"\n", draw.choice((b"\r", b"\r\n", b"\n\n", b";\n", b"\x0b")))
    else:
        return text.replace(b",", draw.choice((b";", b"\t", b",,", b", ")))
    return b"".join(lines)


def _field(draw: random.Random, text: bytes) -> bytes:
    """A field of a table replaced by an odd one, or by another field of its line."""
    lines = text.split(b"\n")
    places = [place for place, line in enumerate(lines) if b"," in line and not line.startswith(b"#")]
    if not places:
        return text
    at = draw.choice(places)
    fields = lines[at].split(b",")
    odd = draw.choice(ODD_FIELDS).encode()
    fields[draw.randrange(len(fields))] = draw.choice((odd, odd, draw.choice(fields)))
    lines[at] = b",".join(fields)
    return b"\n".join(lines)


def _tree(draw: random.Random, tree: Any) -> bytes:
    """The tree with values replaced by odd ones, keys dropped, renamed or put in, branches swapped or nested."""
    data = yaml.safe_load(yaml.safe_dump(tree))
    _branches(draw, data)
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False).encode("utf-8", "replace")


def _branches(draw: random.Random, data: Any) -> None:
    for _ in range(draw.choice((1, 1, 2, 3, 6))):
        holders = [holder for holder in _holders(data) if holder]
        if not holders:
            break
        _branch(draw, draw.choice(holders), draw.choice(holders))


def _branch(draw: random.Random, here: Any, there: Any) -> None:
    key = draw.choice(list(here)) if isinstance(here, dict) else draw.randrange(len(here))
    other = draw.choice(list(there)) if isinstance(there, dict) else draw.randrange(len(there))
    way = draw.randrange(7)
    if way <= 1:
        here[key] = _copied(draw.choice(ODD_VALUES))
    elif way == 2:
        del here[key]
    elif way == 3 and isinstance(here, dict):
        name = draw.choice(
            (f"{key}x", str(key)[:-1], str(key).replace("usd", "cny"), draw.choice(ODD_TOKENS[:20]), "name")
        )
        here[name] = here.pop(key)
    elif way == 4:
        here[key] = draw.choice(([_copied(here[key])], {str(key): _copied(here[key])}))
    elif way == 5:
        here[key] = _copied(there[other])
    elif isinstance(here[key], int | float) and not isinstance(here[key], bool) and abs(here[key]) < 1e300:
        here[key] = here[key] * draw.choice((-1, 0, 1e-6, 0.1, 10, 1000, 1e6))


def _holders(data: Any) -> Iterator[Any]:
    if isinstance(data, dict | list):
        yield data
        for value in data.values() if isinstance(data, dict) else data:
            yield from _holders(value)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value
