"""What an amount in any currency is worth in that of the instance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.instance.money_keys import DOLLARS, readings


@dataclass(frozen=True)
class Exchange:
    """The currency of an instance, and the units of each known currency that a US dollar buys."""

    own: str
    per_usd: dict[str, float]

    @classmethod
    def of(cls, data: dict[str, Any]) -> Exchange:
        """Out of the data of an instance; entries that cannot be read are left to the validation."""
        own, given = data.get("currency", DOLLARS), data.get("exchange_rates")
        found = {str(code): rate.get("per_usd") for code, rate in _items(given) if isinstance(rate, dict)}
        rates = {
            code: float(rate)
            for code, rate in found.items()
            if isinstance(rate, int | float) and not isinstance(rate, bool) and 0 < rate < 1e300
        }
        return cls(own if isinstance(own, str) else DOLLARS, {**rates, DOLLARS: 1.0})

    def worth(self, code: str) -> float | None:
        """Money of the instance for one unit of a currency: 1 for its own; None where a rate is lacking."""
        if code == self.own:
            return 1.0
        if code not in self.per_usd or self.own not in self.per_usd:
            return None
        return self.per_usd[self.own] / self.per_usd[code]

    def between(self, key: str, other: str) -> float | None:
        """Money under another key that says the same, for one unit under a key; None where a rate is lacking."""
        codes = {dollars: code for code, dollars in readings(other)}
        for code, dollars in readings(key):
            if dollars in codes:
                worth, per = self.worth(code), self.worth(codes[dollars])
                return None if worth is None or per is None else worth / per
        return None

    def lacking(self, code: str) -> str:
        """What to give so that amounts in a currency can be exchanged."""
        lacking = [f"exchange_rates.{one}" for one in (code, self.own) if one not in self.per_usd]
        return f"is in {code}: give {' and '.join(lacking)} with per_usd and date"


def times(amount: Any, worth: float) -> Any:
    """An amount, or all amounts in a list or mapping; what is no amount is left to the validation."""
    if isinstance(amount, bool) or worth == 1.0:
        return amount
    if isinstance(amount, int | float):
        return _product(amount, worth)
    if isinstance(amount, list):
        return [times(item, worth) for item in amount]
    if isinstance(amount, dict):
        return {key: times(item, worth) for key, item in amount.items()}
    return amount


def _product(amount: float, worth: float) -> float:
    try:
        return amount * worth
    except OverflowError:
        return amount  # a whole number beyond all measure: the validation says so


def _items(given: Any) -> list[tuple[Any, Any]]:
    return list(given.items()) if isinstance(given, dict) else []
