// Where every item is, and that it adds up.

import { count, element, say, words } from "./words.js";

export class LedgerTable {
  constructor(sum, table) {
    this.sum = sum;
    this.table = table;
    this.shape = "";
  }

  show({ ledger, sources }) {
    const came = ledger.came.filter((term, index) => index === 0 || term.count > 0);
    const went = ledger.went.filter((term) => term.count > 0 || ["answered", "failed"].includes(term.name));
    const told = (term) => `${words(term.name)} ${count(term.count)}${term.reason ? ` (${term.reason})` : ""}`;
    const equation = `${came.map(told).join(" + ")} = ${went.map(told).join(" + ")}`;
    const verdict = element("span", { class: ledger.adds_up ? "sound" : "unsound" }, ledger.adds_up ? "✓ adds up" : "✕ does not add up");
    if (this.sum.dataset.told !== equation) {
      this.sum.dataset.told = equation;
      this.sum.replaceChildren(`${equation} `, verdict);
    }
    const columns = [...came, ...went];
    const shape = JSON.stringify([sources.map((source) => source.name), columns.map((term) => [term.name, term.reason])]);
    if (shape !== this.shape) {
      this.shape = shape;
      const head = ["Camera", ...columns.map((term) => words(term.name) + (term.reason ? ` (${term.reason})` : ""))];
      const row = (name, kind) => element("tr", kind, element("th", { scope: "row" }, name), ...columns.map(() => element("td")));
      this.table.replaceChildren(
        element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))),
        element("tbody", {}, ...sources.map((source) => row(source.name, {})), row("All", { class: "total" })));
    }
    const of = (terms, { name, reason }) => terms.find((term) => term.name === name && term.reason === reason)?.count ?? 0;
    const rows = [...this.table.tBodies[0].rows];
    [...sources.map((source) => source.ledger), ledger].forEach((each, index) => {
      const terms = [...each.came, ...each.went];
      columns.forEach((column, place) => say(rows[index].cells[place + 1], count(of(terms, column))));
    });
  }
}
