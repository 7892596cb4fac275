"""Options of verbs that read benchmark results: the files, and what they do not say themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from planner.app.cli.idle import GivenInput

TEST = GivenInput.LOAD_TEST.value
Accelerator = Annotated[
    str | None, typer.Option(help="Name of the accelerator in the catalog.", rich_help_panel=TEST)
]
Gpus = Annotated[int | None, typer.Option(min=1, help="GPUs of the replica.", rich_help_panel=TEST)]
TensorParallel = Annotated[
    int | None, typer.Option(min=1, help="GPUs of one attention replica.", rich_help_panel=TEST)
]
Model = Annotated[str | None, typer.Option(help="Name of the model in the catalog.")]
Engine = Annotated[
    str | None, typer.Option(help="Engine with its version, such as 'vllm 0.11.0'.", rich_help_panel=TEST)
]
RecipeName = Annotated[
    str | None, typer.Option(help="Precision that was served: a recipe of the catalog.", rich_help_panel=TEST)
]
CachedShare = Annotated[
    float | None, typer.Option(min=0, max=0.99, help="Share of the benchmark's prompts that was cached.")
]
MostFailed = Annotated[
    float, typer.Option(min=0, max=1, help="Largest share of a run's requests that may have failed.")
]
Results = Annotated[list[Path], typer.Argument(help="Results of one replica, one load or several in each.")]
