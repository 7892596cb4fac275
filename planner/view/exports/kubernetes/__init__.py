"""A plan as what a cluster runs: manifests that are a pure function of the plan, one folder of them for each block.

`running` says what one unit is, `engines` how each serving engine is launched, `cron_windows` when how many run,
`workloads`, `scaling` and `queues` write the objects, `folder` puts them together. Every object names the row of the
plan it comes from (`planner/row`). Nothing is applied: the folder is for review and for `kubectl apply -k`.
"""

from planner.view.exports.kubernetes.folder import manifests

__all__ = ["manifests"]
