// The confusion matrix of groups of classes, which open and close, or of a few chosen classes with all others as one.

import {createElement, formatNumber, formatPercent, shortLabels, study, wilsonInterval} from "./base.js";
import {select} from "./controls.js";
import {countsOf} from "./counts.js";
import {darkScheme, inkOn, RATES, shade} from "./plots.js";

export function showGroups(section, {groups, chosen, runs: tested}) {
  const size = study.classes.length;
  const runs = tested.filter((run) => study.views.cctm.runs[run]?.test);
  const state = {run: runs[0], shows: groups.length ? "groups" : "chosen", open: new Set(), chosen: new Set(chosen)};
  const [bar, box, status] = [".controls", ".matrix .wide", ".status"].map((path) => section.querySelector(path));

  // The rows of the matrix: a name and the classes behind it.
  function parts() {
    if (state.shows === "chosen") {
      const rest = [...study.classes.keys()].filter((label) => !state.chosen.has(label));
      const own = [...state.chosen].sort((a, b) => a - b).map(single);
      return rest.length ? [...own, {name: `other (${rest.length})`, classes: rest}] : own;
    }
    return groups.flatMap(({name, classes}, place) =>
      state.open.has(place) ? classes.map(single) : [{name: `${name} (${classes.length})`, classes}],
    );
  }
  const single = (label) => ({name: shortLabels[label], title: study.classes[label], classes: [label]});

  // The counts between the parts at the last epoch of the run's test images.
  function countParts(shown) {
    const recorded = study.views.cctm.runs[state.run].test;
    const part = new Int32Array(size);
    shown.forEach(({classes}, place) => {
      for (const label of classes) part[label] = place;
    });
    const counts = shown.map(() => new Float64Array(shown.length));
    countsOf(recorded).forEach(recorded.epochs.length - 1, (a, b, count) => {
      counts[part[a]][part[b]] += count;
    });
    return counts;
  }
  function percent(k, n) {
    const value = (100 * k) / n;
    if (!k) return "";
    if (value < 0.005) return "<0.01";
    const text = value.toFixed(value < 0.05 ? 2 : 1);
    return k < n && text === "100.0" ? ">99.9" : text;
  }

  function paint() {
    const shown = parts();
    const counts = countParts(shown);
    const sizes = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
    const rate = (a, b) => (sizes[a] ? counts[a][b] / sizes[a] : 0);
    const top = Math.max(0.01, ...shown.flatMap((_, a) => shown.map((_, b) => (a === b ? 0 : rate(a, b)))));
    const head = (scope, {name, title}) =>
      createElement("th", {scope, title: title ?? name}, createElement("span", {}, name));
    function cell(a, b) {
      const isDiagonal = a === b;
      const rgb = isDiagonal ? null : shade(RATES, Math.sqrt(rate(a, b) / top));
      const style = rgb ? `--shade: rgb(${rgb}); --on: ${inkOn(rgb)}` : null;
      const text = sizes[a] ? percent(counts[a][b], sizes[a]) : "\u2013";
      const describe = () => describeCell(shown, counts[a][b], sizes[a], a, b);
      return createElement("td", {class: isDiagonal ? "recall" : "", style, onmouseover: describe}, text);
    }
    const rows = shown.map((row, a) =>
      createElement("tr", {}, head("row", row), ...shown.map((_, b) => cell(a, b))),
    );
    const heads = createElement("tr", {}, createElement("th", {scope: "col"}, "true \\ predicted"));
    heads.append(...shown.map((column) => head("col", column)));
    const dense = shown.length > 30 ? "dense" : "";
    box.replaceChildren(
      createElement(
        "table",
        {class: dense, style: `--classes: ${shown.length}`},
        createElement("thead", {}, heads),
        createElement("tbody", {}, ...rows),
      ),
    );
    status.textContent = "";
  }
  function describeCell(shown, k, n, a, b) {
    const name = ({title, name: short}) => title ?? short;
    const interval = n ? wilsonInterval(k, n) : null;
    const ends = interval ? ` (95 %: ${(100 * interval[0]).toFixed(2)} to ${formatPercent(interval[1], 2)})` : "";
    const rate = n ? `, ${formatPercent(k / n, 2)}${ends}` : "";
    const images = `${formatNumber(k)} of ${formatNumber(n)} images${rate}`;
    status.textContent = `${name(shown[a])} predicted as ${name(shown[b])}: ${images}`;
  }

  // A list of buttons that are on or off.
  function toggles(legend, items) {
    const buttons = items.map(({text, on, change}) =>
      createElement("button", {type: "button", "aria-pressed": String(on), onclick: change}, text),
    );
    return createElement(
      "fieldset",
      {class: "control"},
      createElement("legend", {}, legend),
      createElement("div", {class: "choices"}, ...buttons),
    );
  }
  function flip(set, value) {
    if (set.has(value)) set.delete(value);
    else set.add(value);
    renew();
  }
  function groupControls() {
    const items = groups
      .map(({name, classes}, place) => ({name, classes, place}))
      .filter(({classes}) => classes.length > 1)
      .map(({name, place}) => ({
        text: `${state.open.has(place) ? "\u25be" : "\u25b8"} ${name}`,
        on: state.open.has(place),
        change: () => flip(state.open, place),
      }));
    return [toggles("Open groups", items)];
  }
  function classControls() {
    const names = [...state.chosen].sort((a, b) => a - b);
    const items = names.map((label) => ({
      text: `${study.classes[label]} \u00d7`,
      on: true,
      change: () => flip(state.chosen, label),
    }));
    const rest = [...study.classes.keys()].filter((label) => !state.chosen.has(label));
    const options = [["", "choose"], ...rest.map((label) => [label, study.classes[label]])];
    const add = select("Add a class", options, "", (value) => value !== "" && flip(state.chosen, Number(value)));
    return [add, toggles("Chosen classes", items)];
  }
  function renew() {
    const focused = [...bar.querySelectorAll("select, button")].indexOf(document.activeElement);
    const controls = [];
    if (runs.length > 1)
      controls.push(select("Run", runs, state.run, (value) => Object.assign(state, {run: value}) && renew()));
    if (groups.length)
      controls.push(
        select(
          "Show",
          [
            ["groups", "groups"],
            ["chosen", "chosen classes and other"],
          ],
          state.shows,
          (value) => Object.assign(state, {shows: value}) && renew(),
        ),
      );
    controls.push(...(state.shows === "groups" ? groupControls() : classControls()));
    bar.replaceChildren(...controls);
    if (focused >= 0) (bar.querySelectorAll("select, button")[focused] ?? bar.querySelector("select, button"))?.focus();
    paint();
  }
  darkScheme.addEventListener("change", paint);
  renew();
}
