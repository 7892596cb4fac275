"""A model's configuration file, key by key: what was asked for, what is missing or odd, what nobody looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.core.errors import Fault
    from planner.loader.strict_yaml import Document

_SHAPING = (  # words in keys that change what a model is; one that is set and was not read is a fault
    "attn",
    "chunk",
    "compress",
    "expert",
    "head",
    "hybrid",
    "index",
    "latent",
    "layer",
    "linear",
    "lora",
    "mamba",
    "moe",
    "share",
    "sliding",
    "sparse",
    "ssm",
)


class Config:
    """One mapping of a configuration file (itself, or its text model), with the keys read so far.

    Faults of every question asked are kept; an answer that could not be given is 0 or empty, so that the
    next question can be asked.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._read: set[str] = set()
        self.faults: list[Fault] = []
        data = document.data if isinstance(document.data, dict) else {}
        if document.data is not data:
            self.faults.append(document.fault((), "no mapping of keys to figures, as a config.json is"))
        nested = isinstance(data.get("text_config"), dict)
        self._path: tuple[str, ...] = ("text_config",) if nested else ()
        self._outside = data
        self._data: dict[str, Any] = data["text_config"] if nested else data

    @property
    def family(self) -> str:
        """The `model_type` of the text model."""
        return str(self._data.get("model_type") or self._outside.get("model_type") or "")

    def has(self, key: str) -> bool:
        """Whether a key is there and not null."""
        return self._data.get(key) is not None

    def fault(self, key: str, message: str) -> None:
        """Keep a fault of one key."""
        self.faults.append(self._document.fault((*self._path, key) if key else self._path, message))

    def count(self, *keys: str, default: int | None = None) -> int:
        """The whole number under the first of the keys that is there; without a default it must be there."""
        self._read.update(keys)
        for key in keys:
            value = self._data.get(key)
            if value is None:
                continue
            if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
                return value
            self.fault(key, f"must be a whole number, 0 or more, got {value!r}")
            return 0
        if default is None:
            self.fault(keys[0], f"is missing, and a {self.family} model cannot be sized without")
        return default or 0

    def flag(self, key: str, default: bool) -> bool:
        """A true or false, of the text model or else of the whole."""
        self._read.add(key)
        value = self._data.get(key, self._outside.get(key))
        if value is None:
            return default
        if not isinstance(value, bool):
            self.fault(key, f"must be true or false, got {value!r}")
        return bool(value)

    def words(self, *keys: str) -> list[str]:
        """A list of words under the first of the keys that is there, or a text taken letter by letter."""
        self._read.update(keys)
        for key in keys:
            value = self._data.get(key)
            if value is None:
                continue
            if isinstance(value, (list, str)):
                return [str(word) for word in value]
            self.fault(key, f"must be a list, got {value!r}")
        return []

    def part(self, key: str) -> dict[str, Any]:
        """A mapping inside, empty where there is none."""
        self._read.add(key)
        value = self._data.get(key)
        return value if isinstance(value, dict) else {}

    def word(self, key: str) -> str:
        """A text, empty where there is none."""
        self._read.add(key)
        return str(self._data.get(key) or "")

    def beside_the_point(self, *keys: str) -> None:
        """Keys that say nothing about sizes, whatever their names."""
        self._read.update(keys)

    def expect(self, key: str, *values: Any) -> None:
        """A key that, where it is there, must have one of the values: others change what a model is."""
        self._read.add(key)
        if self.has(key) and self._data[key] not in values:
            self.fault(key, f"{self._data[key]!r} is not understood in a {self.family} model")

    def every(self, key: str, word: str) -> None:
        """A list that, where it is there, must say the same of every layer."""
        odd = sorted(set(self.words(key)) - {word})
        if odd:
            self.fault(key, f"{', '.join(odd)} is not understood in a {self.family} model")

    def overlooked(self) -> None:
        """Keep a fault of each key that is set, sounds as if it changed the model, and was not read."""
        for key, value in self._data.items():
            shaping = any(word in str(key) for word in _SHAPING)
            if shaping and key not in self._read and value not in (None, False, 0, [], {}, ""):
                self.fault(str(key), f"is not understood in a {self.family} model")
