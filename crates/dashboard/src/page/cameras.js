// The pictures of the cameras, with what of their answers is drawn over them.

import { count, element, say, time } from "./words.js";

// Older than that the latest picture that was captured is not what the camera sees.
const OLD_SECONDS = 2;

// The picture that is drawn may be older than the latest: one with its answer stands until it is two seconds behind. To
// that comes the time until it is asked for, which is long where many pages are open.
const OLD_DRAWN_SECONDS = OLD_SECONDS + 2;

// A picture that takes longer is asked for again.
const ASK_MS = 5000;

// An answer that is so much older than what is captured is told to be.
const LAG_SECONDS = 1;

const LINES = ["#3ddc84", "#ffb020", "#4aa8ff", "#ff6bcb", "#c0f23c"];

class Camera {
  constructor(number, name, pause) {
    this.number = number;
    this.pause = pause;
    this.shown = null;
    this.asks = false;
    this.askedAt = 0;
    // When the picture that is drawn was captured, or of none when there was first one to be had.
    this.drawnFrom = null;
    this.standing = { shown: null, captured_age: null, answered_age: null };
    this.toldAt = performance.now();
    this.health = { word: "opening", is_well: true, text: "opening" };
    this.canvas = element("canvas", { role: "img", width: 640, height: 480 });
    this.over = element("div", { class: "over" });
    this.badge = element("span", { class: "badge" });
    this.note = element("p", { class: "note" });
    this.counts = element("p", { class: "counts" });
    this.root = element("article", { class: "camera", "aria-labelledby": `camera-${number}` },
      element("header", {}, element("h3", { id: `camera-${number}` }, name), this.badge),
      element("div", { class: "view" }, this.canvas, this.over),
      this.note, this.counts);
    this.name = name;
  }

  tell(source) {
    this.health = source.health;
    const find = (name) => [...source.ledger.came, ...source.ledger.went]
      .filter((term) => term.name === name).reduce((sum, term) => sum + term.count, 0);
    const parts = ["captured", "answered", "failed", "dropped"]
      .map((name) => [name, find(name)])
      .filter(([name, number]) => number > 0 || name === "captured" || name === "answered")
      .map(([name, number]) => `${name} ${count(number)}`);
    if (source.lost > 0) parts.push(`lost by the camera ${count(source.lost)}`);
    if (source.disconnections > 0) parts.push(`disconnected ${count(source.disconnections)}×`);
    say(this.counts, parts.join(" · "));
    this.age();
  }

  stand(standing, pace) {
    this.standing = standing;
    this.toldAt = performance.now();
    if (standing.shown !== null) this.drawnFrom ??= this.toldAt;
    this.pace = pace;
    this.age();
    this.ask();
  }

  // Says how old the picture is: a stale one is never shown as if it were live. That the server has a young one is not
  // enough, since what came of it may be torn, or nothing at all.
  age() {
    const now = performance.now();
    const passed = (now - this.toldAt) / 1e3;
    const { captured_age, answered_age } = this.standing;
    const isEnded = this.health.word === "ended";
    const captured = captured_age === null ? null : captured_age + passed;
    const drawn = this.drawnFrom === null ? 0 : (now - this.drawnFrom) / 1e3;
    const drawnMax = OLD_DRAWN_SECONDS + (this.pace || 0) / 1e3;
    const isOld = !isEnded && captured !== null && (captured > OLD_SECONDS || drawn > drawnMax);
    const isDead = !this.health.is_well;
    this.root.classList.toggle("dead", isDead);
    this.root.classList.toggle("old", isOld && !isDead);
    this.root.classList.toggle("quiet", isEnded || this.health.word === "opening");
    const sign = isDead ? "✕" : isEnded ? "■" : this.health.word === "opening" ? "…" : "●";
    // The seconds in it would have screen readers talk without an end: the word alone is the badge.
    say(this.badge, `${sign} ${isOld && !isDead ? "no picture" : this.health.word}`);
    const since = captured === null ? "no picture yet" : `no picture for ${time(Math.max(captured, drawn))}`;
    say(this.over, isDead || isOld ? `${since}${isDead ? ` — ${this.health.text}` : ""}` : "");
    const lag = captured === null || answered_age === null ? 0 : answered_age + passed - captured;
    this.lag = !isEnded && (lag > LAG_SECONDS ? `, last answer ${time(lag)} behind` : "");
    this.write();
  }

