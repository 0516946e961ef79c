// What the workers did, and the lives of the latest futures.

import { color, drawn, element, roundUp, say, tableOf, time } from "./words.js";

const LEFT = 92;
const RIGHT = 24;
const ROW = 12;

export class Strips {
  constructor(root) {
    this.rows = element("div");
    this.caption = element("figcaption");
    root.append(this.rows, this.caption);
    this.shown = [];
  }

  show({ strips, strip_step: step, workers }) {
    if (this.shown.length !== strips.length) {
      this.shown = strips.map(() => {
        const name = element("span");
        const canvas = element("canvas", { height: "12", role: "img" });
        return { name, canvas, row: element("div", { class: "strip" }, name, canvas) };
      });
      this.rows.replaceChildren(...this.shown.map(({ row }) => row));
    }
    strips.forEach((strip, index) => this.draw(this.shown[index], strip, step));
    const told = `${workers.running} running, ${workers.blocked} blocked, ${workers.idle} idle`;
    const span = strips.length > 0 ? `. The last ${Math.round(60 * step)} s, latest at the right` : "";
    say(this.caption, `${told}, of at most ${workers.most}${span}`);
  }

  draw({ name, canvas }, { worker, running, blocked }, step) {
    say(name, worker.replace(/^creel-/, ""));
    const wide = Math.max(60, Math.round(canvas.clientWidth * devicePixelRatio));
    if (canvas.width !== wide) canvas.width = wide;
    const pen = canvas.getContext("2d");
    const { width, height } = canvas;
    pen.fillStyle = color("track");
    pen.fillRect(0, 0, width, height);
    const cell = width / 60;
    const first = 60 - running.length;
    const [runs, waits] = [color("running"), color("blocked")];
    for (let index = 0; index < running.length; index += 1) {
      const left = Math.floor((first + index) * cell);
      const right = Math.floor((first + index + 1) * cell) - (cell > 3 ? 1 : 0);
      const bar = (share, from, fill) => {
        const tall = Math.round((height * share) / 9);
        pen.fillStyle = fill;
        pen.fillRect(left, height - from - tall, right - left, tall);
        return from + tall;
      };
      const base = bar(Number(blocked[index]), 0, waits);
      bar(Math.min(Number(running[index]), 9 - Number(blocked[index])), base, runs);
    }
    const part = (digits) => Math.round([...digits].reduce((sum, digit) => sum + Number(digit), 0) / 9 / Math.max(1, digits.length) * 100);
    canvas.setAttribute("aria-label", `${worker}: ${part(running)} % running, ${part(blocked)} % blocked in the last ${Math.round(running.length * step)} s`);
  }
}

export class Lanes {
  constructor(root) {
    this.plot = drawn("svg", { role: "img" });
    this.caption = element("figcaption");
    this.body = element("div", { class: "scroll", tabindex: "0" });
    this.details = element("details", {}, element("summary", {}, "As a table"), this.body);
    root.append(this.plot, this.caption, this.details);
    this.details.addEventListener("toggle", () => this.table());
    this.lanes = [];
    this.span = 0;
  }

  show({ lanes, now }) {
    this.lanes = lanes;
    this.now = now;
    if (lanes.length === 0) {
      say(this.caption, "No future yet");
      return;
    }
    const ends = lanes.map((lane) => lane.over ?? now);
    const from = Math.min(...lanes.map((lane) => lane.submitted));
    const needed = roundUp(Math.max(Math.max(...ends) - from, 0.001));
    // An axis that shrinks at once would flicker.
    this.span = needed > this.span || needed < this.span / 2 ? needed : this.span;
    const wide = Math.max(this.plot.clientWidth, 280);
    const inner = wide - LEFT - RIGHT;
    const to = Math.max(...ends);
    const x = (at) => LEFT + Math.max(0, 1 - (to - at) / this.span) * inner;
    const tall = lanes.length * ROW + 22;
    this.plot.setAttribute("viewBox", `0 0 ${wide} ${tall}`);
    const shares = wide < 560 ? [0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1];
    const parts = shares.flatMap((share) => {
      const at = LEFT + share * inner;
      const text = share === 1 ? "latest" : `−${time(this.span * (1 - share))}`;
      return [
        drawn("line", { class: "grid", x1: at, x2: at, y1: 0, y2: tall - 18 }),
        drawn("text", { x: at, y: tall - 4, "text-anchor": share === 1 ? "end" : "middle" }, text),
      ];
    });
    lanes.forEach((lane, index) => parts.push(...this.lane(lane, index, x, now, lanes.length)));
    this.plot.replaceChildren(...parts);
    const told = this.words();
    say(this.caption, told);
    this.plot.setAttribute("aria-label", `Lanes of futures. ${told}`);
  }

  lane(lane, index, x, now, total) {
    const top = index * ROW;
    const bar = (kind, from, until) => {
      const [left, right] = [x(from), x(until)];
      return drawn("rect", { class: `lane-${kind}`, x: left.toFixed(1), y: top + 2, width: Math.max(right - left, 0.8).toFixed(1), height: ROW - 4, rx: 1 });
    };
    const end = lane.over ?? now;
    const begun = lane.begun ?? end;
    const done = lane.done ?? end;
    const parts = [bar("pending", lane.submitted, begun)];
    if (lane.begun !== null) parts.push(bar("running", begun, done));
    if (lane.done !== null) parts.push(bar("waiting", done, end));
    const mark = { answered: "●", failed: "✕", cancelled: "◌", dropped: "◌" }[lane.fate];
    if (mark) {
      parts.push(drawn("text", { class: `lane-${lane.fate}`, x: (x(end) + 3).toFixed(1), y: top + ROW - 2 }, mark));
    }
    if (index % 2 === 0 || index === total - 1) {
      const name = `${lane.source} ${lane.number}`;
      const short = name.length > 14 ? `…${name.slice(-13)}` : name;
      parts.push(drawn("text", { x: LEFT - 6, y: top + ROW - 2, "text-anchor": "end" }, short));
    }
    return parts;
  }

  state(lane) {
    if (lane.fate) return lane.fate;
    if (lane.done !== null) return "done, waits to be written";
    return lane.begun === null ? "pending" : "running";
  }

  words() {
    const counts = new Map();
    for (const lane of this.lanes) counts.set(this.state(lane), (counts.get(this.state(lane)) ?? 0) + 1);
    return `The latest ${this.lanes.length}: ${[...counts].map(([state, number]) => `${number} ${state}`).join(", ")}`;
  }

  table() {
    if (!this.details.open) return;
    const between = (from, until) => (from === null ? "–" : time(Math.max(until - from, 0)));
    const rows = [...this.lanes].reverse().map((lane) => {
      // A step that did not come to its end was given up, or takes still.
      const end = lane.over ?? this.now;
      const done = lane.done ?? end;
      return [
        `${lane.source} ${lane.number}`, this.state(lane), between(lane.submitted, lane.begun ?? end), between(lane.begun, done), between(lane.done, end),
      ];
    });
    this.body.replaceChildren(tableOf(["Frame", "State", "Pending", "Running", "Until written"], rows, "The latest futures when this was opened"));
  }
}
