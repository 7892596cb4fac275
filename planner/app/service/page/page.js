"use strict";
// The what-if page: turns figures of an instance, asks the service to solve it, shows and compares the answers.
const OWN = "own instance";
const LOG = "own log or load test";
const MOST_BYTES = 3500000; // of all files together: what the service takes in one request, with room for quoting
const $ = (id) => document.getElementById(id);
const GROUPS = { service: "promises" };
const state = { knobs: [], running: null, stream: null, shown: null, base: null, name: "", series: {}, linked: {} };

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

async function ask(path, options = {}) {
  const packed = options.body instanceof Blob;
  const headers = options.body === undefined ? {} : { "Content-Type": packed ? "application/zip" : "application/json" };
  const body = options.body === undefined || packed ? options.body : JSON.stringify(options.body);
  const response = await fetch(path, { method: options.method || "GET", headers, body });
  if (response.status === 401) {
    await login();
    return ask(path, options);
  }
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) {
    throw Object.assign(new Error(answer.detail), { answer, status: response.status });
  }
  return answer;
}

function login() {
  return new Promise((resolve) => {
    $("login").addEventListener("close", async () => {
      const token = $("token").value;
      $("token").value = "";
      const headers = { "Content-Type": "application/json" };
      await fetch("/api/session", { method: "POST", headers, body: JSON.stringify({ token }) });
      resolve();
    }, { once: true });
    $("login").showModal();
  });
}

function complain(error) {
  const told = (error.answer && error.answer.faults) || [];
  const lines = told.length ? told.map((fault) => [[fault.file, fault.line].filter(Boolean).join(":"), fault.path, fault.message].filter(Boolean).join(": ")) : [String(error.message)];
  $("faults").replaceChildren(...lines.map((line) => element("p", { textContent: line })));
}

function refuseLarge(files) {
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  if (bytes > MOST_BYTES) throw new Error(`the files have ${bytes.toLocaleString("en")} bytes, ${MOST_BYTES.toLocaleString("en")} at most here: planner init and planner import demand take larger ones`);
}

async function texts(files) {
  refuseLarge([...files]);
  const read = {};
  for (const file of files) read[file.name.replace(/[^A-Za-z0-9_.-]/g, "_")] = await file.text();
  return read;
}

function question() {
  if ($("source").value !== OWN) return { example: $("source").value };
  return { instance: $("text").value, series: state.series };
}

function hold(series, leftOut = []) {
  state.series = series;
  const names = Object.keys(series);
  const said = [names.length ? `with ${names.join(", ")}` : "", leftOut.length ? `not read: ${leftOut.join(", ")}` : ""];
  $("held").textContent = said.filter(Boolean).join("; ");
}

