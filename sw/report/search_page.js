"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const metrics = data.metrics;
const byName = new Map(metrics.map(metric => [metric.name, metric]));
const done = data.trials.filter(trial => trial.state === "COMPLETE");
const $ = id => document.getElementById(id);

/* ---- small helpers ---- */
function element(tag, attributes = {}, ...children) {
  const svg = ["circle", "line", "path", "text", "g", "title", "polygon"].includes(tag) && attributes.html === undefined;
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "html") continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}
function number(value) {
  if (value === undefined || value === null) return "\u2013";
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e7) ? value.toExponential(3) : String(+value.toPrecision(5));
}
const withUnit = metric => metric.unit ? `${metric.name} [${metric.unit}]` : metric.name;
/* The better of two values has the smaller cost; a metric that is no objective is wanted small, unless
   it only has a lower limit. */
function cost(metric, value) {
  const large = metric.direction ? metric.direction === "maximize" : metric.lower !== undefined && metric.upper === undefined;
  return large ? -value : value;
}
function niceTicks(low, high, count) {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find(factor => factor * power >= raw);
  const ticks = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-9; at += step) ticks.push(+at.toPrecision(12));
  return ticks;
}
function scale(values, from, to) {
  let low = Math.min(...values), high = Math.max(...values);
  if (!(low < high)) { const pad = Math.abs(low) * 0.05 || 1; low -= pad; high += pad; }
  const pad = (high - low) * 0.05;
  low -= pad; high += pad;
  const map = value => from + (value - low) / (high - low) * (to - from);
  map.ticks = niceTicks(low, high, 6);
  return map;
}
const has = (trial, ...names) => names.every(name => trial.metrics[name] !== undefined);

/* ---- what is shown: kept in the part of the address behind '#' ---- */
const state = { x: null, y: null, until: done.length, trial: null };
function readAddress() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const objectives = metrics.filter(metric => metric.direction);
  const pool = objectives.length > 1 ? objectives : [...objectives, ...metrics.filter(metric => !metric.direction)];
  const maximised = pool.find(metric => metric.direction === "maximize");
  const y = byName.has(asked.get("y")) ? asked.get("y") : (maximised || pool[pool.length - 1]).name;
  const other = pool.find(metric => metric.name !== y) || pool[0];
  state.y = y;
  state.x = byName.has(asked.get("x")) ? asked.get("x") : other.name;
  const until = parseInt(asked.get("until"), 10);
  state.until = until >= 1 && until <= done.length ? until : done.length;
  const trial = parseInt(asked.get("trial"), 10);
  state.trial = data.trials.some(one => one.number === trial) ? trial : null;
}
function writeAddress() {
  const parts = new URLSearchParams({ x: state.x, y: state.y });
  if (state.until < done.length) parts.set("until", state.until);
  if (state.trial !== null) parts.set("trial", state.trial);
  try { history.replaceState(null, "", "#" + parts); } catch { /* a page inside another may not */ }
}

/* ---- fronts ---- */
/* Feasible trials that no other feasible one beats in both metrics, from best x to best y. */
function frontOf(trials, x, y) {
  const sorted = trials.filter(trial => trial.feasible && has(trial, x.name, y.name))
    .map(trial => [cost(x, trial.metrics[x.name]), cost(y, trial.metrics[y.name]), trial])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const front = [];
  let best = Infinity;
  for (const [, yCost, trial] of sorted) if (yCost < best) { best = yCost; front.push(trial); }
  return front;
}
/* Area between the front and the worst values seen in the whole search, as a share of the box that
   best and worst values span. */
function historyOf(x, y) {
  const shown = done.filter(trial => has(trial, x.name, y.name));
  if (!shown.length) return [];
  const xs = shown.map(trial => cost(x, trial.metrics[x.name])), ys = shown.map(trial => cost(y, trial.metrics[y.name]));
  const worst = [Math.max(...xs), Math.max(...ys)], best = [Math.min(...xs), Math.min(...ys)];
  const box = (worst[0] - best[0]) * (worst[1] - best[1]) || 1;
  const shares = [];
  let front = [];
  done.forEach(trial => {
    front = frontOf([...front, trial], x, y);
    let area = 0, ceiling = worst[1];
    for (const point of front) {
      const [px, py] = [cost(x, point.metrics[x.name]), cost(y, point.metrics[y.name])];
      area += Math.max(0, worst[0] - px) * Math.max(0, ceiling - py);
      ceiling = py;
    }
    shares.push(area / box);
  });
  return shares;
}

