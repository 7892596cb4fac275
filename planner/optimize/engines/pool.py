"""Warm engine processes for many small solves: cases of a sweep, goals of alternatives, explanations."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from planner.optimize.engines.confirm import confirmed
from planner.optimize.engines.contest import Contest
from planner.optimize.engines.process import EngineProcess
from planner.optimize.engines.protocol import CancelToken, EngineOptions
from planner.optimize.engines.registry import known_engine, prover
from planner.optimize.engines.run import contestants, wants_witness

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future
    from types import TracebackType

    from planner.core.solution import Solution
    from planner.optimize.engines.program import LinearProgram

_ONE_THREAD = EngineOptions(threads=1)


class EnginePool:
    """A fixed number of engine processes that take one solve after another.

    A process holds one solver library for life; a task for another engine replaces an idle process, and an
    engine that needs another as its witness (`planner.optimize.engines.run.contestants`) has it beside it. A process
    that dies takes only its own task with it and is replaced at the next one. Use as a context manager, or
    call `close`; a host that dies takes the processes with it.
    """

    def __init__(self, workers: int = 2) -> None:
        """Raises ValueError for fewer than one worker. Processes start with the first tasks."""
        if workers < 1:
            raise ValueError(f"workers must be 1 or more, not {workers}")
        self.workers = workers
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="planner-engine")
        self._idle: list[EngineProcess] = []
        self._lock = threading.Lock()
        self._cancel = CancelToken()

    def submit(
        self, program: LinearProgram, engine: str | None = None, options: EngineOptions = _ONE_THREAD
    ) -> Future[Solution]:
        """Queue one solve, by the prover where no engine is named; its time limit starts when a process takes it up.

        Raises SolverUnavailable for an unknown engine, RuntimeError after `close`. The future raises what
        `solve` raises.
        """
        return self._executor.submit(self._solve, program, known_engine(engine or prover()), options)

    def map(
        self,
        programs: Iterable[LinearProgram],
        engine: str | None = None,
        options: EngineOptions = _ONE_THREAD,
    ) -> Iterator[Solution]:
        """Solutions in the order of `programs`; all are queued at once."""
        futures = [self.submit(program, engine, options) for program in programs]
        return (future.result() for future in futures)

    def close(self) -> None:
        """End running solves with what they have, drop queued ones, end the processes."""
        self._cancel.cancel()
        self._executor.shutdown(wait=True, cancel_futures=True)
        with self._lock:
            leaving, self._idle = self._idle, []
        for process in leaving:
            process.end()

    def __enter__(self) -> EnginePool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _solve(self, program: LinearProgram, engine: str, options: EngineOptions) -> Solution:
        processes: list[EngineProcess] = []
        try:

            def take(name: str) -> EngineProcess:
                process = self._take(name)
                processes.append(process)
                return process

            chosen = contestants(program, engine, options.threads)
            threads = {take(name): threads for name, threads in chosen.items()}
            witness = partial(take, prover()) if wants_witness(program, chosen) else None
            solution = Contest(program, options, threads, cancel=self._cancel, witness=witness).run()

            def again(how: EngineOptions) -> Solution:
                idle = [process for process in processes if process.engine == prover() and process.alive]
                process = idle[0] if idle else take(prover())
                return Contest(program, how, {process: options.threads}, cancel=self._cancel).run()

            solution = confirmed(program, solution, options, again)
        except BaseException:
            for process in processes:
                process.end()
            raise
        for process in processes:
            self._give_back(process)
        return solution

    def _take(self, engine: str) -> EngineProcess:
        with self._lock:
            same = next((process for process in self._idle if process.engine == engine), None)
            process = same or (self._idle[0] if self._idle else None)
            if process is not None:
                self._idle.remove(process)
        if process is not None and process.engine == engine and process.alive:
            return process
        if process is not None:
            process.end()
        return EngineProcess(engine)

    def _give_back(self, process: EngineProcess) -> None:
        if not process.alive:
            process.end()
            return
        with self._lock:
            self._idle.append(process)
