"""Random units of many sizes on nodes and racks, and the fewest nodes and racks that hold them."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

import planner
from tests.model.listing import program_for
from tests.packing.exact import fewest_containers

Data = dict[str, Any]


def question(seed: int) -> Data:
    """Units of one to four sizes, each with a workload of its own, on nodes or on racks sold as a whole."""
    draw = Random(seed)
    gpus, nodes = draw.choice([3, 4, 6, 8, 8, 10]), draw.choice([1, 1, 3, 4, 5, 6])
    usable = draw.randint(1, nodes)
    within = list(range(1, gpus)) + [gpus * count for count in range(1, usable + 1)]
    sizes = sorted(draw.sample(within, min(len(within), draw.randint(1, 4))), reverse=True)
    counts = {f"w{size}": draw.randint(1, 7) for size in sizes}
    racks = {} if nodes == 1 else {"sold_by": "domain"}
    return {
        "version": 1,
        "name": f"random_{seed}",
        "horizon": {"start": "2026-01-01T00:00+00:00", "periods": 1},
        "hardware": {
            "x": {"gpus_per_node": gpus, "nodes_per_domain": nodes, "usable_nodes_per_domain": usable}
        },
        "workloads": {name: {"demand": {"requests_per_s": float(count)}} for name, count in counts.items()},
        "deployments": [
            {"name": f"tp{size}", "role": "request", "ep": size, "rate_requests_per_s": {f"w{size}": 1.0}}
            for size in sizes
        ],
        "fleet": {"x": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.0} | racks}},
    }


def exact(data: Data) -> int:
    """The fewest nodes, of whole racks where those are sold, by an exact packer."""
    node, sold = data["hardware"]["x"], data["fleet"]["x"]["rent"]
    gpus, usable = node["gpus_per_node"], node["usable_nodes_per_domain"]
    wanted = [
        (one["ep"], int(data["workloads"][f"w{one['ep']}"]["demand"]["requests_per_s"]))
        for one in data["deployments"]
    ]
    small = tuple(sorted(((size, count) for size, count in wanted if size < gpus), reverse=True))
    alone = fewest_containers(gpus, small)
    if "sold_by" not in sold:
        return alone + sum(size // gpus * count for size, count in wanted if size >= gpus)
    blocks: dict[int, int] = {1: alone}
    for size, count in wanted:
        if size >= gpus:
            blocks[size // gpus] = blocks.get(size // gpus, 0) + count
    racks = fewest_containers(usable, tuple(sorted(blocks.items(), reverse=True)))
    return int(racks * node["nodes_per_domain"])


def planned(data: Data) -> float:
    """The optimum of the formulation, its program solved by `scipy.optimize.milp`."""
    program = program_for(planner.from_dict(data))
    found = milp(
        program.objective,
        integrality=program.integer.astype(int),
        bounds=Bounds(program.lower, program.upper),
        constraints=LinearConstraint(program.matrix, program.row_lower, program.row_upper),
        options={"mip_rel_gap": 0.0},
    )
    return float(found.fun) if found.success else np.inf