// A CSV file goes by the path that the instance names, of which a browser tells the last part alone.
function asNamed(text, series) {
  const named = {};
  for (const [name, content] of Object.entries(series)) {
    const found = text.match(new RegExp("(?<![\\w./-])(?:[\\w-]+/)*" + name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")));
    named[found ? found[0] : name] = content;
  }
  return named;
}

async function openFiles() {
  $("faults").replaceChildren();
  try {
    const packed = [...$("files").files].filter((file) => /\.zip$/i.test(file.name));
    if (packed.length) {
      if ($("files").files.length > 1) throw new Error("give one ZIP archive, or files, not both");
      return await openArchive(packed[0]);
    }
    const read = await texts($("files").files);
    const instance = Object.keys(read).find((name) => /\.ya?ml$/.test(name));
    const series = Object.fromEntries(Object.entries(read).filter(([name]) => name.endsWith(".csv")));
    if (instance !== undefined) $("text").value = read[instance];
    hold({ ...state.series, ...asNamed($("text").value, series) });
    if (await look() && instance !== undefined) $("question").requestSubmit();
  } catch (error) {
    complain(error);
  }
}

async function openArchive(file) {
  refuseLarge([file]);
  const found = await ask("/api/unpack", { method: "POST", body: file });
  $("text").value = found.instance;
  hold(found.series, found.left_out);
  if (await look()) $("question").requestSubmit();
}

async function make() {
  $("faults").replaceChildren();
  $("make").disabled = true;
  const given = (id) => $(id).value.trim() || null;
  const listed = (id) => (given(id) || "").split(",").map((word) => word.trim()).filter(Boolean);
  const number = (id) => (given(id) === null ? null : Number(given(id)));
  try {
    refuseLarge([...$("logs").files, ...$("monitoring").files, ...$("tests").files]);
    const made = await ask("/api/begin", { method: "POST", body: {
      logs: await texts($("logs").files), monitoring: await texts($("monitoring").files), load_test: await texts($("tests").files),
      model: given("model"), hardware: listed("hardware"), columns: listed("columns"), fill: listed("fill"),
      gpus: number("gpus"), engine: given("engine"), timezone: given("timezone"), ttft_ms: number("ttft"), tpot_ms: number("tpot"),
    } });
    $("text").value = made.instance;
    hold(made.series);
    $("source").value = OWN;
    $("own").hidden = $("go").hidden = false;
    $("log").hidden = true;
    if (await look()) $("question").requestSubmit();
  } catch (error) {
    complain(error);
  } finally {
    $("make").disabled = false;
  }
}

function knobRow(knob) {
  const value = knob.value === null ? "" : String(knob.value);
  const step = knob.path.endsWith("_nodes") ? "1" : "any";
  const input = element("input", { type: "number", min: 0, step, value, placeholder: "none" });
  input.dataset.path = knob.path;
  const row = element("label", { className: "knob" }, element("span", { textContent: knob.words }), input);
  const turned = () => {
    row.classList.toggle("changed", input.value !== value);
    link();
  };
  input.addEventListener("input", turned);
  const ends = sliderOf(knob);
  if (ends) {
    const slider = element("input", { type: "range", ...ends, value, ariaLabel: knob.words });
    slider.addEventListener("input", () => { input.value = slider.value; turned(); });
    input.addEventListener("input", () => { slider.value = input.value; });
    row.append(slider);
  }
  return row;
}

// Demand from a tenth to four times, a price from nothing to twice what it is; other figures have no slider.
function sliderOf(knob) {
  if (knob.group === "demand") return { min: 0.1, max: 4, step: 0.05 };
  if (knob.value > 0 && knob.path.includes("price_")) return { min: 0, max: 2 * knob.value, step: knob.value / 50 };
  return null;
}

function showKnobs(knobs) {
  state.knobs = knobs;
  const groups = new Map();
  for (const knob of knobs) groups.set(knob.group, [...(groups.get(knob.group) || []), knob]);
  const usual = (knob) => knob.value !== null || /\.(scale|tpot_ms|availability|max_nodes)$/.test(knob.path);
  const rare = (knob) => !usual(knob) || knob.value === 0 || knob.path.endsWith("increment_nodes");
  const shown = [];
  for (const [name, group] of groups) {
    const rest = group.filter(rare);
    const first = group.filter((knob) => !rest.includes(knob));
    const set = element("fieldset", {}, element("legend", { textContent: GROUPS[name] || name.replace(".", ", ") }), ...first.map(knobRow));
    if (rest.length) set.append(element("details", {}, element("summary", { textContent: "more" }), ...rest.map(knobRow)));
    shown.push(set);
  }
  $("knobs").replaceChildren(...shown);
}

function overrides() {
  const changed = {};
  for (const knob of state.knobs) {
    const input = $("knobs").querySelector(`[data-path="${CSS.escape(knob.path)}"]`);
    const before = knob.value === null ? "" : String(knob.value);
    if (input.value !== before) changed[knob.path] = input.value === "" ? null : Number(input.value);
  }
  return changed;
}

async function look() {
  $("faults").replaceChildren();
  try {
    const sound = await ask("/api/validate", { method: "POST", body: question() });
    state.name = sound.name;
    $("about").textContent = `${sound.name}: ${sound.description} ${sound.periods} periods, on ${sound.hardware.join(", ")}.`;
    showKnobs(sound.knobs);
    for (const [path, value] of Object.entries(state.linked)) turn(path, value);
    state.linked = {};
    link();
    return true;
  } catch (error) {
    $("knobs").replaceChildren();
    complain(error);
    return false;
  }
}

function turn(path, value) {
  const input = $("knobs").querySelector(`[data-path="${CSS.escape(path)}"]`);
  if (input === null) return;
  input.value = value;
  input.dispatchEvent(new Event("input"));
}

// The address holds what one sees: the question as it is turned, the run that is shown and the base beside it.
function link() {
  const told = new URLSearchParams({ source: $("source").value });
  for (const [path, value] of Object.entries(overrides())) told.set(`set.${path}`, value === null ? "" : value);
  for (const id of ["limit", "gap"]) if ($(id).value !== $(id).defaultValue) told.set(id, $(id).value);
  if (state.shown) told.set("run", state.shown.id);
  if (state.base && state.base.id !== (state.shown || {}).id) told.set("base", state.base.id);
  window.history.replaceState(null, "", `#${told}`);
}

async function follow(names) {
  const told = new URLSearchParams(window.location.hash.slice(1));
  if ([...names, OWN, LOG].includes(told.get("source"))) $("source").value = told.get("source");
  else if (names.includes("peak")) $("source").value = "peak";
  for (const id of ["limit", "gap"]) if (told.has(id)) $(id).value = told.get(id);
  state.linked = Object.fromEntries([...told].filter(([key]) => key.startsWith("set.")).map(([key, value]) => [key.slice(4), value]));
  await choose();
  for (const [key, take] of [["base", baseOf], ["run", show]]) {
    if (told.has(key)) await ask(`/api/jobs/${encodeURIComponent(told.get(key))}`).then(take).catch(complain);
  }
}

async function choose() {
  const source = $("source").value;
  $("own").hidden = source !== OWN;
  $("log").hidden = source !== LOG;
  $("go").hidden = source === LOG;
  if (source === LOG) {
    $("about").textContent = "Files of yours become a first instance; what nobody says is assumed, and marked in it.";
    $("knobs").replaceChildren();
    return;
  }
  if (source === OWN && !$("text").value) $("text").value = (await ask("/api/examples/tiny")).instance;
  await look();
}

async function submit(event) {
  event.preventDefault();
  $("faults").replaceChildren();
  $("solve").disabled = true;
  const changed = overrides();
  const turned = Object.entries(changed).map(([path, value]) => `${path.split(".").slice(1).join(".")} = ${value}`);
  const label = $("label").value || [state.name || $("source").value, ...turned].join(", ").slice(0, 200);
  const options = { time_limit_s: Number($("limit").value), relative_gap: Number($("gap").value) / 100 };
  try {
    const job = await ask("/api/jobs", { method: "POST", body: { ...question(), overrides: changed, label, options } });
    watch(job);
    await runs();
  } catch (error) {
    busy(null);
    complain(error);
  }
}

function busy(identity) {
  state.running = identity;
  $("cancel").hidden = identity === null;
  $("solve").disabled = identity !== null;
}

function watch(job) {
  busy(job.id);
  $("progress").textContent = "waiting for its turn ...";
  if (state.stream) state.stream.close();
  state.stream = new EventSource(`/api/jobs/${job.id}/events`);
  state.stream.addEventListener("progress", (event) => {
    const told = JSON.parse(event.data);
    const plan = told.cost === null ? "none yet" : told.cost.toLocaleString("en", { maximumFractionDigits: 0 });
    const judged = told.audited || told.cost === null ? "" : " (not audited yet)";
    const gap = told.gap === null ? "open" : (100 * told.gap).toFixed(2) + " %";
    $("progress").textContent = `${told.seconds.toFixed(1)} s: best plan ${plan}${judged}, gap ${gap}`;
  });
  state.stream.addEventListener("end", async (event) => {
    state.stream.close();
    busy(null);
    const ended = JSON.parse(event.data);
    $("progress").textContent = ended.error ? `${ended.label}: ${ended.error}` : "";
    await (ended.has_plan ? show(ended) : runs());
  });
}

async function baseOf(job) {
  state.base = { id: job.id, label: job.label, told: await ask(`/api/jobs/${job.id}/pictures`) };
}

async function show(job) {
  const told = await ask(`/api/jobs/${job.id}/pictures`);
  state.shown = { id: job.id, label: job.label, told };
  if (state.base === null) state.base = state.shown;
  render();
  await runs();
}

function render() {
  const { id, label, told } = state.shown;
  const base = state.base.id === id ? null : state.base;
  const [verdict, tone] = told.verdict;
  const before = new Map(base ? base.told.figures.map((one) => [one.words, one.value]) : []);
  const parts = [
    element("p", { className: "eyebrow" }, element("b", { textContent: label }), " ", element("span", { className: `chip ${tone}`, textContent: verdict })),
    element("p", { className: "decision", textContent: told.decision }),
    element("p", { textContent: told.proof }),
    ...(base ? [element("p", { className: "against", textContent: againstBase(told, base) })] : []),
    ...told.warnings.map((line) => element("p", { className: "warning", textContent: line })),
    element("dl", { className: "figures" }, ...told.figures.map((one) =>
      element("div", {}, element("dt", { textContent: one.words }), element("dd", {}, one.text, ...delta(one.value, before.get(one.words)))))),
    ...(told.fleet.length ? [fleet(told, base)] : []),
    ...charts(told, base),
  ];
  $("result").replaceChildren(...parts);
  $("result").dataset.job = label;
  link();
}

const money = (value) => value.toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 1000 ? 2 : 0 });
const signed = (value, written) => (value > 0 ? "+" : value < 0 ? "\u2212" : "\u00b1") + written(Math.abs(value));

