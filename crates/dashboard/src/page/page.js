// Joins the parts of the page to the events of the server.

import { Cameras } from "./cameras.js";
import { Chart } from "./charts.js";
import { Lanes, Strips } from "./lanes.js";
import { LedgerTable } from "./ledger.js";
import { bytes, clock, count, element, rate, say, time } from "./words.js";

// Events come several times a second: so long a silence means that the server is gone.
const SILENCE_MS = 5000;
const RETRY_MS = 1500;
const SAMPLES = 180;

const at = (id) => document.getElementById(id);
const cameras = new Cameras(at("camera-list"));
const strips = new Strips(at("workers"));
const lanes = new Lanes(at("lanes"));
const ledger = new LedgerTable(at("ledger-sum"), at("ledger"));
const charts = [
  new Chart(at("throughput"), { lines: [["captured per second", "captured"], ["answered per second", "answered"]], told: rate }),
  new Chart(at("latency"), { lines: [["half within", "p50"], ["99 of 100 within", "p99"]], told: time }),
  new Chart(at("fill"), { lines: [["full", "fill"]], told: (share) => `${Math.round(share * 100)} %`, most: 1, area: true }),
];
let samples = [];
let events = null;
let heardAt = 0;
let retry = null;

function link(state, text, alert = "") {
  document.body.dataset.link = state;
  say(at("link-text"), text);
  say(at("lost"), alert);
  at("lost").hidden = alert === "";
}

function lost() {
  close();
  if (document.body.dataset.link !== "ended" && document.body.dataset.link !== "lost") {
    const when = new Date().toLocaleTimeString();
    link("lost", "connection lost", `No connection to creel since ${when}. What you see is from before; trying again.`);
  }
  clearTimeout(retry);
  retry = setTimeout(open, RETRY_MS);
}

function close() {
  events?.close();
  events = null;
}

function open() {
  if (events || document.hidden) return;
  clearTimeout(retry);
  const opened = new EventSource("/events");
  events = opened;
  heardAt = performance.now();
  const on = (name, act) => opened.addEventListener(name, ({ data }) => {
    if (events !== opened) return;
    heardAt = performance.now();
    act(JSON.parse(data));
  });
  on("history", (history) => { samples = history; });
  on("state", (state) => {
    link("live", state.stopping ?? "live");
    show(state);
  });
  on("pictures", (pictures) => cameras.stand(pictures));
  on("end", () => {
    link("ended", "run ended", `The run ended at ${new Date().toLocaleTimeString()}. What you see is how it ended.`);
    lost();
  });
  opened.onerror = () => { if (events === opened) lost(); };
}

function show(state) {
  say(at("title"), state.title);
  cameras.tell(state.sources);
  const { bottleneck } = state;
  at("bottleneck").classList.toggle("held", Boolean(bottleneck));
  say(at("bottleneck-part"), bottleneck ? `Bottleneck: ${bottleneck.part}` : "");
  say(at("bottleneck-text"), bottleneck ? bottleneck.text : "Nothing holds the run up.");
  figures(state);
  fills(state.fills);
  sinks(state.sinks);
  if (state.sample && state.sample.at !== samples.at(-1)?.at) {
    samples = [...samples.slice(1 - SAMPLES), state.sample];
  }
  charts.forEach((chart) => chart.show(samples));
  strips.show(state);
  lanes.show(state);
  ledger.show(state);
  say(at("pages"), state.pages > 1 ? `${count(state.pages)} pages are open` : "");
}

function figures(state) {
  const { sample, latency, service, workers } = state;
  const known = (figure, seconds) => (figure.count > 0 ? time(seconds) : "–");
  const told = [
    ["running for", clock(state.elapsed)],
    ["answered per second", sample ? rate(sample.answered) : "–"],
    ["captured per second", sample ? rate(sample.captured) : "–"],
    ["latency, half within", known(latency, latency.p50)],
    ["latency, 99 of 100", known(latency, latency.p99)],
    ["server, half within", known(service, service.p50)],
    ["workers busy", `${workers.running + workers.blocked} of ${workers.most}`],
  ];
  const root = at("figures");
  if (root.children.length !== told.length) {
    root.replaceChildren(...told.map(([name]) => element("div", {}, element("dt", {}, name), element("dd"))));
  }
  told.forEach(([, figure], index) => say(root.children[index].lastChild, figure));
}

function nameOf(fill) {
  return fill.unit === "bytes" ? `${fill.name} memory` : fill.name;
}

function fills(all) {
  const root = at("fills");
  if (root.children.length !== all.length) {
    root.replaceChildren(...all.map((fill) => {
      const meter = element("meter", { min: 0, max: 1, low: 0.5, high: 0.8, optimum: 0, "aria-label": nameOf(fill) });
      return element("div", { class: "fill" }, element("div", {}, element("span", {}, fill.name), element("span")), meter);
    }));
  }
  all.forEach((fill, index) => {
    const told = fill.unit === "bytes" ? bytes : count;
    const text = fill.capacity === null ? told(fill.used) : `${told(fill.used)} of ${told(fill.capacity)}`;
    const row = root.children[index];
    say(row.firstChild.firstChild, nameOf(fill));
    say(row.firstChild.lastChild, fill.unit === "bytes" ? text : `${text} items`);
    row.lastChild.hidden = fill.capacity === null;
    row.lastChild.value = fill.capacity ? fill.used / fill.capacity : 0;
    row.lastChild.setAttribute("aria-valuetext", text);
  });
}

// What became of the records that a sink was to take, where it is not simply that it took them.
const FATES = [["dropped", "dropped"], ["rejected", "rejected"], ["queued", "waiting"]];

function sinks(all) {
  const root = at("sinks");
  root.hidden = all.length === 0;
  if (root.children.length !== all.length) {
    root.replaceChildren(...all.map(() => element("li", {}, element("strong"), element("span", { class: "badge" }), element("span"), element("p", { class: "note failed" }))));
  }
  all.forEach((sink, index) => {
    const [name, badge, told, trouble] = root.children[index].children;
    const fates = FATES.filter(([fate]) => sink[fate] > 0).map(([fate, word]) => `, ${count(sink[fate])} ${word}`);
    root.children[index].classList.toggle("dead", !sink.is_well);
    say(name, sink.name);
    say(badge, sink.state);
    say(told, `${count(sink.written)} written${fates.join("")}`);
    const why = sink.is_well ? "" : sink.trouble ?? "";
    say(trouble, why);
    trouble.hidden = why === "";
  });
}

setInterval(() => {
  if (events && !document.hidden && performance.now() - heardAt > SILENCE_MS) lost();
}, 500);

// A page that nobody sees costs nothing, and leaves its connection to others of the same browser.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) close();
  else open();
});

open();
