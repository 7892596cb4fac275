"""`planner init`: a first instance that solves at once, what was assumed marked; examples come with their series."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import yaml

import planner
from planner.core.errors import InstanceError
from planner.core.named_files import named_files
from planner.loader.beginning.exchange_rates import exchange_rates_of
from planner.loader.catalog.naming import matching, meant
from planner.loader.shipped import example_names
from tests.app.cli.commands import run, run_here
from tests.loader.benchmarks.samples import VLLM

DATA = Path(__file__).parents[2] / "data"
ON_H200 = ("--model", "qwen3-32b", "--hardware", "h200", "--price", "h200=3")
KNOWN = ("--input-tokens", "1500", "--output-tokens", "300", "--requests-per-s", "20")


def test_a_dense_service_on_two_clouds_solves_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    clouds = ("--hardware", "H100", "--hardware", "h200", "--cloud", "aws", "--cloud", "Nebius")
    done = run("init", "--model", "Meta-Llama/llama-70b", *clouds, *KNOWN, "--out", str(file), stdin=-3)
    assert done.returncode == 0, done.stderr
    assert "8 assumptions are marked in it" in done.stderr
    text = file.read_text()
    assert text.count("# ASSUMED: ") == 8
    instance = planner.load(file)
    assert instance.workloads["chat"].model == "llama-3.1-70b"
    assert {hardware: set(channels) for hardware, channels in instance.fleet.items()} == {
        "h100": {"aws", "nebius"},
        "h200": {"aws", "nebius"},
    }
    demand = instance.workloads["chat"].demand
    assert isinstance(demand.output_tokens_per_s, tuple)
    assert sum(demand.output_tokens_per_s) / 168 == pytest.approx(20 * 300)
    plan = planner.solve(instance, planner.SolveOptions(relative_gap=0.02))
    assert plan.recommended
    assert planner.check(instance, plan).passed


def test_three_commands_from_a_log_to_an_audited_plan(tmp_path: Path) -> None:
    log, file, out = (
        str(DATA / "azure2023_conv_excerpt.csv"),
        str(tmp_path / "own.yaml"),
        str(tmp_path / "plan"),
    )
    told = ("--from-log", log, "--timezone", "UTC", "--period-minutes", "1", "--from-first")
    made = run_here("init", *ON_H200, *told, "--out", file)
    assert made.returncode == 0, made.stderr
    assert run_here("solve", file, "-q", "--out", out).returncode == 0
    judged = run_here("check", file, out)
    assert judged.returncode == 0
    assert "the plan holds" in judged.stdout
    assert "# measured: azure2023_conv_excerpt.csv (Azure LLM inference trace)" in Path(file).read_text()


def test_monitoring_tells_the_demand_and_a_log_beside_it_lengths_and_bursts(tmp_path: Path) -> None:
    hours, file = tmp_path / "hours.csv", tmp_path / "own.yaml"
    rows = [f"2026-03-02T{hour:02}:00+00:00,{36_000 + 3_600 * hour}" for hour in range(24)]
    hours.write_text("\n".join(["time,requests", *rows]) + "\n")
    log = ("--from-log", str(DATA / "azure2023_conv_excerpt.csv"), "--timezone", "UTC")
    told = (*ON_H200, "--out", str(file))
    done = run_here("init", *log, "--from-csv", str(hours), *told)
    assert done.returncode == 0, done.stderr
    instance = planner.load(file)
    workload = instance.workloads["chat"]
    assert instance.horizon.periods == 24
    assert workload.lengths is not None
    table = [line.split(",") for line in (DATA / "azure2023_conv_excerpt.csv").read_text().splitlines()[1:]]
    prompt, output = (sum(int(row[place]) for row in table) / len(table) for place in (1, 2))
    assert workload.lengths.input_tokens == pytest.approx(prompt, rel=1e-3)
    demand = workload.demand.output_tokens_per_s
    assert isinstance(demand, tuple)
    assert demand[5] == pytest.approx(15 * output, rel=1e-3)  # 36,000 + 5 x 3,600 requests an hour
    text = file.read_text()
    assert "# measured: hours.csv" in text
    assert text.count("# measured: azure2023_conv_excerpt.csv (Azure LLM inference trace)") >= 1


def test_customers_that_a_log_names_stand_in_the_instance(tmp_path: Path) -> None:
    rows = [
        json.dumps(
            {
                "time": 1_700_002_800 + 4 * place,
                "id": f"r{place}",
                "user": f"team-{place % 3}",
                "usage": {"prompt_tokens": 900 + place % 7, "completion_tokens": 200},
            }
        )
        for place in range(2701)
    ]
    (tmp_path / "gateway.jsonl").write_text("\n".join(rows) + "\n")
    told = (*ON_H200, "--out", str(tmp_path / "own.yaml"))
    done = run_here("init", "--from-log", str(tmp_path / "gateway.jsonl"), *told)
    assert done.returncode == 0, done.stderr
    customers = planner.load(tmp_path / "own.yaml").workloads["chat"].customers
    assert customers is not None
    assert sum(one.count for one in customers.classes) == 3


def load_test(folder: Path, **changes: object) -> str:
    """A run of vLLM's benchmark of a replica that the catalog knows, as a file."""
    run_of = {**VLLM, "model_id": "Qwen/Qwen3-32B", "total_input_tokens": 400_000, "p99_tpot_ms": 49.5}
    (folder / "run.json").write_text(json.dumps({**run_of, **changes}))
    return str(folder / "run.json")


