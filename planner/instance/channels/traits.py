"""What a kind of channel says of itself beside its fields and its arithmetic.

Plans, views, studies and the loader read this; none of them tests on a class or on the name of a kind. No trait has
a default: a kind that leaves one out cannot be defined.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Billing:
    """Columns of FOCUS 1.2 (focus.finops.org) for charges of a kind.

    `pricing` is the PricingCategory: Standard is the rate of normal on-demand use, which list prices state;
    Dynamic changes with the market; Committed is paid by an agreement. `discount` is the CommitmentDiscountCategory,
    None where no discount is given for a commitment. `reservation`: whether capacity is reserved.
    """

    pricing: Literal["Standard", "Dynamic", "Committed"]
    discount: Literal["Usage", "Spend"] | None
    reservation: bool


@dataclass(frozen=True, kw_only=True)
class Traits:
    """A kind of channel, to those who do not compute with it."""

    cost_term: str
    """Line of the cost breakdown that its price goes to."""
    committed: bool
    """Signed before the scenario is known, paid whether used or not, and what is idle may be lent. Else nodes are
    hired by the period and given back at its end, and every offer lasts one period."""
    fixed_length: bool
    """Whether an offer lasts for a length of its own, which ends within the horizon, and may begin again."""
    owned: bool
    """Whether the nodes are one's own."""
    verb: str
    """What a report tells to do with its nodes: "buy"."""
    prices: tuple[str, ...]
    """Fields that state what is paid to hold a node: all of them 0 is refused without `free: true`."""
    book_term: str | None
    """Term of the price book's line that states its price; None where the instance must name one."""
    draws_on: str | None
    """Field that names the spend commitment which pays for its nodes at their hourly price; None: paid directly."""
    billing: Billing
    """Its columns in exports of FOCUS."""

    @property
    def to_be_signed(self) -> bool:
        """Whether holding its nodes takes a signature: of what is committed all but what one has already."""
        return self.committed and bool(self.prices)
