"""The three load balancers of expert-parallel serving, and what they leave of the mean load.

Prefill balances attention work and tokens over data-parallel ranks, decode balances cache use and
requests, and the expert balancer replicates hot experts and places the replicas
(deepseek-ai/open-infra-index day 6; deepseek-ai/EPLB).
"""

from kernels.balance.expert_parallel import Placement, balance_experts, unbalanced
from kernels.balance.histogram import drifted, expert_load
from kernels.balance.ranks import balance_decode, balance_prefill, round_robin
from kernels.balance.unit import unit_balancedness

__all__ = [
    "Placement",
    "balance_decode",
    "balance_experts",
    "balance_prefill",
    "drifted",
    "expert_load",
    "round_robin",
    "unbalanced",
    "unit_balancedness",
]
