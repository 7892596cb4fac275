"""The file of a certificate: written by `solve`, judged by `check`."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.core.atomic import write_text
from planner.core.errors import Fault, InstanceError
from planner.plan.certificate import Certificate
from planner.plan.text import read_record

if TYPE_CHECKING:
    from pathlib import Path

    from planner.instance import Instance
    from planner.verify.certificate.prove import BoundVerdict


class CertificateFile:
    """Takes the certificate that a solve ends with, and writes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.certificate: Certificate | None = None

    def take(self, certificate: Certificate) -> None:
        """What the solve ended with."""
        self.certificate = certificate

    def write(self) -> Path:
        """The file that there is now. Raises InstanceError where nothing was proven, or it cannot be written."""
        if self.certificate is None:
            raise InstanceError([Fault("no certificate: nothing was proven", file=str(self.path))])
        write_text(self.path, json.dumps(self.certificate.to_dict(), allow_nan=False) + "\n")
        return self.path


def proof_of(path: Path, instance: Instance) -> BoundVerdict:
    """What a certificate proves. Raises InstanceError where it is none, or cannot be of this instance."""
    from planner.verify.certificate.prove import prove

    record = read_record(path, "the certificate")
    try:
        certificate = Certificate.from_dict(record)
    except InstanceError as error:
        raise InstanceError([replace(fault, file=str(path)) for fault in error.faults]) from None
    return prove(instance, certificate)
