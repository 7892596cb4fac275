"""Exchange rates of options, as an instance states them: EUR=0.92@2026-11-27 is what a US dollar buys, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from planner.core.csv_table import finite_number
from planner.core.errors import Fault, InstanceError
from planner.instance.exchange_rate import CurrencyCode, ExchangeRate
from planner.instance.money_keys import DOLLARS

if TYPE_CHECKING:
    from collections.abc import Iterable

OPTION = "--exchange-rate"
_CODES = TypeAdapter(CurrencyCode)


def exchange_rates_of(texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Rates by currency, as the key `exchange_rates` holds them. Raises InstanceError with all texts that are none."""
    rates: dict[str, dict[str, Any]] = {}
    faults: list[Fault] = []
    for text in texts:
        code, _, rest = text.partition("=")
        figure, _, day = rest.partition("@")
        said = {"per_usd": finite_number(figure), "date": day, "source": OPTION}
        try:
            _CODES.validate_python(code)
            ExchangeRate.model_validate(said)
        except ValidationError:
            words = "is no rate: write EUR=0.92@2026-11-27, what a US dollar buys and the day"
            faults.append(Fault(f"'{text}' {words}", OPTION))
            continue
        if code in {DOLLARS, *rates}:
            faults.append(
                Fault(f"'{text}' is said already: once for each currency, not of {DOLLARS}", OPTION)
            )
        rates[code] = said
    if faults:
        raise InstanceError(faults)
    return rates
