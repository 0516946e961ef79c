// Lines over time, each with its words and its table.

import { clock, drawn, element, roundUp, say, tableOf } from "./words.js";

const HEIGHT = 150;
const LEFT = 46;
const BOTTOM = 18;
// How far back a chart goes: no further than there is something to see.
const SPANS_SECONDS = [30, 60, 120];

export class Chart {
  // `lines` are [name, key] pairs; `told` makes words of a figure, `unit` stands at the axis.
  constructor(root, { lines, told, most, area }) {
    Object.assign(this, { lines, told, most, area });
    this.plot = drawn("svg", { role: "img" });
    this.caption = element("figcaption");
    this.body = element("div", { class: "scroll", tabindex: "0" });
    this.details = element("details", {}, element("summary", {}, "As a table"), this.body);
    const kinds = ["one", "two"];
    const legend = element("ul", { class: "legend", "aria-hidden": "true" },
      ...lines.map(([name], index) => element("li", {}, element("span", { class: `key line-${kinds[index]}` }), name)));
    root.append(...(lines.length > 1 ? [legend] : []), this.plot, this.caption, this.details);
    this.details.addEventListener("toggle", () => this.table());
    this.samples = [];
  }

  show(samples) {
    this.samples = samples;
    if (samples.length === 0) return;
    // A unit is a pixel, so that letters are as large on a phone.
    const wide = Math.max(this.plot.clientWidth, 200);
    this.plot.setAttribute("viewBox", `0 0 ${wide} ${HEIGHT}`);
    const now = samples.at(-1).at;
    const span = SPANS_SECONDS.find((seconds) => now - samples[0].at <= seconds) ?? SPANS_SECONDS.at(-1);
    const from = now - span;
    const seen = samples.filter((sample) => sample.at >= from);
    const values = seen.flatMap((sample) => this.lines.map(([, key]) => sample[key])).filter((value) => value !== null);
    const top = this.most ?? roundUp(Math.max(...values, 0));
    const x = (at) => LEFT + ((at - from) / span) * (wide - LEFT);
    const y = (value) => (HEIGHT - BOTTOM) * (1 - value / top) + 6 * (value / top);
    const parts = [0, 0.5, 1].flatMap((share) => [
      drawn("line", { class: "grid", x1: LEFT, x2: wide, y1: y(top * share), y2: y(top * share) }),
      drawn("text", { x: LEFT - 6, y: y(top * share) + 4, "text-anchor": "end" }, this.told(top * share)),
    ]);
    const ticks = [[span, "start"], [0, "end"]];
    if (wide > 260) ticks.push([span / 2, "middle"]);
    for (const [seconds, anchor] of ticks) {
      const text = seconds === 0 ? "now" : `${seconds} s ago`;
      parts.push(drawn("text", { x: x(now - seconds), y: HEIGHT - 3, "text-anchor": anchor }, text));
    }
    this.lines.forEach(([, key], index) => {
      const path = this.path(seen, key, x, y);
      if (!path) return;
      if (this.area && index === 0) {
        const known = seen.filter((sample) => sample[key] !== null);
        const ground = `L${x(known.at(-1).at).toFixed(1)},${y(0)}L${x(known[0].at).toFixed(1)},${y(0)}Z`;
        parts.push(drawn("path", { class: "area", d: path.replaceAll("M", "L").replace("L", "M") + ground }));
      }
      parts.push(drawn("path", { class: `line ${index === 0 ? "one" : "two"}`, d: path }));
    });
    this.plot.replaceChildren(...parts);
    const last = seen.at(-1);
    const words = this.lines.map(([name, key]) => `${name} ${last[key] === null ? "unknown" : this.told(last[key])}`).join(", ");
    const peak = values.length > 0 ? `; highest ${this.told(Math.max(...values))} in ${span} s` : "";
    say(this.caption, `${words}${peak}`);
    this.plot.setAttribute("aria-label", `Line chart. ${words}${peak}`);
  }

  // Where nothing is known there is a gap.
  path(samples, key, x, y) {
    let path = "";
    let isDown = false;
    for (const sample of samples) {
      if (sample[key] === null) {
        isDown = false;
        continue;
      }
      path += `${isDown ? "L" : "M"}${x(sample.at).toFixed(1)},${y(sample[key]).toFixed(1)}`;
      isDown = true;
    }
    return path;
  }

  // The table is made when it is opened and does not change under the reader.
  table() {
    if (!this.details.open) return;
    const rows = this.samples.slice(-60).reverse()
      .map((sample) => [clock(sample.at), ...this.lines.map(([, key]) => (sample[key] === null ? "–" : this.told(sample[key])))]);
    this.body.replaceChildren(tableOf(["Time", ...this.lines.map(([name]) => name)], rows, "The last minute, latest first"));
  }
}
