"""The fleet of a rolled day: what was signed for the day, as the window that is left of it sees it.

Nodes held to the end stay so. What was signed for a fixed length becomes a contract over what is left of
it, which is held already and costs nothing more; no further one is signed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.core.errors import Fault, InstanceError
from planner.instance.channels.kinds.contract import Contract
from planner.model.signed import Signed, signed_of
from planner.study.commitments import first_stage_channels, limits_say_all

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.instance.channels import Channel
    from planner.model.signed import Offer, ScenarioRun
    from planner.plan.contents import Holding
    from planner.plan.plan import Plan


class DayCommitments:
    """What the plan of a day signs."""

    def __init__(self, instance: Instance, planned: Plan) -> None:
        """Raises InstanceError where spending is committed for a part of the day alone."""
        self._instance, self._planned = instance, planned
        self._by_limits = limits_say_all(instance)
        end = instance.periods - 1
        brief = [record.commitment for record in planned.committed if record.last < end]
        if brief:
            message = "a day is rolled with commitments to spend that last to its end"
            raise InstanceError([Fault(message, f"spend_commitments.{brief[0]}")])

    def day(self) -> tuple[Instance, Signed | None]:
        """The whole day with what is signed: as limits on channels, or beside the instance."""
        if self._by_limits:
            return self._held(), None
        return self._instance, signed_of(self._instance, self._planned)

    def window(self, rest: Instance, first: int) -> tuple[Instance, Signed | None]:
        """What is left of the day from period `first` on, given as an instance, with what is signed."""
        if self._by_limits:
            return rest.model_copy(update={"fleet": self._later(rest, first)}), None
        nodes: dict[Offer, int] = {}
        fleet = {
            hardware: {
                new: made
                for name, channel in channels.items()
                for new, made in self._left(hardware, name, channel, first, nodes).items()
            }
            for hardware, channels in rest.fleet.items()
        }
        usd: dict[ScenarioRun, float] = {}
        for record in self._planned.committed:
            span = record.commitment, (max(record.first - first, 0), record.last - first)
            usd[span] = usd.get(span, 0.0) + record.per_hour
        spending = {
            name: commitment.model_copy(update={"may_outlast_horizon": True})
            for name, commitment in rest.spend_commitments.items()
        }
        pools = signed_of(self._instance, self._planned).pools
        return rest.model_copy(update={"fleet": fleet, "spend_commitments": spending}), Signed(
            nodes, usd, pools
        )

    def _later(self, rest: Instance, first: int) -> dict[str, dict[str, Channel]]:
        """The channels as they are when the window begins."""
        hours = first * self._instance.horizon.period_hours
        return {
            hardware: {name: channel.later(hours) for name, channel in channels.items()}
            for hardware, channels in rest.fleet.items()
        }

    def _held(self) -> Instance:
        """The instance with every channel that is signed held at the nodes of the plan."""
        limits: dict[str, Any] = {}
        for channel in first_stage_channels(self._instance):
            held = self._planned.holdings
            count = sum(round(one.nodes) for one in held if f"{one.hardware}.{one.channel}" == channel)
            limits |= {f"fleet.{channel}.min_nodes": count, f"fleet.{channel}.max_nodes": count}
        return self._instance.override(limits)

    def _left(
        self, hardware: str, name: str, channel: Channel, first: int, nodes: dict[Offer, int]
    ) -> dict[str, Channel]:
        """A channel as the window has it, and the contracts that represent what is left of its own."""
        if not channel.traits.committed:
            return {name: channel.later(first * self._instance.horizon.period_hours)}
        own = [one for one in self._planned.holdings if (one.hardware, one.channel) == (hardware, name)]
        spans = _left_of(own, first)
        if not channel.traits.fixed_length:
            nodes.update({(hardware, name, span): count for span, count in spans.items()})
            return {name: channel.later(first * self._instance.horizon.period_hours)}
        left: dict[str, Channel] = {name: channel.model_copy(update={"min_nodes": 0})}
        for (begin, end), count in spans.items():
            part = f"{name}_from_{begin}_to_{end}"
            left[part] = Contract(
                kind="contract",
                hours=(end - begin + 1) * self._instance.horizon.period_hours,
                price_usd_per_node_hour=0.0,
                free=True,
                running_usd_per_node_hour=channel.running_usd_per_node_hour,
                site=channel.site,
                provider=channel.provider,
            )
            nodes[hardware, part, (begin, end)] = count
        return left


def _left_of(own: list[Holding], first: int) -> dict[tuple[int, int], int]:
    """Nodes over what is left of each span: of several that began before and end together, the sum."""
    spans: dict[tuple[int, int], int] = {}
    for one in own:
        if one.last >= first:
            span = max(one.first - first, 0), one.last - first
            spans[span] = spans.get(span, 0) + round(one.nodes)
    return spans