def test_a_load_test_becomes_the_rate_of_the_instance(tmp_path: Path) -> None:
    file, told = (
        tmp_path / "own.yaml",
        ("--input-tokens", "1000", "--output-tokens", "200", "--requests-per-s", "20"),
    )
    tested = (
        "--load-test",
        load_test(tmp_path, accelerator="h100"),
        "--gpus",
        "2",
        "--engine",
        "vllm 0.11.0",
    )
    done = run_here("init", *tested, *told, "--price", "h100=2", "--tpot-ms", "50", "--out", str(file))
    assert done.returncode == 0, done.stderr
    assert "nobody promised a time" not in done.stderr
    instance = planner.load(file)
    (replica,) = instance.deployments
    assert (instance.workloads["chat"].model, replica.hardware, replica.ep) == ("qwen3-32b", "h100", 2)
    rates = replica.rate_tokens_per_s
    assert rates is not None
    both = rates["chat"]
    # 4 requests/s of 1,000 + 200 tokens: both phases share the time of the unit
    assert 4_000 / both.prefill + 800 / both.decode == pytest.approx(1, rel=1e-4)  # type: ignore[union-attr]
    assert "# ASSUMED: replicas" not in file.read_text()
    assert "measured: best load within TTFT p99 <= 2000 ms and TPOT p99 <= 50 ms" in file.read_text()
    slow = load_test(tmp_path, accelerator="h100", p99_tpot_ms=75.0)
    done = run_here(
        "init", "--load-test", slow, *tested[2:], *told, "--price", "h100=2", "--out", str(file), "--force"
    )
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stderr.split())
    assert "the load test has 75 ms at 4 requests/s" in said
    assert "--tpot-ms 75 keeps 80% of its most requests" in said
    assert "promises that nobody made are looser than the usual" in said
    assert planner.load(file).workloads["chat"].sla.tpot_ms == 100