/* ---- drawing ---- */
const frame = { width: 760, height: 470, left: 66, right: 16, top: 14, bottom: 46 };
function axes(svg, sx, sy, size, xText, yText) {
  svg.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
  const floor = size.height - size.bottom;
  for (const tick of sx.ticks) {
    svg.append(element("line", { class: "grid", x1: sx(tick), x2: sx(tick), y1: size.top, y2: floor }),
      element("text", { x: sx(tick), y: floor + 17, "text-anchor": "middle" }, number(tick)));
  }
  for (const tick of sy.ticks) {
    svg.append(element("line", { class: "grid", x1: size.left, x2: size.width - size.right, y1: sy(tick), y2: sy(tick) }),
      element("text", { x: size.left - 7, y: sy(tick) + 4, "text-anchor": "end" }, number(tick)));
  }
  svg.append(element("text", { x: (size.left + size.width - size.right) / 2, y: size.height - 8, "text-anchor": "middle", class: "axis" }, xText),
    element("text", { transform: `translate(14 ${(size.top + floor) / 2}) rotate(-90)`, "text-anchor": "middle", class: "axis" }, yText));
}
function drawPlot() {
  const svg = $("plot"), x = byName.get(state.x), y = byName.get(state.y);
  svg.replaceChildren();
  const all = done.filter(trial => has(trial, x.name, y.name));
  if (!all.length) { $("legend").textContent = "No finished trial has both metrics."; return; }
  const values = name => all.flatMap(trial => trial.measured[name] === undefined ? [trial.metrics[name]] : [trial.metrics[name], trial.measured[name]]);
  const sx = scale(values(x.name), frame.left, frame.width - frame.right);
  const sy = scale(values(y.name), frame.height - frame.bottom, frame.top);
  axes(svg, sx, sy, frame, withUnit(x), withUnit(y));
  const limits = [...["upper", "lower"].filter(side => x[side] !== undefined).map(side => ["x", x[side]]),
    ...["upper", "lower"].filter(side => y[side] !== undefined).map(side => ["y", y[side]])];
  for (const [axis, limit] of limits) {
    const [at, low, high] = axis === "x" ? [sx(limit), frame.left, frame.width - frame.right] : [sy(limit), frame.top, frame.height - frame.bottom];
    if (at < low || at > high) continue;
    svg.append(axis === "x"
      ? element("line", { class: "limit", x1: at, x2: at, y1: frame.top, y2: frame.height - frame.bottom })
      : element("line", { class: "limit", x1: frame.left, x2: frame.width - frame.right, y1: at, y2: at }));
  }
  const shown = done.slice(0, state.until).filter(trial => has(trial, x.name, y.name));
  const front = frontOf(shown, x, y), onFront = new Set(front.map(trial => trial.number));
  let path = "";
  front.forEach((trial, at) => {
    const px = sx(trial.metrics[x.name]), py = sy(trial.metrics[y.name]);
    path += at ? `H${px}V${py}` : `M${px} ${py}`;
  });
  svg.append(element("path", { class: "front-line", d: path }));
  const order = [...shown].sort((a, b) => onFront.has(a.number) - onFront.has(b.number));
  for (const trial of order) {
    const px = sx(trial.metrics[x.name]), py = sy(trial.metrics[y.name]);
    const mx = trial.measured[x.name], my = trial.measured[y.name];
    if (mx !== undefined || my !== undefined) {
      const qx = mx === undefined ? px : sx(mx), qy = my === undefined ? py : sy(my);
      svg.append(element("line", { class: "measured-link", x1: px, y1: py, x2: qx, y2: qy }),
        element("polygon", { class: "measured", points: `${qx},${qy - 5} ${qx + 5},${qy} ${qx},${qy + 5} ${qx - 5},${qy}` }));
    }
    const kind = ["dot", onFront.has(trial.number) && "on-front", !trial.feasible && "infeasible", trial.number === state.trial && "chosen"];
    const dot = element("circle", {
      class: kind.filter(Boolean).join(" "), cx: px, cy: py, r: onFront.has(trial.number) ? 5 : 4, tabindex: 0,
      "data-trial": trial.number, "aria-label": `trial ${trial.number}`,
      onmouseenter: () => showDetails(trial.number), onmouseleave: () => showDetails(state.trial),
      onfocus: () => showDetails(trial.number), onclick: () => choose(trial.number),
      onkeydown: event => { if (event.key === "Enter") choose(trial.number); }
    });
    svg.append(dot);
  }
  const measured = shown.some(trial => Object.keys(trial.measured).length);
  $("legend").textContent = `Filled blue: front of these two metrics (${front.length}). Grey: beaten. Hollow: breaks a limit.`
    + (measured ? ` Diamond: measured by ${data.measured_by}.` : "") + (limits.length ? " Dashed red: limit." : "");
}
function drawHistory() {
  const svg = $("history"), x = byName.get(state.x), y = byName.get(state.y);
  const size = { width: 1140, height: 190, left: 66, right: 16, top: 10, bottom: 42 };
  svg.replaceChildren();
  const shares = historyOf(x, y);
  if (!shares.length) return;
  const sx = scale([1, done.length], size.left, size.width - size.right), sy = scale([0, ...shares], size.height - size.bottom, size.top);
  axes(svg, sx, sy, size, "finished trials", "share of the box");
  svg.append(element("path", { class: "history-line", d: shares.map((share, at) => `${at ? "L" : "M"}${sx(at + 1)} ${sy(share)}`).join("") }),
    element("line", { class: "history-now", x1: sx(state.until), x2: sx(state.until), y1: size.top, y2: size.height - size.bottom }));
  $("history-caption").textContent = `The front over time: hypervolume of ${x.name} and ${y.name}, as a share of the box between the best and the worst values seen. `
    + `After ${state.until} trials: ${number(shares[state.until - 1])}.`;
}

