// Saves what a picture shows as a file: its numbers as CSV, or itself as SVG.

import {createElement} from "./base.js";

export function save(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], {type}));
  createElement("a", {href: address, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

function cell(value) {
  const text = String(value ?? "");
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
const toCsv = (rows) => rows.map((row) => `${row.map(cell).join(",")}\n`).join("");

// The two buttons below a picture; `rows` and `svg` are called when they are pressed.
export function downloads(label, rows, svg) {
  const name = label
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 40);
  const button = (kind, onclick) =>
    createElement("button", {type: "button", "aria-label": `Download ${kind}: ${label}`, onclick}, kind);
  return createElement(
    "div",
    {class: "downloads"},
    button("CSV", () => save(`${name}.csv`, "text/csv", toCsv(rows()))),
    button("SVG", () => svg(name)),
  );
}

// The numbers of Plotly's traces: a row a point. Decoration (which shows nothing when pointed at) is left out.
export function traceRows(traces) {
  const rows = [["series", "x", "y", "value", "text"]];
  const plain = (text) => String(text ?? "").replaceAll("<br>", "; ");
  for (const trace of traces.filter(({hoverinfo}) => hoverinfo !== "skip")) {
    const x = trace.x ?? trace.theta;
    const y = trace.y ?? trace.r;
    if (trace.z && Array.isArray(trace.z[0])) {
      trace.z.forEach((row, i) => {
        row.forEach((value, j) => {
          rows.push([trace.name, x?.[j] ?? j, y?.[i] ?? i, value, plain(trace.text?.[i]?.[j])]);
        });
      });
    } else {
      x.forEach((place, k) => {
        const own = [trace.customdata?.[k] ?? y[k]].flat();
        const label = trace.text?.[k] ?? (own.length > 1 ? own[0] : "");
        rows.push([trace.name, place, y[k], own.at(-1), plain(label)]);
      });
    }
  }
  return rows;
}
