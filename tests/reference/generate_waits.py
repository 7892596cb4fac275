"""Work that may wait, beside units of several kinds that read and answer it: mostly in one proportion."""

from __future__ import annotations

from random import Random

from tests.reference.generate import Data, instance_of


def waiting_co_located_instance_of(seed: int) -> Data:
    """The instance of a seed, its work in tokens made to wait, with one or two more kinds of units that do both."""
    instance, draw = instance_of(seed), Random(seed)
    for name, workload in instance["workloads"].items():
        demand = workload["demand"]
        if not {"input_tokens_per_s", "output_tokens_per_s"} <= demand.keys():
            continue
        workload["deferral"] = {"deadline_hours": draw.choice([1.0, 2.0, 8.0])}
        if draw.random() < 0.75:
            prompts, each = demand["input_tokens_per_s"], draw.choice([0.1, 0.25, 0.5])
            answers = [each * one for one in prompts] if isinstance(prompts, list) else each * prompts
            demand |= {"cached_tokens_per_s": 0.0, "output_tokens_per_s": answers}
        hardware = draw.choice(list(instance["hardware"]))
        for number in range(draw.choice([1, 2])):
            rates = {
                "prefill": draw.choice([300.0, 900.0, 2000.0]),
                "decode": draw.choice([50.0, 200.0, 900.0]),
            }
            unit = {"name": f"{name}both{number}", "role": "colocated", "hardware": hardware}
            size = {"ep": instance["hardware"][hardware]["gpus_per_node"]}
            instance["deployments"].append(unit | size | {"rate_tokens_per_s": {name: rates}})
    return instance