/* ---- details, tables ---- */
function showDetails(wanted) {
  const panel = $("details");
  panel.replaceChildren();
  const trial = data.trials.find(one => one.number === wanted);
  if (!trial) {
    panel.append(element("p", {}, "Point at a trial to see its configuration; click to keep it."));
    return;
  }
  panel.dataset.trial = trial.number;
  panel.append(element("h3", {}, `Trial ${trial.number}${trial.front ? " \u2605" : ""}`));
  const lines = [trial.state === "COMPLETE" ? (trial.feasible ? null : "breaks a limit") : trial.state, trial.failure || null, `${number(trial.duration)} ms`];
  panel.append(element("p", {}, lines.filter(Boolean).join(" \u00b7 ")));
  const table = element("table");
  const anyMeasured = Object.keys(trial.measured).length > 0;
  if (anyMeasured) table.append(element("tr", {}, element("th"), element("th", {}, "trial"), element("th", {}, "measured")));
  for (const metric of metrics) {
    if (trial.metrics[metric.name] === undefined && trial.measured[metric.name] === undefined) continue;
    const row = element("tr", {}, element("td", {}, withUnit(metric)), element("td", {}, number(trial.metrics[metric.name])));
    if (anyMeasured) row.append(element("td", {}, trial.measured[metric.name] === undefined ? "" : number(trial.measured[metric.name])));
    table.append(row);
  }
  panel.append(table);
  for (const [node, keys] of trial.config) {
    panel.append(element("h4", {}, node));
    const choices = element("table");
    for (const [key, value] of keys) choices.append(element("tr", {}, element("td", {}, key), element("td", {}, value)));
    panel.append(choices);
  }
}
function choose(wanted) {
  state.trial = state.trial === wanted ? null : wanted;
  render();
}
/* Keys of nodes that differ between trials: what the search chose. */
function chosenKeys() {
  const seen = new Map();
  for (const trial of done) for (const [node, keys] of trial.config) for (const [key, value] of keys) {
    const id = JSON.stringify([node, key]);
    if (!seen.has(id)) seen.set(id, { node, key, values: new Set() });
    seen.get(id).values.add(value);
  }
  return [...seen.values()].filter(one => one.values.size > 1);
}
const keys = chosenKeys();
function drawChoices() {
  const x = byName.get(state.x), y = byName.get(state.y), front = frontOf(done.slice(0, state.until), x, y);
  const table = $("choices");
  table.replaceChildren();
  const head = element("thead"), row = element("tr", {}, element("th", {}, "trial"), element("th", {}, x.name), element("th", {}, y.name));
  for (const one of keys) row.append(element("th", { title: `${one.node} ${one.key}` }, one.node, element("br"), one.key.replace(/_width$/, "")));
  head.append(row);
  const body = element("tbody");
  const lookup = (trial, one) => ((trial.config.find(([node]) => node === one.node) || [0, []])[1].find(([key]) => key === one.key) || [])[1];
  for (const trial of front) {
    const line = element("tr", { "data-trial": trial.number, onclick: () => choose(trial.number) }, element("td", {}, String(trial.number)),
      element("td", {}, number(trial.metrics[x.name])), element("td", {}, number(trial.metrics[y.name])));
    for (const one of keys) {
      const value = lookup(trial, one), ranked = [...one.values].sort((a, b) => a - b || String(a).localeCompare(String(b)));
      const share = value === undefined || ranked.length < 2 ? 0 : ranked.indexOf(value) / (ranked.length - 1);
      line.append(element("td", { style: `background: rgba(var(--cell), ${(0.04 + 0.5 * share).toFixed(3)})` }, value === undefined ? "" : value));
    }
    if (trial.number === state.trial) line.classList.add("chosen");
    body.append(line);
  }
  table.append(head, body);
}
let sortBy = "number", descending = false;
function drawTrials() {
  const table = $("trials");
  table.replaceChildren();
  const columns = [["number", "trial"], ["state", "state"], ...metrics.map(metric => [metric.name, withUnit(metric)]), ["duration", "ms"]];
  const value = (trial, key) => byName.has(key) ? trial.metrics[key] : trial[key];
  const head = element("tr");
  for (const [key, text] of columns) {
    const mark = key === sortBy ? (descending ? " \u25bc" : " \u25b2") : "";
    head.append(element("th", { "aria-sort": key === sortBy ? (descending ? "descending" : "ascending") : "none" },
      element("button", { type: "button", onclick: () => { descending = sortBy === key && !descending; sortBy = key; drawTrials(); } }, text + mark)));
  }
  const rows = [...data.trials].sort((a, b) => {
    const [p, q] = [value(a, sortBy), value(b, sortBy)];
    if (p === undefined || q === undefined) return (p === undefined) - (q === undefined);
    return (p < q ? -1 : p > q ? 1 : a.number - b.number) * (descending ? -1 : 1);
  });
  const body = element("tbody");
  for (const trial of rows) {
    const line = element("tr", { "data-trial": trial.number, onclick: () => choose(trial.number) });
    if (trial.number === state.trial) line.classList.add("chosen");
    for (const [key] of columns) {
      if (key === "number") line.append(element("td", {}, String(trial.number), trial.front ? element("span", { class: "star", title: "on the front" }, " \u2605") : ""));
      else if (key === "state") line.append(element("td", { title: trial.failure }, trial.state === "COMPLETE" && !trial.feasible ? "breaks a limit" : trial.state));
      else line.append(element("td", {}, number(value(trial, key))));
    }
    body.append(line);
  }
  table.append(element("thead", {}, head), body);
}