function share(value, before) {
  return before ? ` (${signed((100 * (value - before)) / Math.abs(before), (percent) => percent.toFixed(1))} %)` : "";
}

function againstBase(told, base) {
  if (told.cost === null || base.told.cost === null) return `Against the base ${base.label}: one of the two has no plan.`;
  return `Against the base ${base.label}: ${signed(told.cost - base.told.cost, money)} ${told.currency}${share(told.cost, base.told.cost)}.`;
}

function delta(value, before) {
  if (before === undefined) return [];
  const figures = (number) => number.toLocaleString("en", { maximumSignificantDigits: 3 });
  const written = before ? share(value, before).trim().slice(1, -1) : signed(value - before, figures);
  return [" ", element("span", { className: "delta", textContent: `${written} to base` })];
}

function fleet(told, base) {
  const key = (row) => `${row.hardware} ${row.channel}`;
  const before = new Map(base ? base.told.fleet.map((row) => [key(row), row]) : []);
  const gone = [...before.values()].filter((row) => !told.fleet.some((one) => key(one) === key(row)));
  const heads = ["hardware", "channel", "nodes, peak", `cost, ${told.currency}`, ...(base ? ["nodes to base", "cost to base"] : [])];
  const line = (row, now) => {
    const was = before.get(key(row)) || { nodes_peak: 0, cost: 0 };
    const is = now ? row : { nodes_peak: 0, cost: 0 };
    const changes = base ? [signed(is.nodes_peak - was.nodes_peak, money), signed(is.cost - was.cost, money)] : [];
    const cells = [money(is.nodes_peak), money(is.cost), ...changes];
    return element("tr", {}, element("th", { scope: "row", textContent: row.hardware }), element("td", { textContent: row.channel }),
      ...cells.map((text) => element("td", { className: "n", textContent: text })));
  };
  const head = element("thead", {}, element("tr", {}, ...heads.map((text, place) => element("th", { scope: "col", className: place > 1 ? "n" : "", textContent: text }))));
  const body = element("tbody", {}, ...told.fleet.map((row) => line(row, true)), ...gone.map((row) => line(row, false)));
  const table = element("table", {}, element("caption", { textContent: "Fleet" }), head, body);
  return element("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: "Fleet" }, table);
}

// The charts of a run, each beside the one of the base.
function charts(told, base) {
  return told.charts.map((chart, place) => {
    const same = base ? base.told.charts.find((one) => one.title === chart.title) || base.told.charts[place] : null;
    const pair = [drawn(chart, same ? state.shown.label : ""), ...(same ? [drawn(same, `base: ${base.label}, on a scale of its own`)] : [])];
    return pair.length > 1 ? element("div", { className: "pair" }, ...pair) : pair[0];
  });
}

function drawn(chart, whose) {
  const figure = element("figure", {}, element("figcaption", {}, chart.title, ...(whose ? [" ", element("span", { className: "unit", textContent: whose })] : [])));
  figure.insertAdjacentHTML("beforeend", chart.legend + chart.picture);
  return figure;
}

function links(job) {
  const base = `/api/jobs/${job.id}`;
  const kinds = [["report", `${base}/report`], ["workbook", `${base}/export/xlsx`], ["FOCUS", `${base}/export/focus`], ["JSON", `${base}/export/json`]];
  return kinds.map(([name, href]) => element("a", { textContent: name, href, target: name === "report" ? "_blank" : "", rel: "noopener" }));
}

async function runs() {
  const jobs = await ask("/api/jobs?limit=30");
  $("history").hidden = jobs.length === 0;
  const ticked = new Set([...document.querySelectorAll("#runs input[type=checkbox]:checked")].map((box) => box.value));
  const rows = jobs.map((job) => {
    const box = element("input", { type: "checkbox", value: job.id, checked: ticked.has(job.id), disabled: !job.has_plan, ariaLabel: `compare ${job.label}` });
    box.addEventListener("change", tick);
    const name = element("button", { type: "button", textContent: job.label, disabled: !job.has_plan });
    name.addEventListener("click", () => show(job));
    const isBase = state.base !== null && state.base.id === job.id;
    const base = element("input", { type: "radio", name: "base", checked: isBase, disabled: !job.has_plan, ariaLabel: `${job.label} is the base` });
    base.addEventListener("change", () => baseOf(job).then(() => (state.shown ? render() : null)).then(runs).catch(complain));
    const cost = element("td", { className: "n" });
    if (job.has_plan) cost.textContent = job.cost === null ? "no plan" : job.cost.toLocaleString("en", { maximumFractionDigits: 2 });
    const known = !isBase && state.base !== null && job.cost !== null && state.base.told.cost !== null;
    const against = element("td", { className: "n", textContent: known ? signed(job.cost - state.base.told.cost, money) + share(job.cost, state.base.told.cost) : "" });
    return element("tr", {}, element("td", {}, box), element("td", {}, base), element("td", {}, name), element("td", { textContent: job.state }), cost, against, element("td", {}, ...(job.cost === null ? [] : links(job))));
  });
  $("runs").replaceChildren(...rows);
  tick();
}

function tick() {
  $("compare").disabled = document.querySelectorAll("#runs input[type=checkbox]:checked").length !== 2;
}

async function compare() {
  const [second, first] = [...document.querySelectorAll("#runs input[type=checkbox]:checked")].map((box) => box.value);
  const told = await ask("/api/compare", { method: "POST", body: { first, second } });
  $("comparison").replaceChildren(element("pre", { textContent: told.text }));
}

async function begin() {
  $("source").addEventListener("change", () => {
    state.base = null; // what is shown next is another question's: it is its own base
    choose().catch(complain);
  });
  $("check").addEventListener("click", look);
  $("files").addEventListener("change", openFiles);
  $("make").addEventListener("click", make);
  $("question").addEventListener("submit", submit);
  $("cancel").addEventListener("click", () => ask(`/api/jobs/${state.running}`, { method: "DELETE" }).catch(complain));
  $("compare").addEventListener("click", () => compare().catch(complain));
  const names = await ask("/api/examples");
  $("source").replaceChildren(...[...names, OWN, LOG].map((name) => element("option", { textContent: name, value: name })));
  for (const id of ["limit", "gap"]) $(id).addEventListener("change", link);
  await follow(names);
  await runs();
  document.documentElement.dataset.ready = "yes";
}

begin().catch(complain);
