"""The kinds of channel there are: one a file of `planner.instance.channels.kinds`, found by being there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field

from planner.core.errors import Fault, InstanceError
from planner.core.shipped_modules import modules_of
from planner.instance.channels import kinds
from planner.instance.channels.base import Channel

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

    from planner.instance.channels.traits import Traits


def kinds_in(modules: Iterable[ModuleType]) -> dict[str, type[Channel]]:
    """Classes of channels that modules define, by their kind. Raises TypeError where two have the same kind."""
    found: dict[str, type[Channel]] = {}
    for module in modules:
        for value in vars(module).values():
            own = isinstance(value, type) and value.__module__ == module.__name__
            if own and issubclass(value, Channel) and (kind := value.kind_name()) is not None:
                if kind in found:
                    raise TypeError(f"{value.__name__}: {found[kind].__name__} is of kind {kind!r} already")
                found[kind] = value
    return found


KINDS = kinds_in(modules_of(kinds.__name__).values())


def traits_of(kind: str) -> Traits:
    """What a kind of channel says of itself. Raises InstanceError where there is no such kind."""
    if kind not in KINDS:
        raise InstanceError([Fault(f"no kind of channel is called {kind!r}; there are {', '.join(KINDS)}")])
    return KINDS[kind].traits


class _OfAnyKind:
    """Reads a channel as the class of its `kind`, of those in `KINDS` when the schema is built."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        union = Union[tuple(KINDS.values())]  # type: ignore[valid-type]  # noqa: UP007  its members are known at run time
        return handler.generate_schema(Annotated[union, Field(discriminator="kind")])


AnyChannel = Annotated[Channel, _OfAnyKind()]
"""A channel of any kind, as a field of an instance."""
