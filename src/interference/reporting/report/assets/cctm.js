// The CCTM of one run, or the difference between two runs, at one epoch of one split; and for a chosen cell its rate by
// epoch and its images.

import {readAddress, writeAddress} from "./address.js";
import {
  createElement,
  differenceInterval,
  formatNumber,
  formatPercent,
  readArray,
  shortLabels,
  study,
  wilsonInterval,
} from "./base.js";
import {select, slider} from "./controls.js";
import {countsOf} from "./counts.js";
import {downloads, save} from "./download.js";
import {matrixCanvas} from "./matrix_canvas.js";
import {matrixTable} from "./matrix_table.js";
import {BUTTONS, colour, DIFFERENCES, darkScheme, figure, inkOn, RATES, runHue, shade, stops} from "./plots.js";

const MOST_CELLS = 10000; // of a table; a larger matrix is drawn on a canvas
const LISTED = 10; // cells of many classes that are also listed, since their names are hard to read in the matrix

// The numbers of the cells: the count divided by the images of its row or of its column, or the count itself.
const UNITS = {
  row: {caption: "% of the row", whole: (shown, a) => shown.images(a)},
  column: {caption: "% of the column", whole: (shown, _, b) => shown.predictions(b)},
  count: {caption: "images", whole: () => 1},
};

