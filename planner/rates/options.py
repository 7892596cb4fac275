"""Options: every deployment on every hardware in every size, before it is rated."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from planner.instance import Role
from planner.rates.configurations import BY_DEFAULT, Configuration, configurations_of
from planner.rates.nodes import node_of
from planner.rates.parts_of_workloads import parts_kept_apart
from planner.rates.pass_names import name_for, name_over, name_with_batch, name_with_pass
from planner.rates.passes import launches_of
from planner.rates.places import has_places, keeps_time, place_of, reaches_of
from planner.rates.precision import within_score
from planner.rates.rates import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Deployment, Instance
    from planner.instance.channels import Node

UNNAMED_MODEL = "unnamed"


@dataclass(frozen=True)
class Option:
    """One unit before it is rated: its deployment, how it runs, the workloads it may serve, and its point.

    `pass_tokens` of one attention replica; None takes the fastest pass in time. `batch` is one of several limits on the
    requests by the GPU that waits decide between; None: there is no such limit.
    """

    unit: Unit
    deployment: Deployment
    workloads: tuple[str, ...]
    pass_tokens: int | None = None
    run: Configuration = BY_DEFAULT
    batch: int | None = None

    @property
    def name(self) -> str:
        """The name of the unit at this point."""
        return name_with_pass(name_with_batch(self.unit.name, self.batch), self.pass_tokens)


def expand(instance: Instance) -> list[Option]:
    """Every deployment on every hardware in every size, with a name of its own."""
    fleet = tuple(instance.fleet)
    options: list[Option] = []
    taken: set[str] = set()
    for deployment in instance.deployments:
        for hardware in deployment.on_hardware(fleet):
            node = node_of(instance, hardware)
            for model, workloads, some in _pools(instance, deployment):
                for gpus, listed in _sizes_and_runs(deployment, node):
                    run = within_score(instance, listed, hardware, model)
                    nodes = deployment.nodes or nodes_taken(gpus, node, deployment.exclusive)
                    name = deployment.name or _default_name(instance, hardware, deployment.role, gpus, model)
                    name = name_for(name + run.suffix, some)
                    number = _free_number(name, taken)
                    unit = Unit(
                        name=_numbered(name, number),
                        hardware=hardware,
                        role=deployment.role,
                        model=model,
                        gpus=gpus,
                        nodes=nodes,
                        start_usd=_start_usd(instance, deployment, nodes),
                        needs_domain=1 < nodes <= node.usable_nodes_per_domain,
                    )
                    options += [
                        Option(one, deployment, workloads, tokens, _limited(run, batch), batch)
                        for one in (unit, *_for_links(instance, unit, workloads))
                        for tokens, batch in launches_of(instance, deployment, workloads)
                    ]
    return options


def _limited(run: Configuration, batch: int | None) -> Configuration:
    """A way to run with so many requests by the GPU at most."""
    return run if batch is None else replace(run, requests_per_gpu=batch)


def _for_links(instance: Instance, unit: Unit, workloads: tuple[str, ...]) -> list[Unit]:
    """The unit again for each set of links whose time it may keep; none where none is timed, or it answers too."""
    timed = any(keeps_time(instance, workload) for workload in workloads)
    if unit.role is not Role.PREFILL or not timed or not has_places(instance):
        return []
    reaches = reaches_of(instance, place_of(instance, unit.hardware))
    return [replace(unit, name=name_over(unit.name, over), over=over) for over in reaches]


def _sizes_and_runs(deployment: Deployment, node: Node) -> list[tuple[int, Configuration]]:
    """Every size of a deployment in GPUs, and every way to run a unit of it."""
    sizes = deployment.sizes or ((deployment.nodes or 1) * node.gpus,)
    return [(gpus, run) for gpus in sizes for run in configurations_of(deployment, gpus)]


def nodes_taken(gpus: int, node: Node, exclusive: bool = False) -> float:
    """Nodes that a unit of so many GPUs takes: a part of one that it shares, or whole ones."""
    return gpus / node.gpus if gpus < node.gpus and not exclusive else -(-gpus // node.gpus)


def _free_number(name: str, taken: set[str]) -> int:
    """The first number that makes a name of its own; the name that it makes is taken from then on."""
    number = next(number for number in count(1) if _numbered(name, number) not in taken)
    taken.add(_numbered(name, number))
    return number


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}.{number}"


def _models(instance: Instance, deployment: Deployment) -> dict[str, tuple[str, ...]]:
    """Workloads of a deployment by served model: a unit has one model loaded."""
    by_model: dict[str, list[str]] = defaultdict(list)
    given = deployment.rate_tokens_per_s or deployment.rate_requests_per_s
    names = tuple(given) if given is not None else deployment.workloads or tuple(instance.workloads)
    if deployment.measured and len({instance.workloads[name].model for name in names}) > 1:
        return {UNNAMED_MODEL: names}
    for name in names:
        by_model[instance.workloads[name].model].append(name)
    return {model: tuple(names) for model, names in by_model.items()}


def _pools(
    instance: Instance, deployment: Deployment
) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Model, workloads, and the same again where these are a part of what the deployment serves of the model."""
    for model, workloads in _models(instance, deployment).items():
        yield model, workloads, ()
        for part in parts_kept_apart(instance, deployment, workloads):
            yield model, part, part


def _default_name(instance: Instance, hardware: str, role: Role, gpus: int, model: str) -> str:
    models = {workload.model for workload in instance.workloads.values()}
    suffix = f".{model}" if len(models) > 1 else ""
    return f"{hardware}.{role}.ep{gpus}{suffix}"


def _start_usd(instance: Instance, deployment: Deployment, nodes: float) -> float:
    if deployment.start_usd_per_unit is not None:
        return deployment.start_usd_per_unit
    return instance.start_up.usd_per_node * nodes