def test_a_load_test_beside_hardware_that_the_kernel_rates(tmp_path: Path) -> None:
    file, told = tmp_path / "own.yaml", (*KNOWN, "--price", "h100=2", "--price", "h200=3", "--tpot-ms", "50")
    tested = (
        "--load-test",
        load_test(tmp_path, accelerator="h100"),
        "--gpus",
        "2",
        "--engine",
        "vllm 0.11.0",
    )
    both = ("--hardware", "h100", "--hardware", "h200")
    done = run_here("init", *tested, *both, *told, "--out", str(file))
    assert done.returncode == 0, done.stderr
    measured, rated = planner.load(file).deployments
    assert measured.rate_band is not None  # of 1,500 + 300 tokens by the kernel, from 1,000 + 200
    assert (rated.hardware, rated.rate_tokens_per_s) == ("h200", None)


@pytest.mark.parametrize(
    ("tested", "said", "words"),
    [
        ({}, (), "the files do not say it: give --hardware"),
        ({"accelerator": "h100"}, ("--hardware", "h200"), "says accelerator 'h100'"),
        (
            {"accelerator": "h100"},
            ("--hardware", "h200", "--hardware", "b200"),
            "is of h100, which --hardware does",
        ),
        ({"accelerator": "h100"}, ("--tpot-ms", "20"), "no load of the sweep keeps"),
    ],
)
def test_a_load_test_that_does_not_fit_is_told(
    tested: dict[str, object], said: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    known = (
        "--gpus",
        "2",
        "--engine",
        "vllm 0.11.0",
        "--price",
        "h100=2",
        *KNOWN,
        "--out",
        str(tmp_path / "a.yaml"),
    )
    done = run_here("init", "--load-test", load_test(tmp_path, **tested), *known, *said)
    assert done.returncode == 3
    assert words in " ".join(done.stderr.split())
    assert not (tmp_path / "a.yaml").exists()


def test_what_is_lacking_is_told_at_once_and_nobody_is_asked(tmp_path: Path) -> None:
    done = run("init", "--out", str(tmp_path / "a.yaml"), stdin=-3)
    assert done.returncode == 3
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == [
        "--model",
        "--hardware",
        "--from-log",
    ]
    hardware = ("--hardware", "h100", *KNOWN, "--out", str(tmp_path / "a.yaml"))
    wrong = run_here("init", "--model", "lama-3.1-70b", *hardware)
    assert "'lama-3.1-70b' is no model of the catalog; did you mean 'llama-3.1-70b'?" in wrong.stderr.replace(
        "\n", " "
    )
    dear = run_here(
        "init", "--model", "llama-70b", "--hardware", "tpu_v7x", *KNOWN, "--out", str(tmp_path / "a.yaml")
    )
    assert "--price tpu_v7x=USD_PER_GPU_HOUR" in dear.stderr.replace("\n", " ")
    assert not list(tmp_path.iterdir())


def test_faults_of_every_file_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({**VLLM, "mean_tpot_ms": -3}))
    (tmp_path / "log.csv").write_text("TIMESTAMP,ContextTokens,GeneratedTokens\n2025-03-03T10:00:00Z,-1,2\n")
    (tmp_path / "quotes.csv").write_text("provider,price\nAlder,2\n")
    files = ("--load-test", "run.json", "--from-log", "log.csv", "--quotes", "quotes.csv")
    named = [part if part.startswith("--") else str(tmp_path / part) for part in files]
    wrong = run_here(
        "init", "--model", "llama-9", "--hardware", "h100", *named, "--out", str(tmp_path / "a.yaml")
    ).stderr
    assert wrong.count("'llama-9' is no model of the catalog") == 1
    assert "log.csv:2: ContextTokens: -1 is no whole count" in wrong.replace("\n", " ")
    assert "quotes.csv:1: no price book" in wrong.replace("\n", " ")


