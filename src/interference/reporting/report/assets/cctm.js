// The CCTM of one run, or the difference of two, at one epoch of one split; a chosen cell's training and its images.

import {
  createElement,
  differenceInterval,
  formatNumber,
  formatPercent,
  readArray,
  SPLITS,
  shortLabels,
  study,
  wilsonInterval,
} from "./base.js";
import {select, slider} from "./controls.js";
import {colour, DIFFERENCES, darkScheme, figure, inkOn, RATES, runHue, shade, stops} from "./plots.js";

export function showCctm(section, data) {
  const size = study.classes.length;
  const runs = Object.keys(data.runs);
  const last = (run, split) => data.runs[run][split].epochs.length - 1;
  const dense = study.many; // cells too small for numbers
  const state = {run: runs[0], other: "", split: "test", epoch: 0, order: dense ? "near" : "label", cell: null};
  if (!data.runs[state.run][state.split]) state.split = Object.keys(data.runs[state.run])[0];
  state.epoch = last(state.run, state.split);
  const [matrix, side, bar] = [".matrix .wide", ".cell", ".controls"].map((path) => section.querySelector(path));

  // Counts (C, C) of a run at the epoch shown, or the last recorded before it, and each class's images; null where the
  // run has none of this split.
  function counts(run) {
    const recorded = data.runs[run]?.[state.split];
    if (!recorded) return null;
    const wanted = epochs()[state.epoch];
    const place = recorded.epochs.findLastIndex((epoch) => epoch <= wanted);
    const values = readArray(recorded.counts, Math.max(place, 0));
    return {values, sizes: study.classes.map((_, row) => sum(values, row))};
  }
  const epochs = () => data.runs[state.run][state.split].epochs;
  const sum = (values, row) => values.subarray(row * size, (row + 1) * size).reduce((total, value) => total + value, 0);
  const order = () => (state.order === "label" ? [...study.classes.keys()] : study.order);

  // The largest rate off the diagonal of any run's last epoch: one range of colours for all.
  const top = Math.max(
    0.01,
    ...runs.flatMap((run) =>
      Object.keys(data.runs[run])
        .filter((split) => split === "test")
        .map((split) => {
          const values = readArray(data.runs[run][split].counts, last(run, split));
          return Math.max(
            ...study.classes.map((_, a) => {
              const row = values.subarray(a * size, (a + 1) * size);
              return Math.max(0, ...row.filter((_, b) => b !== a)) / sum(values, a) || 0;
            }),
          );
        }),
    ),
  );

  // What the cell of class a taken for b holds: its shade, its ink, its number, whether it differs beyond chance.
  function content(mine, theirs, a, b) {
    const [k, n] = [mine.values[a * size + b], mine.sizes[a]];
    if (!n) return {shown: "\u2013"};
    if (theirs) {
      const [l, m] = [theirs.values[a * size + b], theirs.sizes[a]];
      if (!m) return {shown: "\u2013"};
      const [low, high] = differenceInterval(k, n, l, m);
      const points = k / n - l / m;
      const rgb = shade(DIFFERENCES, 0.5 + (Math.sign(points) * Math.sqrt(Math.min(1, Math.abs(points) / top))) / 2);
      return {
        rgb,
        shown: Math.abs(points) < 0.0005 ? "" : (points > 0 ? "+" : "\u2212") + (100 * Math.abs(points)).toFixed(1),
        beyond: low > 0 || high < 0,
      };
    }
    if (a === b) return {shown: ((100 * k) / n).toFixed(1), recall: true};
    return {
      rgb: shade(RATES, Math.sqrt(Math.min(1, k / n / top))),
      shown: k / n < 0.0005 ? "" : ((100 * k) / n).toFixed(1),
    };
  }

  // The table is built anew where its classes move, and only painted where its numbers do.
  let cells = [];
  function build() {
    const labels = order();
    const head = (scope, label) =>
      createElement(
        "th",
        {scope, title: shortLabels[label] === study.classes[label] ? null : study.classes[label]},
        createElement("span", {}, shortLabels[label]),
      );
    const heads = labels.map((label) => head("col", label));
    cells = [];
    const body = labels.map((a) =>
      createElement(
        "tr",
        {},
        head("row", a),
        ...labels.map((b) => {
          const cell = createElement("td", {tabindex: "-1", "data-a": a, "data-b": b, "aria-selected": "false"});
          cells.push(cell);
          return cell;
        }),
      ),
    );
    const grid = createElement(
      "table",
      {
        role: "grid",
        "aria-label": "CCTM: rows are true classes, columns what they are taken for",
        class: dense ? "dense" : "",
        style: `--classes: ${size}`,
      },
      createElement(
        "thead",
        {},
        createElement("tr", {}, createElement("th", {scope: "col"}, "true \\ taken for"), ...heads),
      ),
      createElement("tbody", {}, ...body),
    );
    grid.addEventListener("keydown", moved);
    grid.addEventListener("click", (event) => {
      const cell = event.target.closest("td");
      if (cell) choose(cell);
    });
    grid.addEventListener("mouseover", (event) => {
      const cell = event.target.closest("td");
      if (cell) say(cell);
    });
    grid.addEventListener("focusin", (event) => {
      const cell = event.target.closest("td");
      if (cell) say(cell);
    });
    grid.addEventListener("mouseleave", () => say(chosen()));
    matrix.replaceChildren(grid);
    (chosen() ?? cells[0]).tabIndex = 0;
    paint();
  }
  const chosen = () =>
    state.cell ? cells[order().indexOf(state.cell[0]) * size + order().indexOf(state.cell[1])] : undefined;

  function paint() {
    const [mine, theirs, picked] = [counts(state.run), state.other ? counts(state.other) : null, chosen()];
    for (const cell of cells) {
      const found = content(mine, theirs, Number(cell.dataset.a), Number(cell.dataset.b));
      cell.textContent = dense ? "" : found.shown;
      cell.style.setProperty("--shade", found.rgb ? `rgb(${found.rgb})` : "");
      cell.style.setProperty("--on", found.rgb ? inkOn(found.rgb) : "");
      cell.classList.toggle("recall", Boolean(found.recall));
      cell.classList.toggle("beyond", Boolean(found.beyond));
      cell.setAttribute("aria-selected", String(cell === picked));
    }
    const scale = state.other ? DIFFERENCES : RATES;
    const most = (100 * top).toFixed(1);
    const ends = state.other
      ? [`\u2212${most} points or more`, `+${most} or more`]
      : ["0", `${most} % or more (colours by square root)`];
    legend.replaceChildren(
      ends[0],
      createElement("i", {style: `background: linear-gradient(to right, ${stops(scale).join(", ")})`}),
      ends[1],
    );
    say(chosen());
  }
  const legend = createElement("div", {class: "legend"});

  // One cell in words: counts, rate and interval, and the same of the second run.
  function words(run, a, b) {
    const found = counts(run);
    const n = found ? found.sizes[a] : 0;
    if (!n) return `${run}: no images of ${study.classes[a]} in ${state.split}`;
    const k = found.values[a * size + b];
    const [low, high] = wilsonInterval(k, n);
    const interval = `95 %: ${(100 * low).toFixed(2)} to ${formatPercent(high, 2)}`;
    return `${run}: ${formatNumber(k)} of ${formatNumber(n)} images, ${formatPercent(k / n, 2)} (${interval})`;
  }
  function say(cell) {
    if (!cell) {
      said.replaceChildren("Point at a cell, or choose it.");
      return;
    }
    const [a, b] = [Number(cell.dataset.a), Number(cell.dataset.b)];
    const title = a === b ? `${study.classes[a]} recognised` : `${study.classes[a]} taken for ${study.classes[b]}`;
    const lines = [words(state.run, a, b), ...(state.other ? [words(state.other, a, b)] : [])];
    said.replaceChildren(createElement("b", {}, title), ...lines.flatMap((line) => [createElement("br"), line]));
  }
  const said = createElement("p", {class: "said", role: "status"});

  function moved(event) {
    const place = cells.indexOf(event.target.closest("td"));
    const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -size, ArrowDown: size}[event.key];
    if (place < 0) return;
    if (event.key === "Enter" || event.key === " ") {
      choose(cells[place]);
      event.preventDefault();
    }
    if (!step) return;
    event.preventDefault();
    const next = cells[place + step];
    if (!next || (Math.abs(step) === 1 && Math.floor(place / size) !== Math.floor((place + step) / size))) return;
    cells[place].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
  function choose(cell) {
    state.cell = [Number(cell.dataset.a), Number(cell.dataset.b)];
    cells.forEach((one) => {
      one.tabIndex = one === cell ? 0 : -1;
    });
    paint();
    follow();
    pictures();
  }

  function follow() {
    through.hidden = !state.cell || epochs().length < 2;
    if (!through.hidden) through.redraw();
  }

  // The chosen cell's rate epoch by epoch, with its interval as a band, for each of the runs shown.
  const shownRuns = () => [state.run, state.other].filter((run) => run && data.runs[run][state.split]);
  const through = figure("The rate of the chosen cell after every epoch, in percent, with its 95 % interval", () => ({
    data: shownRuns().flatMap((run) => bands(run, ...(state.cell ?? [0, 0]))),
    layout: {
      xaxis: {title: {text: "epoch"}},
      yaxis: {title: {text: "%"}, rangemode: "tozero"},
      margin: {l: 45, r: 10, t: 25, b: 40},
      showlegend: true,
      legend: {orientation: "h", y: 1.15},
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
    const {epochs: when, counts: recorded} = data.runs[run][state.split];
    const found = when.map((_, place) => {
      const values = readArray(recorded, place);
      const [k, n] = [values[a * size + b], sum(values, a)];
      return n ? [k / n, ...wilsonInterval(k, n)].map((share) => 100 * share) : [null, null, null];
    });
    const line = {
      x: when,
      mode: when.length > 1 ? "lines" : "markers",
      name: run,
      line: {color: runHue(run), width: 2},
      marker: {color: runHue(run)},
    };
    const edge = {x: when, mode: "lines", line: {width: 0}, hoverinfo: "skip", showlegend: false};
    return [
      {...edge, y: found.map(([, low]) => low)},
      {...edge, y: found.map(([, , high]) => high), fill: "tonexty", fillcolor: `${runHue(run)}33`},
      {
        ...line,
        y: found.map(([share]) => share),
        hovertemplate: "epoch %{x}: %{y:.2f} %<extra>%{fullData.name}</extra>",
      },
    ];
  }

  // The test images behind the chosen cell, by the final weights: those first that most runs mistake alike.
  const gallery = createElement("div", {});
  function pictures() {
    const behind = data.mistakes;
    if (!behind || !state.cell || state.cell[0] === state.cell[1]) {
      gallery.replaceChildren();
      return;
    }
    const [a, b] = state.cell;
    const [index, label, predicted, made, tile] = ["index", "label", "predicted", "made", "tile"].map((name) =>
      readArray(behind[name]),
    );
    const number = behind.runs.length;
    const mine = behind.runs.indexOf(state.run);
    const found = [...index.keys()].filter(
      (row) => label[row] === a && predicted[row] === b && (mine < 0 || made[row * number + mine]),
    );
    const title = createElement("h3", {}, `Test images: ${study.classes[a]} taken for ${study.classes[b]}`);
    const meaning = `numbers are indices in the test set and how many of ${number} runs mistake the image alike`;
    const about = createElement(
      "p",
      {class: "how"},
      found.length
        ? `${formatNumber(found.length)} by ${state.run}'s final weights; ${meaning}.`
        : `None by ${state.run}'s final weights.`,
    );
    const shown = found.filter((row) => tile[row]).slice(0, 24);
    const rest = found.filter((row) => !shown.includes(row));
    const by = (row) => made.subarray(row * number, (row + 1) * number).reduce((total, one) => total + one, 0);
    gallery.replaceChildren(
      title,
      about,
      createElement(
        "ul",
        {class: "pictures"},
        ...shown.map((row) =>
          createElement(
            "li",
            {},
            picture(
              behind.sheet,
              tile[row] - 1,
              `Test image ${index[row]}: ${study.classes[a]} taken for ${study.classes[b]}`,
            ),
            `${index[row]} \u00b7 ${by(row)}/${number}`,
          ),
        ),
      ),
    );
    if (rest.length)
      gallery.append(
        createElement(
          "details",
          {open: !shown.length},
          createElement("summary", {}, `${formatNumber(rest.length)} ${shown.length ? "more" : "in all"}, by index`),
          createElement("p", {class: "how"}, rest.map((row) => `${index[row]} \u00b7 ${by(row)}/${number}`).join(", ")),
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

  // Controls; a change of run or split may change which splits and epochs there are, so they are made anew.
  function change(key, value) {
    Object.assign(state, {[key]: value});
    if (!data.runs[state.run][state.split]) state.split = Object.keys(data.runs[state.run])[0];
    if (key === "run" || key === "split") state.epoch = last(state.run, state.split);
    if (state.other === state.run || (state.other && !data.runs[state.other][state.split])) state.other = "";
    renewControls(key);
    if (key === "order") build();
    else paint();
    follow();
    pictures();
  }
  let scrub = null;
  function renewControls(focus) {
    scrub?.stop();
    const others = runs.filter((run) => run !== state.run && data.runs[run][state.split]);
    const when = epochs();
    scrub = slider(
      "Epoch",
      when.length - 1,
      state.epoch,
      (place) => `${when[place]}`,
      (place) => {
        state.epoch = place;
        paint();
        mark();
      },
    );
    const made = {
      run: select("Run", runs, state.run, (value) => change("run", value)),
      other: select("Compare with", [["", "none"], ...others], state.other, (value) => change("other", value)),
      split: select(
        "Images",
        Object.keys(data.runs[state.run]).map((split) => [split, SPLITS[split] ?? split]),
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
    };
    made.other.hidden = runs.length < 2;
    scrub.hidden = when.length < 2;
    bar.replaceChildren(...Object.values(made), scrub);
    made[focus]?.querySelector("select").focus();
  }
  function mark() {
    if (!through.hidden && through.inView)
      Plotly.relayout(through.plot, {"shapes[0].x0": epochs()[state.epoch], "shapes[0].x1": epochs()[state.epoch]});
  }
  through.hidden = true;
  matrix.after(legend);
  side.append(said, through, gallery);
  darkScheme.addEventListener("change", paint);
  renewControls();
  build();
}
