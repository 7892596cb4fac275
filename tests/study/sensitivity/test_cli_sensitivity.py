"""`planner sensitivity`: figures worked by hand, tables, exit codes, Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
import time

import pytest

from tests.app.cli.commands import PLANNER, run_here
from tests.examples import PRICE as RENT
from tests.examples import SCALE

TINY = "instances/tiny.yaml"
RESERVE = "fleet.h800.reserve.price_usd_per_node_hour"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_here("sensitivity", *arguments)


def test_tornado_ranks_the_usual_inputs() -> None:
    done = run("tornado", TINY, "--workers", "1", "--json", "--quiet", "--gap", "0")
    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(done.stdout)["inputs"]
    # reserved 3 nodes x 2 h at 8..12 USD; hired 3 nodes x 1 h x 8 GPUs at 1.6..2.4 USD
    assert [row["path"] for row in rows] == [SCALE, RESERVE, RENT]
    assert [row["swing"] for row in rows[1:]] == pytest.approx([3 * 2 * 4, 3 * 8 * 0.8])


def test_tornado_shows_bars_reasons_and_the_next_command() -> None:
    done = run("tornado", TINY, "--workers", "1", "-q", "--input", f"{SCALE}=1:50", "--input", RENT)
    assert done.returncode == 0
    assert "108.00 USD; what moves it most" in done.stdout
    assert "▇" in done.stdout
    assert "no plan meets this demand" in done.stdout
    assert f"next: planner sensitivity break-even {TINY} {RENT}=1.6:2.4" in done.stderr


@pytest.mark.parametrize("workers", ["1", "2"])
def test_break_even_price(workers: str) -> None:
    done = run(*("break-even", TINY, f"{RENT}=1:2", "--held", "h800.reserve", "--json", "--workers", workers))
    assert done.returncode == 0
    found = json.loads(done.stdout)
    # a node used in both hours: hired 2 x 8 x p, reserved 2 x 10; equal at p = 1.25
    assert found["below"] <= 1.25 <= found["above"] <= found["below"] + 0.01
    assert (found["flips"], found["decision_below"], found["decision_above"]) == (True, False, True)


def test_break_even_in_words() -> None:
    done = run("break-even", TINY, f"{RENT}=1:2", "--tolerance", "20%")
    assert f"{RENT} flips between 1.25 and 1.375" in done.stdout
    assert "above: nodes in h800.rent, h800.reserve" in done.stdout
    assert f"next: planner solve {TINY} --set {RENT}=1.375" in done.stderr
    same = run("break-even", TINY, f"{RENT}=2:2.4", "--held", "h800.reserve")
    assert same.returncode == 0
    assert "the same at 2 and 2.4: h800.reserve is held" in same.stdout


def test_regret_and_the_bound_on_information() -> None:
    cases = ["--case", "base", "--case", f"low:{SCALE}=0.5", "--case", f"high:{SCALE}=1.4"]
    done = run("regret", TINY, *cases, "--json", "-q", "--gap", "0", "--workers", "1")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["cost"]["base"]["high"] == pytest.approx(60 + (6 + 3) * 16)
    assert found["regret"]["high"] == pytest.approx({"base": 12.0, "low": 60.0, "high": 0.0})
    # equally likely: 3 reserved cost (60 + 108 + 204) / 3 = 124, knowing costs (60 + 108 + 168) / 3 = 112
    assert found["value_of_information_at_most"] == pytest.approx(12.0)
    likely = ["--probability", "base=50%", "--probability", "low=0.5", "--probability", "high=0"]
    words = run("regret", TINY, *cases, "-q", "--gap", "0", "--workers", "1", *likely)
    assert "worth at most 0.00 USD on average" in words.stdout
    assert "smallest largest regret: the fleet made for base" in words.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["tornado", TINY, "--input", "name"], 3, "name: is 'tiny': give its low and high value"),
        (["tornado", TINY, "--input", f"{SCALE[:-1]}=1:2"], 3, "did you mean 'scale'"),
        (["tornado", TINY, "--input", f"{SCALE}=2:1"], 2, "2 is not below 1"),
        (["tornado", TINY, "--share", "lots"], 2, "is no share"),
        (["tornado", TINY, "--executor", "abacus"], 2, "no executor 'abacus'"),
        (["break-even", TINY, SCALE], 2, "has no range"),
        (["break-even", TINY, f"{SCALE}=1:2", "--held", "h800.reserv"], 3, "did you mean 'h800.reserve'"),
        (["regret", TINY, "--case", "base"], 2, "two or more cases"),
        (
            ["regret", TINY, "-q", "--case", "base", "--case", f"worst:{SCALE}=99"],
            4,
            "case worst has no plan",
        ),
        (["regret", TINY, "--case", "a", "--case", "b", "--probability", "a=0.4"], 2, "adding up to 1"),
        (
            ["regret", TINY, "--case", "a", "--case", f"b:{SCALE}=2", "--case", f"b:{SCALE}=3"],
            3,
            "as 2 and as 3",
        ),
        (["break-even", TINY, f"{RENT}=1:2", "--tolerance", "0"], 2, "a share above 0"),
    ],
)
def test_faults_are_reported_without_a_traceback(arguments: list[str], code: int, message: str) -> None:
    done = run(*arguments)
    assert done.returncode == code
    assert message in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_ctrl_c_ends_it_and_its_workers() -> None:
    command = [*PLANNER, "sensitivity", "tornado", "instances/peak.yaml", "--workers", "2"]
    host = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(3.0)
    host.send_signal(signal.SIGINT)
    _, told = host.communicate(timeout=30)
    assert host.returncode == 130
    assert "interrupted" in told