def test_promises_that_nobody_made_are_loosened_where_nothing_keeps_them(tmp_path: Path) -> None:
    told = ("--model", "llama-70b", "--hardware", "h200", "--price", "h200=3", "--requests-per-s", "0.1")
    long = ("--input-tokens", "100000", "--output-tokens", "100", "--out", str(tmp_path / "a.yaml"))
    done = run_here("init", *told, *long)
    assert done.returncode == 0, done.stderr
    assert "looser than the usual 2,000 and 50 ms" in " ".join(done.stderr.split())
    promised = planner.load(tmp_path / "a.yaml").workloads["chat"].sla.ttft_ms
    assert promised is not None
    assert promised.p99 in (4_000, 8_000, 16_000, 32_000)
    kept = run_here("init", *told, *long, "--force", "--ttft-ms", "2000")
    assert "no replica serves this as promised" in " ".join(kept.stderr.split())


def test_no_fault_waits_for_another_to_be_mended(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("")
    kinds = ("--hardware", "tpu_v7x", "--hardware", "h100", "--cloud", "aws")
    wrong = ("--ttft-ms", "1", "--timezone", "Mars", "--exchange-rate", "EUR", "--fill", "gap=zero")
    done = run_here("init", "--model", "llama-70b", *kinds, *KNOWN, *wrong, "--out", str(tmp_path / "a.yaml"))
    said = " ".join(done.stderr.split())
    for words in (
        "--timezone: 'Mars' is no",
        "--fill: 'gap' is no defect",
        "a.yaml: is there already",
        "--exchange-rate: 'EUR' is no rate",
        "--exchange-rate: changes nothing here",
        "--hardware: the price books have no price of tpu_v7x",
        "no replica serves this as promised",
    ):
        assert words in said
    assert done.returncode == 3


class Terminal(io.StringIO):
    """What a person types."""

    def isatty(self) -> bool:
        return True


def typed(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("".join(f"{answer}\n" for answer in answers)))


def test_a_person_is_asked_for_all_that_matters_and_again_where_it_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = tmp_path / "hours.csv"
    rows = (f"2026-03-02 {hour:02}:00,36000,36000000,7200000" for hour in range(24))
    hours.write_text("\n".join(["time,requests,input_tokens,output_tokens", *rows]) + "\n")
    out = str(tmp_path / "a.yaml")
    model, hardware = ("llamma-70b", "llama-70b"), ("h10", "h100, h200")
    demand, promises = ("nowhere.csv", str(hours), "Mars", "Europe/Berlin"), ("soon", "1500", "")
    typed(monkeypatch, *model, *hardware, *demand, *promises, "h100=x", "h100=2.5, h200=3")
    done = run_here("init", "--out", out)
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    for refused in (
        "'llamma-70b' is no",
        "'h10' is no",
        "cannot read",
        "'Mars' is no",
        "'soon' is no",
        "'h100=x'",
    ):
        assert refused in said
    data = yaml.safe_load(Path(out).read_text())
    assert data["horizon"]["timezone"] == "Europe/Berlin"
    assert data["workloads"]["chat"]["sla"]["ttft_ms"]["p99"] == 1500
    prices = [channels["rent"]["price_usd_per_gpu_hour"] for channels in data["fleet"].values()]
    assert prices == [2.5, 3]


def test_a_mean_and_list_prices_do_for_a_beginning_and_who_ends_it_is_not_told_of_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = str(tmp_path / "a.yaml")
    typed(monkeypatch, "h100", "", "20", "1500", "300", "", "", "")
    assert run_here("init", "--model", "llama-70b", "--out", out).returncode == 0
    typed(monkeypatch, "h100")
    ended = run_here("init", "--model", "llama-70b", "--out", str(tmp_path / "b.yaml"))
    assert (ended.returncode, "interrupted" in ended.stderr) == (130, True)


def test_all_names_that_are_none_are_told_at_once(tmp_path: Path) -> None:
    names = ("--model", "llamma-70b", "--hardware", "h10", "--price", "h100=x")
    done = run_here("init", *names, "--out", str(tmp_path / "a.yaml"))
    told = [line.split(":")[0] for line in done.stderr.splitlines() if line.startswith("--")]
    assert told == ["--from-log", "--model", "--hardware", "--price"]


def test_an_example_goes_into_the_file_that_is_named(tmp_path: Path) -> None:
    out = tmp_path / "mine" / "own.yaml"
    assert run_here("init", "--example", "dense_70b", "--out", str(out)).returncode == 0
    assert planner.load(out).name == "dense_70b"


@pytest.mark.parametrize("name", ["tiny", "dense_70b", "two_regions"])
def test_an_example_comes_with_what_it_reads(name: str, tmp_path: Path) -> None:
    assert run_here("init", "--example", name, "--out", str(tmp_path)).returncode == 0
    assert planner.load(tmp_path / f"{name}.yaml").name == name
    again = run_here("init", "--example", name, "--out", str(tmp_path))
    assert again.returncode == 3
    assert "is there already: --force" in again.stderr.replace("\n", " ")
    assert run_here("init", "--example", name, "--out", str(tmp_path), "--force").returncode == 0


def test_an_example_that_is_none_is_told() -> None:
    done = run_here("init", "--example", "dense70b")
    assert done.returncode == 3
    assert "did you mean 'dense_70b'?" in done.stderr.replace("\n", " ")
    assert "dense_70b" in example_names()


def test_names_as_people_write_them() -> None:
    hardware = ("a100_40gb", "a100_80gb", "h100", "h100_nvl", "h20_96")
    assert matching("A100", hardware) == ["a100_40gb", "a100_80gb"]
    assert matching("H100", hardware) == ["h100"]
    assert matching("a100-80gb", hardware) == ["a100_80gb"]
    assert matching("Qwen/Qwen3-235B", ("qwen3-235b-a22b", "qwen3-32b")) == ["qwen3-235b-a22b"]
    assert matching("meta-llama/Llama-70B-Instruct", ("llama-3.1-70b", "llama-3.1-8b")) == ["llama-3.1-70b"]
    assert matching("aws", ("AWS", "AWS GovCloud", "Azure")) == ["AWS"]
    with pytest.raises(InstanceError, match="'a100' may be a100_40gb or a100_80gb: say which"):
        meant("a100", hardware, "hardware", "--hardware")


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        (("--workload", "a b: [", "--out", "my file.yaml"), ["--workload", "--out"]),
        (("--ttft-ms", "inf", "--tpot-ms", "1e30"), ["--ttft-ms", "--tpot-ms"]),
        (("--input-tokens", "inf", "--requests-per-s", "1e200"), ["--requests-per-s", "--input-tokens"]),
        (("--price", "h100=1e30"), ["--price"]),
    ],
)
def test_nothing_is_written_where_an_option_does_not_fit(
    options: tuple[str, ...], wrong: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = ("--model", "llama-70b", "--hardware", "h100", "--price", "h100=2", *KNOWN)
    done = run_here("init", *told, *options)
    assert done.returncode == 3
    assert [line.split(":")[0] for line in done.stderr.splitlines() if line.startswith("--")] == wrong
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["1.5", "yes", "null", "2025-01-01"])
def test_names_that_yaml_takes_for_something_else_are_quoted(name: str, tmp_path: Path) -> None:
    file = str(tmp_path / "own.yaml")
    told = ("--model", "llama-70b", "--hardware", "h100", "--price", "h100=2", *KNOWN, "--out", file)
    assert run_here("init", *told, "--workload", name).returncode == 0
    assert yaml.safe_load(Path(file).read_text())["workloads"].keys() == {name}


