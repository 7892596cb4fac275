"""What the service answers, as types for its OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel


class Health(BaseModel):
    """The service is up; `degraded` where something keeps it from its work: a full disk, a worker that ended."""

    status: Literal["ok", "degraded"]
    version: str
    problems: list[str] = []


class Problem(BaseModel):
    """Why a request was refused."""

    detail: str
    faults: list[dict[str, Any]] = []


class Begun(BaseModel):
    """A first instance as text, with the texts of the files that it names, and what is to be known of it."""

    instance: str
    series: dict[str, str]
    remarks: list[str]


class Unpacked(BaseModel):
    """The instance of an archive as text, with its CSV files by the paths that it names, and names of other files."""

    instance: str
    series: dict[str, str]
    left_out: list[str]


class Validated(BaseModel):
    """A sound instance: its values with their origin, and the figures that can be turned."""

    name: str
    description: str
    periods: int
    workloads: list[str]
    hardware: list[str]
    values: list[dict[str, str]]
    knobs: list[dict[str, Any]]


class Rated(BaseModel):
    """Rates of every unit and work, and options left out with the reason."""

    rates: list[dict[str, Any]]
    rejected: list[dict[str, Any]]


class Job(BaseModel):
    """A job; times are seconds since the epoch."""

    id: str
    label: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    created: float
    started: float | None
    ended: float | None
    attempts: int
    error: str | None
    has_plan: bool
    cost: float | None
    """Cost of its plan; null while there is none, or where no plan exists."""


class Chart(BaseModel):
    """A chart: its title, and its legend and picture as markup made by the service itself."""

    title: str
    legend: str
    picture: str


class Figure(BaseModel):
    """A figure of a plan: as people write it, what it is in words, and as a number."""

    text: str
    words: str
    value: float


class Pictures(BaseModel):
    """A plan in words and as SVG, for the page."""

    decision: str
    proof: str
    verdict: tuple[str, str]
    cost: float | None
    currency: str
    charts: list[Chart]
    fleet: list[dict[str, Any]]
    figures: list[Figure]
    warnings: list[str]


class Compared(BaseModel):
    """What changes between two plans: sentences, and tables as rows."""

    text: str
    tables: dict[str, Any]


ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": description}
    for status, description in {
        400: "Not a request that can be read",
        401: "No bearer token, or a wrong one",
        403: "From another site",
        404: "No such thing",
        408: "Its body did not come in time",
        409: "Not in this state",
        413: "Body too large",
        422: "Not valid",
        429: "Too many",
        503: "The store of jobs cannot be written",
    }.items()
}
