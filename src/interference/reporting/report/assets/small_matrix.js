// A confusion matrix of a few parts, each a class or several classes: percent of the row, and counts where one points.

import {createElement, formatNumber, formatPercent, wilsonInterval} from "./base.js";
import {inkOn, RATES, shade} from "./plots.js";

const DENSE = 30; // parts, from which on cells are too small for numbers

// A part of a row in percent: empty for none, with two decimals if it is small, and 100.0 only if it is all.
function percentText(k, n) {
  const value = (100 * k) / n;
  if (!k) return "";
  if (value < 0.005) return "<0.01";
  const text = value.toFixed(value < 0.05 ? 2 : 1);
  return k < n && text === "100.0" ? ">99.9" : text;
}

// Draws the counts (rows of columns) of `parts`, each with a `name` and perhaps a full `title`, into a box.
export function paintMatrix(box, status, parts, counts) {
  const sizes = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const rate = (a, b) => (sizes[a] ? counts[a][b] / sizes[a] : 0);
  const top = Math.max(0.01, ...parts.flatMap((_, a) => parts.map((_, b) => (a === b ? 0 : rate(a, b)))));
  const isDense = parts.length > DENSE;
  const fullName = ({title, name}) => title ?? name;
  const head = (scope, part) =>
    createElement("th", {scope, title: fullName(part)}, createElement("span", {}, part.name));

  function describe(a, b) {
    const [k, n] = [counts[a][b], sizes[a]];
    const interval = n ? wilsonInterval(k, n) : null;
    const ends = interval ? ` (95 %: ${(100 * interval[0]).toFixed(2)} to ${formatPercent(interval[1], 2)})` : "";
    const share = n ? `, ${formatPercent(k / n, 2)}${ends}` : "";
    const images = `${formatNumber(k)} of ${formatNumber(n)} images${share}`;
    status.textContent = `${fullName(parts[a])} predicted as ${fullName(parts[b])}: ${images}`;
  }
  function cell(a, b) {
    const rgb = a === b ? null : shade(RATES, Math.sqrt(rate(a, b) / top));
    const style = rgb ? `--shade: rgb(${rgb}); --on: ${inkOn(rgb)}` : null;
    const text = sizes[a] ? percentText(counts[a][b], sizes[a]) : "\u2013";
    const attributes = {class: a === b ? "recall" : "", style, onmouseover: () => describe(a, b)};
    return createElement("td", attributes, isDense ? "" : text);
  }
  const heads = createElement("tr", {}, createElement("th", {scope: "col"}, "true \\ predicted"));
  heads.append(...parts.map((part) => head("col", part)));
  const rows = parts.map((part, a) => createElement("tr", {}, head("row", part), ...parts.map((_, b) => cell(a, b))));
  box.replaceChildren(
    createElement(
      "table",
      {class: isDense ? "dense" : "", style: `--classes: ${parts.length}`},
      createElement("thead", {}, heads),
      createElement("tbody", {}, ...rows),
    ),
  );
  status.textContent = "";
}