def hours(folder: Path, columns: str, *amounts: float) -> str:
    """A day of constant demand, as a CSV file."""
    row = ",".join(f"{amount:g}" for amount in amounts)
    rows = [f"2026-03-02T{hour:02}:00+00:00,{row}" for hour in range(24)]
    (folder / "hours.csv").write_text("\n".join([f"time,{columns}", *rows]) + "\n")
    return str(folder / "hours.csv")


@pytest.mark.parametrize(
    ("columns", "amounts"),
    [("requests_per_s", (10,)), ("input_tokens_per_s,output_tokens_per_s", (10_000, 2_000))],
)
def test_lengths_by_options_are_those_of_monitoring_that_tells_none(
    columns: str, amounts: tuple[float, ...], tmp_path: Path
) -> None:
    told = (*ON_H200, "--out", str(tmp_path / "a.yaml"))
    series = ("--from-csv", hours(tmp_path, columns, *amounts))
    lacking = run_here("init", *told, *series)
    assert lacking.returncode == 3
    assert "--input-tokens" in lacking.stderr
    assert "--output-tokens" in lacking.stderr
    assert "<text>" not in lacking.stderr
    done = run_here("init", *told, *series, "--input-tokens", "1000", "--output-tokens", "200")
    assert done.returncode == 0, done.stderr
    workload = planner.load(tmp_path / "a.yaml").workloads["chat"]
    assert workload.lengths is not None
    assert (workload.lengths.input_tokens, workload.lengths.output_tokens) == (1000, 200)
    assert workload.demand.output_tokens_per_s == pytest.approx([2_000] * 24)