export function showCctm(section, data) {
  const size = study.classes.length;
  const runs = Object.keys(data.runs);
  const last = (run, split) => data.runs[run][split].epochs.length - 1;
  const state = {
    run: runs[0],
    other: "",
    split: "test",
    epoch: 0,
    order: "near",
    unit: "row",
    cells: "whole",
    marks: "numbers",
    cell: data.first,
  };
  if (!data.runs[state.run][state.split]) state.split = Object.keys(data.runs[state.run])[0];
  state.epoch = last(state.run, state.split);
  restore(readAddress("cctm"));
  const [matrix, side, bar] = [".matrix .wide", ".cell", ".controls"].map((path) => section.querySelector(path));

  // Takes up the state of an address as far as the page has such a run, split, epoch and cell.
  function restore({run, other, split, epoch, order: classOrder, unit, marks, cell}) {
    if (data.runs[run]) state.run = run;
    if (data.runs[state.run][split]) state.split = split;
    else if (!data.runs[state.run][state.split]) state.split = Object.keys(data.runs[state.run])[0];
    const place = data.runs[state.run][state.split].epochs.indexOf(Number(epoch));
    state.epoch = place < 0 ? last(state.run, state.split) : place;
    if (other !== state.run && data.runs[other]?.[state.split]) state.other = other;
    if (classOrder === "label") state.order = classOrder;
    if (Object.hasOwn(UNITS, unit ?? "")) state.unit = unit;
    if (marks === "lines") state.marks = marks;
    const labels = (cell ?? "").split("-").map(Number);
    if (labels.length === 2 && labels.every((label) => study.classes[label] !== undefined)) state.cell = labels;
  }
  function remember() {
    const {run, other, split, order: classOrder, unit, marks, cell} = state;
    writeAddress("cctm", {
      run,
      other,
      split,
      epoch: epochs()[state.epoch],
      order: classOrder,
      unit,
      ...(marks === "lines" ? {marks} : {}),
      ...(cell ? {cell: cell.join("-")} : {}),
    });
  }

  // The counts of a run at the last recorded epoch up to the chosen one; null if the run has no counts of this split.
  function counts(run) {
    const recorded = data.runs[run]?.[state.split];
    if (!recorded) return null;
    const chosen = epochs()[state.epoch];
    const place = Math.max(
      recorded.epochs.findLastIndex((epoch) => epoch <= chosen),
      0,
    );
    const reader = countsOf(recorded);
    return {
      at: (a, b) => reader.at(place, a, b),
      images: (a) => reader.images(place, a),
      predictions: (b) => reader.predictions(place, b),
      forEach: (visit) => reader.forEach(place, visit),
    };
  }
  const epochs = () => data.runs[state.run][state.split].epochs;
  const order = () => (state.order === "label" ? [...study.classes.keys()] : study.order);

  // The largest number off the diagonal at the last epoch of any run: the end of the colours of all matrices.
  function highest(unit) {
    const ends = runs
      .filter((run) => data.runs[run].test)
      .map((run) => {
        const reader = countsOf(data.runs[run].test);
        const place = last(run, "test");
        const shown = {images: (a) => reader.images(place, a), predictions: (b) => reader.predictions(place, b)};
        return reader.highest(place, (a, b) => UNITS[unit].whole(shown, a, b));
      });
    return Math.max(unit === "count" ? 1 : 0.01, ...ends);
  }
  const tops = Object.fromEntries(Object.keys(UNITS).map((unit) => [unit, highest(unit)]));
  // A number of a cell without its sign, empty for 0. A small part of many images is shown with two decimals.
  function numberText(value) {
    if (state.unit === "count" || !value) return value ? formatNumber(value) : "";
    if (value < 0.00005) return "<0.01";
    return (100 * value).toFixed(value < 0.0005 ? 2 : 1);
  }
  // The recall or precision on the diagonal, which is 100.0 only if no image is missed.
  function diagonalText(k, n) {
    const text = numberText(k / n);
    return k < n && text === "100.0" ? ">99.9" : text;
  }

  // Small lines in the cells show the rates of one run at every epoch, at one scale off the diagonal.
  const canHaveLines = () => state.unit === "row" && !state.other && !isLarge && !study.many && epochs().length > 1;
  const hasLines = () => state.marks === "lines" && canHaveLines();
  function highestEver() {
    const reader = countsOf(data.runs[state.run][state.split]);
    return Math.max(0.01, ...epochs().map((_, place) => reader.highest(place)));
  }
  // The line of a cell, as points in a square of 100 by 100.
  function line(a, b, highest) {
    const reader = countsOf(data.runs[state.run][state.split]);
    const [lastPlace, end] = [epochs().length - 1, a === b ? 1 : highest];
    const points = epochs().map((_, place) => {
      const n = reader.images(place, a);
      const rate = n ? reader.at(place, a, b) / n : 0;
      return `${((100 * place) / lastPlace).toFixed(1)},${(100 * (1 - rate / end)).toFixed(1)}`;
    });
    return points.join(" ");
  }

  // The shade and the text of the cell of class a predicted as b, and whether a difference is beyond chance.
  function content(first, second, a, b) {
    const {whole} = UNITS[state.unit];
    const top = tops[state.unit];
    const [k, n] = [first.at(a, b), whole(first, a, b)];
    if (!first.images(a) || !n) return {text: "\u2013"};
    if (second) {
      const [l, m] = [second.at(a, b), whole(second, a, b)];
      if (!second.images(a) || !m) return {text: "\u2013"};
      const isCount = state.unit === "count"; // a count is compared as a rate of its row
      const [low, high] = isCount
        ? differenceInterval(k, first.images(a), l, second.images(a))
        : differenceInterval(k, n, l, m);
      const points = k / n - l / m;
      const worse = a === b ? -points : points; // red is worse: more confusion, or a lower recall
      const rgb = shade(DIFFERENCES, 0.5 + (Math.sign(worse) * Math.sqrt(Math.min(1, Math.abs(points) / top))) / 2);
      const text = Math.abs(points) < 0.0005 ? "" : numberText(Math.abs(points));
      return {
        rgb,
        text: text && (points > 0 ? "+" : "\u2212") + text,
        strength: Math.abs(points),
        beyond: low > 0 || high < 0,
      };
    }
    if (a === b) return {text: diagonalText(k, n), recall: true};
    return {
      rgb: shade(RATES, Math.sqrt(Math.min(1, k / n / top))),
      strength: k / n,
      text: numberText(k / n),
    };
  }

  // A new order of classes rebuilds the matrix; new numbers only repaint it.
  const isLarge = size ** 2 > MOST_CELLS;
  const grid = (isLarge ? matrixCanvas : matrixTable)(matrix, {describe: pointAt, choose});
  function build() {
    grid.build(order(), state.cell);
    paint();
  }
  // The cells that have images in a matrix that is shown.
  function occurring(first, second) {
    const found = new Map();
    for (const matrix of [first, second]) {
      matrix?.forEach((a, b) => {
        found.set(a * size + b, [a, b]);
      });
    }
    return [...found.values()];
  }
  // The unit of a cell, and that of a difference between two runs.
  function units() {
    return state.unit === "count" ? ["images", "images"] : ["%", "points"];
  }
  function paint() {
    const first = counts(state.run);
    const second = state.other ? counts(state.other) : null;
    const highestRate = hasLines() ? highestEver() : 0;
    function cellContent(a, b) {
      const shown = content(first, second, a, b);
      return highestRate && first.images(a) ? {...shown, line: line(a, b, highestRate)} : shown;
    }
    grid.paint(cellContent, state.cell, isLarge ? occurring(first, second) : null);
    if (study.many) listWorst(first, second);
    const scale = state.other ? DIFFERENCES : RATES;
    const isCount = state.unit === "count";
    const end = isCount ? formatNumber(tops.count) : (100 * tops[state.unit]).toFixed(1);
    const [of, difference] = units();
    const ends = state.other
      ? [`better by ${end} ${difference} or more`, `worse by ${end} ${difference} or more`]
      : [`0 ${of}`, `${end} ${of} or more (${runs.length > 1 ? "the most of all runs, " : ""}square-root scale)`];
    legend.replaceChildren(
      ends[0],
      createElement("i", {style: `background: linear-gradient(to right, ${stops(scale).join(", ")})`}),
      ends[1],
    );
    if (highestRate) {
      const [from, to] = [epochs()[0], epochs().at(-1)];
      const range = `0 to ${(100 * highestRate).toFixed(1)} %, on the diagonal 0 to 100 %`;
      legend.append(createElement("span", {}, `Lines: epoch ${from} to ${to}, ${range}`));
    }
    describeChosen();
  }
  const legend = createElement("div", {class: "legend"});

  // The errors with the largest numbers, or with the largest differences between two runs, as buttons.
  function listWorst(first, second) {
    const [of, difference] = units();
    const unit = state.other ? difference : of;
    const errors = occurring(first, second)
      .filter(([a, b]) => a !== b)
      .map((cell) => ({cell, ...content(first, second, ...cell)}))
      .filter(({text}) => text && text !== "\u2013");
    errors.sort((left, right) => right.strength - left.strength);
    const items = errors.slice(0, LISTED).map(({cell, text}) => {
      const isChosen = state.cell && cell.every((label, place) => label === state.cell[place]);
      const attributes = {type: "button", "aria-pressed": String(Boolean(isChosen)), onclick: () => choose(cell)};
      const [a, b] = cell.map((label) => study.classes[label]);
      const name = `${a} as ${b}`;
      return createElement("li", {}, createElement("button", attributes, `${name}: ${text}\u00a0${unit}`));
    });
    const focused = [...worst.querySelectorAll("button")].indexOf(document.activeElement);
    const heading = state.other ? "Largest differences" : "Most frequent errors";
    worst.replaceChildren(createElement("p", {}, heading), createElement("ol", {}, ...items));
    if (focused >= 0) worst.querySelectorAll("button")[focused]?.focus();
  }
  const worst = createElement("div", {class: "worst"});

  // The text of a run's cell: its counts, its rate and the interval.
  function cellText(run, a, b) {
    const recorded = counts(run);
    const n = recorded ? recorded.images(a) : 0;
    if (!n) return `${run}: no images of ${study.classes[a]} in ${study.splits[state.split]}`;
    const k = recorded.at(a, b);
    const [low, high] = wilsonInterval(k, n);
    const interval = `95 %: ${(100 * low).toFixed(2)} to ${formatPercent(high, 2)}`;
    return `${run}: ${formatNumber(k)} of ${formatNumber(n)} images, ${formatPercent(k / n, 2)} (${interval})`;
  }
  // The description of a cell, also for the second run.
  function description([a, b]) {
    const title = a === b ? `${study.classes[a]} predicted right` : predictedAs(a, b);
    const lines = [state.run, state.other].filter(Boolean).map((run) => cellText(run, a, b));
    return [createElement("b", {}, title), ...lines.flatMap((line) => [createElement("br"), line])];
  }
  // The heading, the curve and the images are those of the chosen cell.
  function describeChosen() {
    status.replaceChildren(...(state.cell ? description(state.cell) : ["Choose a cell."]));
  }
  const predictedAs = (a, b) => `${study.classes[a]} predicted as ${study.classes[b]}`;
  const status = createElement("p", {class: "status", role: "status"});

  // A tip describes the cell under the pointer, or the focused one if a key was pressed last.
  const tip = createElement("div", {class: "tip", role: "status", hidden: true});
  let pointer = null;
  function followPointer({clientX, clientY}) {
    pointer = {x: clientX, y: clientY};
  }
  function forgetPointer() {
    pointer = null;
  }
  matrix.addEventListener("mouseover", followPointer, true);
  matrix.addEventListener("mousemove", followPointer, true);
  matrix.addEventListener("keydown", forgetPointer, true);
  matrix.addEventListener("focusout", () => pointAt(null));
  function pointAt(cell) {
    tip.hidden = !cell;
    if (!cell) return;
    tip.replaceChildren(...description(cell));
    const box = matrix.querySelector(":focus")?.getBoundingClientRect();
    const {x, y} = pointer ?? {x: box?.left ?? 0, y: box?.bottom ?? 0};
    tip.style.left = `${Math.max(4, Math.min(x + 12, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${Math.min(y + 12, innerHeight - tip.offsetHeight - 4)}px`;
  }
  function choose(cell) {
    state.cell = cell;
    paint();
    drawCurve();
    showImages();
    remember();
  }

  function drawCurve() {
    cellCurve.hidden = !state.cell || epochs().length < 2;
    if (!cellCurve.hidden) cellCurve.redraw();
  }

  // The rate of the chosen cell by epoch, with its interval as a band, for each chosen run.
  const shownRuns = () => [state.run, state.other].filter((run) => run && data.runs[run][state.split]);
  const cellCurve = figure("The rate of the chosen cell after every epoch, in percent, with its 95 % interval", () => ({
    data: shownRuns().flatMap((run) => bands(run, ...(state.cell ?? [0, 0]))),
    layout: {
      xaxis: {title: {text: "epoch"}},
      yaxis: {title: {text: "%"}, rangemode: "tozero"},
      margin: {l: 45, r: 10, t: BUTTONS + 20, b: 40},
      showlegend: true,
      legend: {orientation: "h", y: 1.02, yanchor: "bottom"},
      shapes: [
        {
          type: "line",
          x0: epochs()[state.epoch],
          x1: epochs()[state.epoch],
          yref: "paper",
          y0: 0,
          y1: 1,
          line: {color: colour("soft"), width: 1, dash: "dot"},
        },
      ],
    },
  }));
  function bands(run, a, b) {
    const recorded = data.runs[run][state.split];
    const reader = countsOf(recorded);
    const percents = recorded.epochs.map((_, place) => {
      const [k, n] = [reader.at(place, a, b), reader.images(place, a)];
      return n ? [k / n, ...wilsonInterval(k, n)].map((fraction) => 100 * fraction) : [null, null, null];
    });
    const line = {
      x: recorded.epochs,
      mode: recorded.epochs.length > 1 ? "lines" : "markers",
      name: run,
      line: {color: runHue(run), width: 2},
      marker: {color: runHue(run)},
    };
    const edge = {x: recorded.epochs, mode: "lines", line: {width: 0}, hoverinfo: "skip", showlegend: false};
    return [
      {...edge, y: percents.map(([, low]) => low)},
      {...edge, y: percents.map(([, , high]) => high), fill: "tonexty", fillcolor: `${runHue(run)}33`},
      {
        ...line,
        y: percents.map(([percent]) => percent),
        hovertemplate: "epoch %{x}: %{y:.2f} %<extra>%{fullData.name}</extra>",
      },
    ];
  }

  // The test images behind the chosen cell, as the final weights predict them; errors that most runs make come first.
  const gallery = createElement("div", {});
  function showImages() {
    const errors = data.mistakes;
    if (!errors || !state.cell || state.cell[0] === state.cell[1]) {
      gallery.replaceChildren();
      return;
    }
    const [a, b] = state.cell;
    const [index, label, predicted, byRun, tile] = ["index", "label", "predicted", "made", "tile"].map((name) =>
      readArray(errors[name]),
    );
    const runCount = errors.runs.length;
    const column = errors.runs.indexOf(state.run);
    const isMade = (row) => column < 0 || byRun[row * runCount + column];
    const rows = [...index.keys()].filter((row) => label[row] === a && predicted[row] === b && isMade(row));
    const listedBy = errors.names.length ? "file" : "index";
    const title = createElement("h3", {}, `Test images: ${predictedAs(a, b)}`);
    // The list counts the errors of a single run.
    const summary = `${formatNumber(rows.length)} errors of the final weights of ${state.run}.`;
    const meaning = `In brackets after an image's ${listedBy}: how many of ${runCount} runs make the same error.`;
    const absence = `No such error of the final weights of ${state.run}.`;
    const text = rows.length ? `${summary} ${meaning}` : absence;
    const about = runCount > 1 || !rows.length ? [createElement("p", {class: "how"}, text)] : [];
    const pictured = rows.filter((row) => tile[row]).slice(0, 24);
    const rest = rows.filter((row) => !pictured.includes(row));
    function imageName(row) {
      const name = errors.names[row];
      if (!name) return String(index[row]);
      return errors.numbered ? `${index[row]}\u00a0${name}` : name;
    }
    function imageText(row) {
      if (runCount === 1) return imageName(row);
      const runs = byRun.subarray(row * runCount, (row + 1) * runCount).reduce((total, value) => total + value, 0);
      return `${imageName(row)}\u00a0(${runs}/${runCount})`;
    }
    gallery.replaceChildren(
      title,
      ...about,
      createElement(
        "ul",
        {class: "pictures"},
        ...pictured.map((row) =>
          createElement(
            "li",
            {},
            picture(errors.sheet, tile[row] - 1, `Test image ${imageName(row)}: ${predictedAs(a, b)}`),
            imageText(row),
          ),
        ),
      ),
    );
    if (rest.length)
      gallery.append(
        createElement(
          "details",
          {open: !pictured.length},
          createElement(
            "summary",
            {},
            `${pictured.length ? "The other" : "All"} ${formatNumber(rest.length)} by ${listedBy}`,
          ),
          createElement("p", {class: "how"}, rest.map(imageText).join(", ")),
        ),
      );
  }
  function picture(sheet, place, label) {
    const zoom = Math.max(1, Math.round(64 / Math.max(sheet.width, sheet.height)));
    const [x, y] = [
      (place % sheet.columns) * sheet.width * zoom,
      Math.floor(place / sheet.columns) * sheet.height * zoom,
    ];
    return createElement("i", {
      role: "img",
      "aria-label": label,
      style: `width: ${sheet.width * zoom}px; height: ${sheet.height * zoom}px; background-image: var(--sheet);
      background-position: -${x}px -${y}px; background-size: ${sheet.columns * sheet.width * zoom}px auto`,
    });
  }
  if (data.mistakes?.sheet) section.style.setProperty("--sheet", `url(${data.mistakes.sheet.uri})`);

  // The controls. A change of run or split may change the available splits and epochs, so the controls are made again.
  function change(key, value) {
    Object.assign(state, {[key]: value});
    if (!data.runs[state.run][state.split]) state.split = Object.keys(data.runs[state.run])[0];
    if (key === "run" || key === "split") state.epoch = last(state.run, state.split);
    if (state.other === state.run || (state.other && !data.runs[state.other][state.split])) state.other = "";
    renewControls(key);
    if (key === "order") build();
    else if (key === "cells") grid.zoom(value === "named");
    else paint();
    drawCurve();
    showImages();
    remember();
  }
  // A browser refuses an address that changes too often, as while the slider is dragged.
  let timer = null;
  function rememberSoon() {
    clearTimeout(timer);
    timer = setTimeout(remember, 300);
  }
  let scrub = null;
  function renewControls(focus) {
    scrub?.stop();
    const others = runs.filter((run) => run !== state.run && data.runs[run][state.split]);
    const labels = epochs();
    scrub = slider(
      "Epoch",
      labels.length - 1,
      state.epoch,
      (place) => `${labels[place]}`,
      (place) => {
        state.epoch = place;
        paint();
        markEpoch();
        rememberSoon();
      },
    );
    const controls = {
      run: select("Run", runs, state.run, (value) => change("run", value)),
      other: select("Compare with", [["", "none"], ...others], state.other, (value) => change("other", value)),
      split: select(
        "Images",
        Object.keys(data.runs[state.run]).map((split) => [split, study.splits[split]]),
        state.split,
        (value) => change("split", value),
      ),
      order: select(
        "Order of classes",
        [
          ["label", "as given"],
          ["near", "by interference"],
        ],
        state.order,
        (value) => change("order", value),
      ),
      unit: select(
        "Numbers",
        Object.entries(UNITS).map(([unit, {caption}]) => [unit, caption]),
        state.unit,
        (value) => change("unit", value),
      ),
      marks: select(
        "In the cells",
        [
          ["numbers", "numbers"],
          ["lines", "lines over the epochs"],
        ],
        state.marks,
        (value) => change("marks", value),
      ),
      cells: select(
        "Size",
        [
          ["whole", "the whole matrix"],
          ["named", "cells with names"],
        ],
        state.cells,
        (value) => change("cells", value),
      ),
    };
    controls.cells.hidden = !isLarge;
    controls.run.hidden = controls.other.hidden = runs.length < 2;
    controls.split.hidden = Object.keys(data.runs[state.run]).length < 2;
    scrub.hidden = labels.length < 2;
    controls.marks.hidden = !canHaveLines();
    bar.replaceChildren(...Object.values(controls), scrub);
    controls[focus]?.querySelector("select").focus();
  }
  function markEpoch() {
    if (!cellCurve.hidden && cellCurve.inView)
      Plotly.relayout(cellCurve.plot, {"shapes[0].x0": epochs()[state.epoch], "shapes[0].x1": epochs()[state.epoch]});
  }
  cellCurve.hidden = true;
  // The counts as rows of a table, and the matrix as a picture.
  function countRows() {
    const shown = counts(state.run);
    const body = order().map((a) => [study.classes[a], ...order().map((b) => shown.at(a, b))]);
    return [["true \\ predicted", ...order().map((b) => study.classes[b])], ...body];
  }
  function saveSvg(name) {
    const SIDE = 40;
    const [first, second] = [state.run, state.other].map((run) => (run ? counts(run) : null));
    const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    const write = (x, y, text, more = "") => `<text x="${x}" y="${y}" ${more}>${escaped(text)}</text>`;
    const parts = order().flatMap((a, i) => [
      write(-6, SIDE * (i + 0.6), shortLabels[a], 'text-anchor="end"'),
      write(6, SIDE * (i + 0.6), shortLabels[a], 'transform="rotate(-90)"'), // above the column
      ...order().flatMap((b, j) => {
        const {rgb = [232, 234, 238], text} = content(first, second, a, b);
        const place = `x="${SIDE * j}" y="${SIDE * i}" width="${SIDE - 1}" height="${SIDE - 1}"`;
        const number = write(SIDE * (j + 0.5), SIDE * (i + 0.6), text, `text-anchor="middle" fill="${inkOn(rgb)}"`);
        return [`<rect ${place} fill="rgb(${rgb})"/>`, number];
      }),
    ]);
    const [edge, whole] = [150, SIDE * size];
    const box = `viewBox="${-edge} ${-edge} ${whole + edge} ${whole + edge}"`;
    const head = `<svg xmlns="http://www.w3.org/2000/svg" ${box} font-family="sans-serif" font-size="11">`;
    save(`${name}.svg`, "image/svg+xml", `${head}${parts.join("")}</svg>`);
  }
  matrix.after(legend, downloads("CCTM", countRows, saveSvg));
  if (study.many) matrix.before(worst);
  side.append(status, cellCurve, gallery);
  section.append(tip);
  darkScheme.addEventListener("change", paint);
  renewControls();
  build();
  drawCurve();
  showImages();
}