  write() {
    const { head } = this;
    if (!head) {
      say(this.note, "");
    } else if (head.failure) {
      say(this.note, `frame ${head.number} failed: ${head.failure}`);
    } else {
      const labels = head.shapes.map(({ label }) => label).filter(Boolean);
      const found = [...labels, ...head.texts].join(", ");
      const missing = document.body.dataset.link === "ended" ? "no answer" : "no answer yet";
      const told = head.is_answered ? found || "nothing found" : missing;
      say(this.note, `frame ${head.number}: ${told}${this.lag || ""}`);
    }
    this.note.classList.toggle("failed", Boolean(head && head.failure));
    const state = this.root.classList.contains("dead") || this.root.classList.contains("old")
      ? "a stale picture" : "the live picture";
    const label = `${this.name}, ${state}. ${this.note.textContent}`;
    if (document.activeElement !== this.canvas) this.canvas.setAttribute("aria-label", label);
  }

  // Asks for one picture at a time, so that a slow line gets fewer of them and never late ones.
  async ask() {
    const due = this.askedAt + (this.pace || 0) * 0.9;
    if (this.asks || document.hidden || this.standing.shown === null || this.standing.shown === this.shown
      || performance.now() < due) {
      return;
    }
    this.asks = true;
    this.askedAt = performance.now();
    const asked = this.standing.shown;
    try {
      const response = await fetch(`/sources/${this.number}/shot`, { signal: AbortSignal.timeout(ASK_MS) });
      if (response.ok) {
        const age = Number(response.headers.get("creel-captured-age")) * 1e3;
        // It was that old when the server answered, and is older by what it took to come.
        const from = this.askedAt - age;
        await this.show(await response.arrayBuffer());
        this.drawnFrom = from;
        this.shown = asked;
      }
    } catch {
      // The picture that is drawn grows old, and is told to; the events tell if the server is gone.
    } finally {
      this.asks = false;
    }
  }

  async show(buffer) {
    const length = new DataView(buffer).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
    const picture = new Blob([new Uint8Array(buffer, 4 + length)], { type: head.media_type });
    const bitmap = await createImageBitmap(picture);
    // What is said belongs to what is seen.
    this.head = head;
    const { canvas } = this;
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
      canvas.parentElement.style.aspectRatio = `${bitmap.width} / ${bitmap.height}`;
    }
    const pen = canvas.getContext("2d");
    pen.drawImage(bitmap, 0, 0);
    bitmap.close();
    this.head.shapes.forEach((shape, index) => draw(pen, shape, LINES[index % LINES.length]));
    canvas.dataset.frame = this.head.number;
    canvas.dataset.shapes = this.head.shapes.length;
    this.write();
  }
}

function draw(pen, { points, label, score }, color) {
  const { width, height } = pen.canvas;
  const unit = Math.max(2, Math.round(Math.min(width, height) / 160));
  const corners = points.map(([x, y]) => [x * width, y * height]);
  pen.lineJoin = "round";
  pen.beginPath();
  corners.forEach(([x, y], index) => (index === 0 ? pen.moveTo(x, y) : pen.lineTo(x, y)));
  pen.closePath();
  pen.strokeStyle = "#000a";
  pen.lineWidth = unit * 2.2;
  pen.stroke();
  pen.strokeStyle = color;
  pen.lineWidth = unit;
  pen.stroke();
  const certain = score === null || score === undefined ? "" : ` ${Math.round(score * 100)} %`;
  const text = `${label}${certain}`.trim();
  if (!text) return;
  const size = unit * 6;
  pen.font = `600 ${size}px system-ui, sans-serif`;
  const wide = pen.measureText(text).width + size * 0.6;
  const left = Math.max(0, Math.min(Math.min(...corners.map(([x]) => x)), width - wide));
  const top = Math.min(...corners.map(([, y]) => y));
  const tall = size * 1.35;
  const above = top - tall - unit >= 0 ? top - tall - unit : top + unit;
  pen.fillStyle = color;
  pen.fillRect(left, above, wide, tall);
  pen.fillStyle = "#0b0f14";
  pen.textBaseline = "middle";
  pen.fillText(text, left + size * 0.3, above + tall / 2);
}

export class Cameras {
  constructor(root) {
    this.root = root;
    this.cameras = [];
    setInterval(() => this.cameras.forEach((camera) => { camera.age(); camera.ask(); }), 250);
  }

  tell(sources) {
    const isSame = this.cameras.length === sources.length
      && this.cameras.every((camera, index) => camera.name === sources[index].name);
    if (!isSame) {
      this.cameras = sources.map((source, number) => new Camera(number, source.name));
      this.root.replaceChildren(...this.cameras.map((camera) => camera.root));
    }
    this.cameras.forEach((camera, index) => camera.tell(sources[index]));
  }

  stand({ easels, pace }) {
    this.cameras.forEach((camera, index) => {
      if (easels[index]) camera.stand(easels[index], pace);
    });
  }
}
