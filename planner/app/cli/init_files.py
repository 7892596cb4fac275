"""What `planner init` writes: a first instance with its series, or a copy of a shipped one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from planner.core.errors import Fault
    from planner.loader.beginning.begin import FirstInstance
    from planner.loader.beginning.compose import Service
    from planner.loader.beginning.measured import LoadTest

YAML_SUFFIXES = (".yaml", ".yml")
_OPTIONS = {
    "ttft_ms": "--ttft-ms",
    "tpot_ms": "--tpot-ms",
    "sla.availability": "--availability",
    "lengths.input_tokens": "--input-tokens",
    "lengths.output_tokens": "--output-tokens",
    ".demand": "--requests-per-s",
    "price": "--price",
}
"""Where in the instance the values of options stand."""


def made_first(service: Service, tested: LoadTest | None) -> FirstInstance:
    """The instance, read back, with replicas of the size that suits each hardware.

    Raises InstanceError with every option that does not fit, or where no hardware serves.
    """
    from planner.core.errors import InstanceError
    from planner.loader.beginning.begin import first_instance

    try:
        return first_instance(service, tested)
    except InstanceError as error:
        raise InstanceError(_by_option(error.faults)) from None


def write_first(made: FirstInstance, out: Path, remarks: Sequence[str]) -> None:
    """Write the instance with its series, and say `remarks` with what it remarks."""
    from planner.app.cli.common import messages
    from planner.core.atomic import write_text

    for remark in [*remarks, *made.remarks]:
        messages().print(remark, markup=False)
    for name, content in made.files.items():
        write_text(out.with_name(name), content)
    write_text(out, made.text)
    messages().print(
        f"wrote {', '.join([str(out), *made.files])}; {made.assumptions} assumptions are marked in it"
    )
    messages().print(f"next: planner solve {out}")


def _by_option(faults: Sequence[Fault]) -> list[Fault]:
    """The first fault of each option that made the instance unusable; others as they are."""
    found: dict[str, Fault] = {}
    for place, fault in enumerate(faults):
        option = _option_of(fault)
        if option == fault.path:
            found[str(place)] = fault
        else:
            found.setdefault(option, replace(fault, path=option, file="", line=None, column=None))
    return list(found.values())


def _option_of(fault: Fault) -> str:
    """The option that a value of the instance comes from; its path where it comes from none."""
    return next((option for key, option in _OPTIONS.items() if key in fault.path), fault.path)


def refuse_existing(files: Sequence[Path], force: bool) -> None:
    """Raise InstanceError with every file that is there already, and is not to be written over."""
    from planner.core.errors import Fault, InstanceError

    there = [file for file in files if file.exists() and not force]
    if there:
        raise InstanceError(
            [Fault("is there already: --force writes over it", file=str(file)) for file in there]
        )


def copy_example(name: str, out: Path, force: bool) -> None:
    """Write a shipped instance with its series, into a folder or under the name of a file."""
    from planner.app.cli.common import messages
    from planner.core.atomic import write_bytes
    from planner.loader.beginning.example import files_of_example

    instance, *series = files_of_example(name).items()
    is_file = out.suffix in YAML_SUFFIXES
    file, folder = (out, out.parent) if is_file else (out / instance[0], out)
    contents = {file: instance[1], **{folder / path: content for path, content in series}}
    refuse_existing(list(contents), force)
    for path, content in contents.items():
        write_bytes(path, content)
    messages().print(f"wrote {', '.join(map(str, contents))}")
    messages().print(f"next: planner solve {file}")
