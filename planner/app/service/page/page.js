"use strict";
// The what-if page: turns figures of an instance, asks the service to solve it, shows and compares the answers.
const OWN = "own instance";
const $ = (id) => document.getElementById(id);
const state = { knobs: [], running: null, stream: null, shown: null };

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

async function ask(path, options = {}) {
  const headers = options.body === undefined ? {} : { "Content-Type": "application/json" };
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const response = await fetch(path, { method: options.method || "GET", headers, body });
  if (response.status === 401) {
    await login();
    return ask(path, options);
  }
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.detail), { answer, status: response.status });
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
  const detail = Array.isArray(error.message) ? error.message : [String(error.message)];
  const lines = told.length ? told.map((fault) => [fault.path, fault.message].filter(Boolean).join(": ")) : detail;
  $("faults").replaceChildren(...lines.map((line) => element("p", { textContent: line })));
}

async function seriesTexts() {
  const texts = {};
  for (const file of $("series").files) texts[file.name] = await file.text();
  return texts;
}

async function question() {
  if ($("source").value !== OWN) return { example: $("source").value };
  return { instance: $("text").value, series: await seriesTexts() };
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
    const sound = await ask("/api/validate", { method: "POST", body: await question() });
    $("about").textContent = `${sound.name}: ${sound.description} ${sound.periods} periods, on ${sound.hardware.join(", ")}.`;
    showKnobs(sound.knobs);
  } catch (error) {
    $("knobs").replaceChildren();
    complain(error);
  }
}

async function choose() {
  const own = $("source").value === OWN;
  $("own").hidden = !own;
  if (own && !$("text").value) $("text").value = (await ask("/api/examples/tiny")).instance;
  await look();
}

async function submit(event) {
  event.preventDefault();
  $("faults").replaceChildren();
  $("solve").disabled = true;
  const changed = overrides();
  const turned = Object.entries(changed).map(([path, value]) => `${path.split(".").slice(1).join(".")} = ${value}`);
  const label = $("label").value || [$("source").value, ...turned].join(", ").slice(0, 200);
  const options = { time_limit_s: Number($("limit").value), relative_gap: Number($("gap").value) / 100 };
  try {
    const job = await ask("/api/jobs", { method: "POST", body: { ...(await question()), overrides: changed, label, options } });
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
  $("question").addEventListener("submit", submit);
  $("cancel").addEventListener("click", () => ask(`/api/jobs/${state.running}`, { method: "DELETE" }).catch(complain));
  $("compare").addEventListener("click", () => compare().catch(complain));
  const names = await ask("/api/examples");
  $("source").replaceChildren(...[...names, OWN].map((name) => element("option", { textContent: name, value: name })));
  if (names.includes("peak")) $("source").value = "peak";
  await choose();
  await history();
  document.documentElement.dataset.ready = "yes";
}

begin().catch(complain);