/* ---- controls ---- */
function render() {
  $("x").value = state.x;
  $("y").value = state.y;
  $("until").value = state.until;
  $("until-text").textContent = `${state.until} of ${done.length}`;
  drawPlot();
  drawHistory();
  drawChoices();
  drawTrials();
  showDetails(state.trial);
  writeAddress();
}
let timer = null;
function play() {
  if (timer !== null) { clearInterval(timer); timer = null; } else {
    if (state.until === done.length) state.until = 1;
    timer = setInterval(() => {
      state.until = Math.min(done.length, state.until + Math.max(1, Math.round(done.length / 100)));
      if (state.until === done.length) play();
      $("until").value = state.until;
      $("until-text").textContent = `${state.until} of ${done.length}`;
      drawPlot();
      drawHistory();
    }, 60);
  }
  $("play").textContent = timer === null ? "Play" : "Pause";
  $("play").setAttribute("aria-pressed", String(timer !== null));
  if (timer === null) render();
}
function start() {
  for (const [name, value] of data.facts) $("facts").append(element("div", {}, element("dt", {}, name), element("dd", {}, value)));
  for (const note of data.notes) $("notes").append(element("li", {}, note));
  if (!done.length) {
    $("plot-section").replaceChildren(element("p", {}, "No trial has finished."));
    for (const id of ["choices"]) $(id).replaceChildren();
    state.until = 0;
    drawTrials();
    return;
  }
  for (const id of ["x", "y"]) {
    for (const metric of metrics) $(id).append(element("option", { value: metric.name }, withUnit(metric) + (metric.source ? ` (${metric.source})` : "")));
    $(id).addEventListener("change", () => { state[id] = $(id).value; render(); });
  }
  $("until").max = done.length;
  $("until").addEventListener("input", () => { state.until = +$("until").value; render(); });
  $("play").addEventListener("click", play);
  window.addEventListener("hashchange", () => { readAddress(); render(); });
  readAddress();
  render();
}
start();
