"""Keys of money. The format says `usd` in them; a file may say any other currency's code in its place.

Inside an instance every amount is money of its `currency`, whatever a key is called; outside (JSON, paths
of values), a key says the currency that its amount is in, so that an instance read again is exchanged no second
time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterator

DOLLARS = "USD"
_DOLLARS = re.compile(r"(?:^|(?<=_))usd(?=_|$)")
_CODE = re.compile(r"(?:^|(?<=_))[a-z]{3}(?=_|$)")
NO_AMOUNT = frozenset({"per_usd"})
"""Keys that speak of dollars and are no amount of money."""


def is_money(key: str) -> bool:
    """Whether a key of the format states an amount of money."""
    return key not in NO_AMOUNT and _DOLLARS.search(key) is not None


def key_in(key: str, currency: str) -> str:
    """The key of the format as it is written for amounts in a currency: `price_cny_per_node_hour`."""
    return _DOLLARS.sub(currency.lower(), key) if is_money(key) else key


def path_in(path: str, currency: str) -> str:
    """A dotted path whose last step is a key of the format, as it is written for amounts in a currency."""
    parents, dot, key = path.rpartition(".")
    return f"{parents}{dot}{key_in(key, currency)}"


def readings(key: str) -> Iterator[tuple[str, str]]:
    """Currency code and key of the format, for every three letters of a key that may be a currency."""
    for match in _CODE.finditer(key):
        yield match.group().upper(), f"{key[: match.start()]}usd{key[match.end() :]}"


def stated_in(record: BaseModel, data: dict[str, Any], currency: str) -> dict[str, Any]:
    """The plain data of a record with its keys of money written for amounts in a currency."""
    return {
        key_in(name, currency): _stated(getattr(record, name), value, currency)
        for name, value in data.items()
    }


def _stated(value: Any, data: Any, currency: str) -> Any:
    if isinstance(value, BaseModel) and isinstance(data, dict):
        return stated_in(value, data, currency)
    if isinstance(value, dict) and isinstance(data, dict):
        return {name: _stated(value.get(name), entry, currency) for name, entry in data.items()}
    if isinstance(value, tuple) and isinstance(data, list | tuple):
        return [_stated(one, entry, currency) for one, entry in zip(value, data, strict=True)]
    return data
