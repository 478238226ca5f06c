// Every class's mistakes along one class's own direction: a figure a run.

import {createElement, formatNumber, readArray, shortLabels, study} from "./base.js";
import {arrange, select, several} from "./controls.js";
import {colour, DASHES, figure, hue} from "./plots.js";

export function showEgos(section, data) {
  const NAMED = 3; // other classes with a colour: those that pay most
  const FIRST = 3; // runs shown before any is chosen
  const size = study.classes.length;
  const state = {scale: data.lines[0].scale, label: data.first, runs: []};
  const [bar, ground] = [".controls", ".egos"].map((path) => section.querySelector(path));
  const at = (scale) => data.lines.filter((line) => line.scale === scale);
  const alike = () => at(state.scale).filter((line) => line.label === state.label);
  function lines() {
    const wanted = alike().filter((line) => state.runs.includes(line.run));
    return wanted.length ? wanted : alike().slice(0, FIRST);
  }

  // A class's mistakes and images at each place of the line, with the rate in percent, null where it has no images.
  function along(line, label) {
    const [mistakes, sizes] = [readArray(line.mistakes), readArray(line.sizes)];
    return Array.from({length: line.sizes.shape[0]}, (_, k) => {
      const [part, whole] = [mistakes[k * size + label], sizes[k * size + label]];
      return {part, whole, rate: whole ? (100 * part) / whole : null};
    });
  }

  // The mean rise of a class's mistakes above w*'s on the half that descends.
  function paid(line, label) {
    const rates = along(line, label).map(({rate}) => rate);
    const middle = (rates.length - 1) / 2;
    return rates.slice(middle + 1).reduce((total, rate) => total + rate - rates[middle], 0) / middle;
  }

  function curve(line, label, look) {
    const found = along(line, label);
    return {
      x: found.map((_, k) => line.edge * ((2 * k) / (found.length - 1) - 1)),
      y: found.map(({rate}) => rate),
      mode: "lines",
      name: shortLabels[label],
      text: found.map(({part, whole}) => `${formatNumber(part)} of ${formatNumber(whole)} images`),
      hovertemplate: "%{x:.3g}: %{y:.1f} %, %{text}<extra>%{meta}</extra>",
      meta: study.classes[label],
      ...look,
    };
  }
  function plot(line) {
    const others = [...study.classes.keys()].filter((label) => label !== line.label);
    const payers = others
      .filter((label) => paid(line, label) > 0)
      .sort((a, b) => paid(line, b) - paid(line, a))
      .slice(0, NAMED);
    return {
      data: [
        ...others
          .filter((label) => !payers.includes(label))
          .map((label) => curve(line, label, {line: {color: colour("edge"), width: 1}, showlegend: false})),
        ...payers.map((label, place) => curve(line, label, {line: {color: hue(place), width: 2, dash: DASHES[place]}})),
        curve(line, line.label, {line: {color: colour("ink"), width: 3}}),
      ],
      layout: {
        xaxis: {title: {text: `descend ${shortLabels[line.label]} \u2192`}, tickvals: [-line.edge, 0, line.edge]},
        yaxis: {title: {text: "mistakes, %"}, range: [-2, 102]},
        showlegend: true,
        legend: {orientation: "h", y: 1.02, yanchor: "bottom"},
        margin: {l: 50, r: 25, t: 10, b: 45},
      },
    };
  }

  const figures = new Map();
  function panel(run) {
    if (!figures.has(run)) {
      const element = figure(`Mistakes of every class along one class's direction, ${run}`, () =>
        plot(alike().find((line) => line.run === run)),
      );
      const caption = createElement("figcaption");
      element.prepend(caption);
      figures.set(
        run,
        Object.assign(element, {
          describe: () => caption.replaceChildren(createElement("b", {}, run), `, ${data.scales[state.scale]}`),
        }),
      );
    }
    return figures.get(run);
  }
  function change(name, value) {
    state[name] = value;
    if (!alike().length) state.label = at(state.scale)[0].label;
    show();
  }
  function show() {
    const labels = [...new Set(at(state.scale).map((line) => line.label))];
    arrange(bar, [
      select("Scale", Object.entries(data.scales), state.scale, (value) => change("scale", value)),
      select(
        "Class",
        labels.map((label) => [label, study.classes[label]]),
        state.label,
        (value) => change("label", Number(value)),
      ),
      several(
        "Runs",
        alike().map((line) => line.run),
        lines().map((line) => line.run),
        (values) => change("runs", values),
      ),
    ]);
    const panels = lines().map((line) => panel(line.run));
    ground.replaceChildren(...panels);
    for (const element of panels) {
      element.describe();
      element.redraw();
    }
  }
  show();
}