def test_lengths_that_files_tell_are_not_given_twice(tmp_path: Path) -> None:
    told = (*ON_H200, "--out", str(tmp_path / "a.yaml"))
    series = hours(tmp_path, "requests_per_s,input_tokens_per_s,output_tokens_per_s", 10, 10_000, 2_000)
    done = run_here("init", *told, "--from-csv", series, "--input-tokens", "900")
    assert done.returncode == 3
    assert "--input-tokens: the files tell how long requests are" in done.stderr


def test_quotes_in_another_currency_need_its_rate(tmp_path: Path) -> None:
    (tmp_path / "quotes.csv").write_text(
        "provider,region,hardware,gpus,term,price,currency,unit,date,source,note\n"
        "Alder,all,h200,8,on_demand,3,USD,gpu_hour,2026-09-01,quote,\n"
        "Birch,all,h200,8,on_demand,18,CNY,gpu_hour,2026-09-01,quote,\n"
    )
    told = ("--model", "qwen3-32b", "--hardware", "h200", "--out", str(tmp_path / "a.yaml"))
    done = run_here("init", *told, *KNOWN, "--quotes", str(tmp_path / "quotes.csv"))
    assert done.returncode == 3
    assert "quotes.csv:3: Birch all h200 x8 on_demand: is in CNY: give --exchange-rate CNY=" in done.stderr
    assert not (tmp_path / "a.yaml").exists()
    rated = ("--exchange-rate", "CNY=7.2@2026-09-01")
    done = run_here("init", *told, *KNOWN, "--quotes", str(tmp_path / "quotes.csv"), *rated)
    assert done.returncode == 0, done.stderr
    channels = planner.load(tmp_path / "a.yaml").fleet["h200"].values()
    prices = [channel.price_usd_per_gpu_hour for channel in channels]
    assert prices == pytest.approx([3, 18 / 7.2])


@pytest.mark.parametrize(
    "text", ["EUR=0.92", "EUR=0@2026-09-01", "euro=1@2026-09-01", "EUR=1@2026-02-30", "USD=1@2026-09-01"]
)
def test_exchange_rates_that_are_none(text: str) -> None:
    with pytest.raises(InstanceError, match="--exchange-rate"):
        exchange_rates_of([text])


def test_files_are_named_by_a_pattern_too(tmp_path: Path) -> None:
    for name in ("run_2.json", "run_1.json"):
        (tmp_path / name).write_text("{}")
    found = named_files([tmp_path / "run_*.json", tmp_path / "other.json"])
    assert [file.name for file in found] == ["run_1.json", "run_2.json", "other.json"]
    done = run_here("init", "--load-test", str(tmp_path / "runs_*.json"), "--out", str(tmp_path / "a.yaml"))
    assert done.returncode == 3
    assert "no file fits this pattern" in done.stderr
