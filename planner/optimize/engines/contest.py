"""One program on one or more engine processes: share plans, join bounds, keep limits, and report the end."""

from __future__ import annotations

import itertools
import logging
import math
import queue
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.core.errors import EngineCrashed, PlannerError, SolverUnavailable
from planner.core.solution import PRECISION, Solution, Status
from planner.optimize.engines.engine_form import EngineForm
from planner.optimize.engines.judge import Judge
from planner.optimize.engines.protocol import (
    Claim,
    Event,
    Failure,
    Hint,
    Interrupt,
    Outcome,
    Progress,
    Task,
    Trouble,
)
from planner.optimize.engines.registry import is_exact, proofs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from planner.optimize.engines.process import EngineProcess, Inbox
    from planner.optimize.engines.program import LinearProgram
    from planner.optimize.engines.protocol import CancelToken, EngineOptions, Message, OutsideBound

_LOGGER = logging.getLogger(__name__)

_POLL_S = 0.05
# what an engine gets to wind up after its limit or an interrupt, before its process is ended
_GRACE_S = 2.0
# of the time limit, what engines get that have a witness: the rest is for what they leave open
_BEFORE_WITNESS = 0.7

_numbers = itertools.count(1)


class Contest:
    """One solve. After `run`, a process is either idle again or ended."""

    def __init__(
        self,
        program: LinearProgram,
        options: EngineOptions,
        processes: Mapping[EngineProcess, int],
        on_event: Callable[[Event], None] | None = None,
        cancel: CancelToken | None = None,
        witness: Callable[[], EngineProcess] | None = None,
        outside: OutsideBound | None = None,
    ) -> None:
        """`processes` says for each on how many threads it works.

        `witness` starts an engine for what the others leave open when they end before the limit. `outside` brings
        bounds from elsewhere.
        """
        self._options = options
        self._processes = dict(processes)
        self._on_event = on_event
        self._cancel = cancel
        proofs = {process.engine: proofs_of(process.engine) for process in processes}
        loosening = frozenset(name for name in proofs if not is_exact(name))
        self._judge = Judge(program, options.relative_gap, proofs, loosening)
        self._witness = witness
        self._outside = outside
        if outside is not None:
            self._judge.trust(outside.name, frozenset({Claim.OPTIMAL}))
        self._started = time.monotonic()
        limit = options.time_limit_s
        self._deadline = math.inf if limit is None else self._started + limit
        self._kill_at = self._deadline + _GRACE_S
        self._form = EngineForm(program)
        self._number = next(_numbers)
        self._inbox: Inbox = queue.SimpleQueue()
        self._running: set[EngineProcess] = set(processes)
        self._limit: str | None = None
        self._troubles: dict[Trouble, str] = {}
        self._outcome: Outcome | None = None

    def run(self) -> Solution:
        """Solve, and say honestly how far it came.

        Raises EngineCrashed when no engine survived and there is no plan, SolverUnavailable when none could
        take the program, PlannerError when the program has no lower limit on its cost.
        """
        self._hand_out()
        try:
            while self._running:
                self._step()
        except KeyboardInterrupt:
            self._wind_up("interrupt")
            while self._running:
                self._step()
        return self._solution()

    def _hand_out(self) -> None:
        hint = self._options.hint
        if hint is not None:
            self._judge.offer(hint, "the hint")  # whatever becomes of the engines, this plan is not lost
            hint = self._form.to_engine(hint)
        for process, threads in self._processes.items():
            self._hand_to(process, threads, hint)

    def _hand_to(self, process: EngineProcess, threads: int, hint: NDArray[np.float64] | None) -> None:
        process.inbox = self._inbox
        options = replace(self._options, hint=hint, threads=threads)
        deadline = self._deadline
        if self._witness is not None and math.isfinite(deadline):
            deadline = self._started + _BEFORE_WITNESS * (deadline - self._started)
        process.send(Task(self._number, self._form.program.raw(), options, deadline))

    def _call_witness(self) -> bool:
        """Give what is left open to the witness, where no other engine runs and no limit has come."""
        if self._witness is None or self._running or self._limit is not None:
            return False
        self._judge.settle()
        if self._judge.answered or time.monotonic() >= self._deadline:
            return False
        process, self._witness = self._witness(), None
        self._judge.trust(process.engine, proofs_of(process.engine))
        self._processes[process] = self._options.threads
        self._running.add(process)
        values = self._judge.values
        self._hand_to(
            process, self._options.threads, None if values is None else self._form.to_engine(values)
        )
        return True

    def _step(self) -> None:
        try:
            process, message = self._inbox.get(timeout=_POLL_S)
        except queue.Empty:
            self._watch()
            return
        if process in self._running:
            self._receive(process, message)
        self._watch()

    def _receive(self, process: EngineProcess, message: Message | None) -> None:
        if message is None:
            self._lose(process, Trouble.FAILED, process.epitaph())
        elif isinstance(message, Failure) and message.number in (0, self._number):
            self._lose(process, message.trouble, f"{process.engine}: {message.message}")
        elif isinstance(message, Progress) and message.number == self._number:
            self._advance(process, message)
        elif isinstance(message, Outcome) and message.number == self._number:
            self._running.discard(process)
            self._conclude(process, message)

    def _advance(self, process: EngineProcess, progress: Progress) -> None:
        values = progress.values
        accepted = values is not None and self._judge.offer(self._form.from_engine(values), process.engine)
        raised = self._judge.raise_bound(self._form.bound(progress.bound), process.engine)
        if accepted or raised:
            self._report(process, accepted)
        if accepted and self._judge.values is not None:
            hint = Hint(self._number, self._form.to_engine(self._judge.values))
            for other in self._running - {process}:
                other.send(hint)
        if self._judge.closed:
            self._stop_rest()

    def _conclude(self, process: EngineProcess, outcome: Outcome) -> None:
        before = (self._judge.cost, self._judge.bound)
        outcome = self._form.outcome(outcome)
        self._judge.receive(outcome, process.engine)
        if (self._judge.cost, self._judge.bound) != before:
            self._report(process, self._judge.cost < before[0])
        if self._outcome is None or outcome.row_duals is not None:
            self._outcome = outcome
        if outcome.limit == "time" and self._call_witness():
            return
        self._limit = self._limit or outcome.limit
        if not self._call_witness() and self._judge.decided:
            self._stop_rest()

    def _report(self, process: EngineProcess, accepted: bool) -> None:
        self._tell(process.engine, self._judge.values if accepted else None)

    def _tell(self, engine: str, values: NDArray[np.float64] | None) -> None:
        judge = self._judge
        _LOGGER.debug("%s: cost %g, bound %g", engine, judge.cost, judge.bound)
        if self._on_event is not None:
            seconds = time.monotonic() - self._started
            self._on_event(Event(seconds, engine, judge.cost, judge.bound, values))

    def _lose(self, process: EngineProcess, trouble: Trouble, message: str) -> None:
        _LOGGER.info("%s", message)
        self._troubles.setdefault(trouble, message)
        self._running.discard(process)
        if trouble is Trouble.REFUSED and self._call_witness():
            self._judge.remark(message)

    def _watch(self) -> None:
        now = time.monotonic()
        if self._cancel is not None and self._cancel.cancelled:
            self._wind_up("interrupt")
        if self._outside is not None and self._running:
            self._listen_outside(self._outside)
        if self._options.memory_limit_mb is not None:
            used = sum(process.memory_mb() for process in self._running)
            if used > self._options.memory_limit_mb:
                self._limit = "memory"
                self._end_running()
        if now > self._kill_at:
            self._limit = self._limit or "time"
            self._end_running()

    def _listen_outside(self, outside: OutsideBound) -> None:
        judge = self._judge
        if judge.raise_bound(outside.poll(judge.cost, judge.bound), outside.name):
            self._tell(outside.name, None)
            if judge.closed:
                self._stop_rest()

    def _wind_up(self, limit: str) -> None:
        """Ask the engines to end, once, and set the time after which they are ended."""
        if self._limit is None:
            self._limit = limit
            self._interrupt()

    def _stop_rest(self) -> None:
        """The verdict stands: a lone engine may finish in its own way, rivals are ended."""
        if len(self._processes) > 1:
            self._end_running()
        else:
            self._interrupt()

    def _interrupt(self) -> None:
        self._kill_at = min(self._kill_at, time.monotonic() + _GRACE_S)
        for process in self._running:
            process.send(Interrupt(self._number))

    def _end_running(self) -> None:
        for process in self._running:
            process.end()
        self._running.clear()

    def _solution(self) -> Solution:
        judge, outcome = self._judge, self._outcome
        judge.settle()
        if judge.unbounded:
            raise PlannerError("the cost has no lower limit: a column or a cost lacks its bound")
        status = judge.status
        limit = None if status in (Status.OPTIMAL, Status.INFEASIBLE) else self._ending()
        return Solution(
            status=status,
            values=judge.values,
            cost=judge.cost,
            bound=judge.bound,
            limit=limit,
            seconds=time.monotonic() - self._started,
            engine="+".join(process.engine for process in self._processes),
            engine_version="+".join(process.version for process in self._processes),
            threads=self._options.threads,
            seed=self._options.seed,
            row_duals=outcome.row_duals if outcome is not None else None,
            reduced_costs=outcome.reduced_costs if outcome is not None else None,
            remarks=tuple(judge.remarks),
        )

    def _ending(self) -> str:
        """The limit that ended a run without proof. Raises when nothing but trouble came of it."""
        if self._limit is not None:
            return self._limit
        if self._outcome is not None:
            return PRECISION
        if Trouble.MEMORY in self._troubles:
            return "memory"
        if Trouble.FAILED not in self._troubles:
            raise SolverUnavailable("; ".join(self._troubles.values()))
        if self._judge.values is None:
            raise EngineCrashed(self._troubles[Trouble.FAILED])
        return "crash"
