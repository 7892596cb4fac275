"use strict";
// The what-if page: turns figures of an instance, asks the service to solve it, shows and compares the answers.
const OWN = "own instance";
const LOG = "own log or load test";
const MOST_BYTES = 3500000; // of all files together: what the service takes in one request, with room for quoting
const $ = (id) => document.getElementById(id);
const state = { knobs: [], running: null, stream: null, shown: null, name: "", series: {} };

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

function words(path) {
  return path.split(".").slice(-1)[0].replaceAll("_", " ");
}

function knobRow(knob) {
  const value = knob.value === null ? "" : String(knob.value);
  const name = knob.group === "demand" ? knob.path.split(".")[1] + ": demand, times" :
    knob.group === "service" ? knob.path.split(".")[1] + ": " + knob.path.split(".").slice(3).join(" ").replaceAll("_", " ") : words(knob.path);
  const step = knob.path.endsWith("_nodes") ? "1" : "any";
  const input = element("input", { type: "number", min: 0, step, value, placeholder: "none" });
  input.dataset.path = knob.path;
  const row = element("label", { className: "knob" }, element("span", { textContent: name }), input);
  const turned = () => row.classList.toggle("changed", input.value !== value);
  input.addEventListener("input", turned);
  if (knob.group === "demand") {
    const slider = element("input", { type: "range", min: 0.1, max: 4, step: 0.05, value, ariaLabel: name });
    slider.addEventListener("input", () => { input.value = slider.value; turned(); });
    input.addEventListener("input", () => { slider.value = input.value; });
    row.append(slider);
  }
  return row;
}

function showKnobs(knobs) {
  state.knobs = knobs;
  const groups = new Map();
  for (const knob of knobs) groups.set(knob.group, [...(groups.get(knob.group) || []), knob]);
  const usual = (knob) => knob.value !== null || ["demand", "service"].includes(knob.group) || knob.path.endsWith("max_nodes");
  const rare = (knob) => !usual(knob) || knob.value === 0 || knob.path.endsWith("increment_nodes");
  const shown = [];
  for (const [name, group] of groups) {
    const rest = group.filter(rare);
    const first = group.filter((knob) => !rest.includes(knob));
    const set = element("fieldset", {}, element("legend", { textContent: name.replace(".", ", ") }), ...first.map(knobRow));
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
    return true;
  } catch (error) {
    $("knobs").replaceChildren();
    complain(error);
    return false;
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
    await history();
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
    await history();
    if (ended.has_plan) await show(ended);
  });
}

async function show(job) {
  const told = await ask(`/api/jobs/${job.id}/pictures`);
  state.shown = job.id;
  const [verdict, tone] = told.verdict;
  const parts = [
    element("p", { className: "eyebrow" }, element("b", { textContent: job.label }), " ", element("span", { className: `chip ${tone}`, textContent: verdict })),
    element("p", { className: "decision", textContent: told.decision }),
    element("p", { textContent: told.proof }),
    ...told.warnings.map((line) => element("p", { className: "warning", textContent: line })),
    element("dl", { className: "figures" }, ...told.figures.map(([value, name]) =>
      element("div", {}, element("dt", { textContent: name }), element("dd", { textContent: value })))),
  ];
  for (const chart of told.charts) {
    const figure = element("figure", {}, element("figcaption", { textContent: chart.title }));
    figure.insertAdjacentHTML("beforeend", chart.legend + chart.picture);
    parts.push(figure);
  }
  $("result").replaceChildren(...parts);
  $("result").dataset.job = job.label;
}

function links(job) {
  const base = `/api/jobs/${job.id}`;
  const kinds = [["report", `${base}/report`], ["workbook", `${base}/export/xlsx`], ["FOCUS", `${base}/export/focus`], ["JSON", `${base}/export/json`]];
  return kinds.map(([name, href]) => element("a", { textContent: name, href, target: name === "report" ? "_blank" : "", rel: "noopener" }));
}

async function history() {
  const jobs = await ask("/api/jobs?limit=30");
  $("history").hidden = jobs.length === 0;
  const ticked = new Set([...document.querySelectorAll("#runs input:checked")].map((box) => box.value));
  const rows = jobs.map((job) => {
    const box = element("input", { type: "checkbox", value: job.id, checked: ticked.has(job.id), disabled: !job.has_plan, ariaLabel: `compare ${job.label}` });
    box.addEventListener("change", tick);
    const name = element("button", { type: "button", textContent: job.label, disabled: !job.has_plan });
    name.addEventListener("click", () => show(job));
    const cost = element("td", { className: "n" });
    if (job.has_plan) cost.textContent = job.cost === null ? "no plan" : job.cost.toLocaleString("en", { maximumFractionDigits: 2 });
    return element("tr", {}, element("td", {}, box), element("td", {}, name), element("td", { textContent: job.state }), cost, element("td", {}, ...(job.cost === null ? [] : links(job))));
  });
  $("runs").replaceChildren(...rows);
  tick();
}

function tick() {
  $("compare").disabled = document.querySelectorAll("#runs input:checked").length !== 2;
}

async function compare() {
  const [second, first] = [...document.querySelectorAll("#runs input:checked")].map((box) => box.value);
  const told = await ask("/api/compare", { method: "POST", body: { first, second } });
  $("comparison").replaceChildren(element("pre", { textContent: told.text }));
}

async function begin() {
  $("source").addEventListener("change", choose);
  $("check").addEventListener("click", look);
  $("files").addEventListener("change", openFiles);
  $("make").addEventListener("click", make);
  $("question").addEventListener("submit", submit);
  $("cancel").addEventListener("click", () => ask(`/api/jobs/${state.running}`, { method: "DELETE" }).catch(complain));
  $("compare").addEventListener("click", () => compare().catch(complain));
  const names = await ask("/api/examples");
  $("source").replaceChildren(...[...names, OWN, LOG].map((name) => element("option", { textContent: name, value: name })));
  if (names.includes("peak")) $("source").value = "peak";
  await choose();
  await history();
  document.documentElement.dataset.ready = "yes";
}

begin().catch(complain);
