// The error rate of every class along one class's gradient, with a figure for each run.

import {createElement, formatNumber, readArray, shortLabels, study} from "./base.js";
import {arrange, checkboxGroup, select} from "./controls.js";
import {BUTTONS, classHue, colour, DASHES, figure} from "./plots.js";

export function showEgos(section, data) {
  const NAMED = 3; // other classes with a colour: those whose error rate rises most
  const FIRST = 3; // runs shown before any is chosen
  const size = study.classes.length;
  const state = {scale: data.scale, label: data.first, runs: []};
  const [bar, panels] = [".controls", ".egos"].map((path) => section.querySelector(path));
  const at = (scale) => data.lines.filter((line) => line.scale === scale);
  const candidates = () => at(state.scale).filter((line) => line.label === state.label);
  function lines() {
    const chosen = candidates().filter((line) => state.runs.includes(line.run));
    return chosen.length ? chosen : candidates().slice(0, FIRST);
  }

  // A class's errors and images at each place of the line, with the rate in percent, null for no images.
  function along(line, label) {
    const errors = readArray(line.mistakes);
    const sizes = readArray(line.sizes);
    return Array.from({length: line.sizes.shape[0]}, (_, k) => {
      const place = k * size + label;
      const [wrong, images] = [errors[place], sizes[place]];
      return {wrong, images, rate: images ? (100 * wrong) / images : null};
    });
  }

  // The mean rise of a class's error rate above that at w*, on the half that descends the line's class.
  function meanRise(line, label) {
    const rates = along(line, label).map(({rate}) => rate);
    const middle = (rates.length - 1) / 2;
    return rates.slice(middle + 1).reduce((total, rate) => total + rate - rates[middle], 0) / middle;
  }

  function curve(line, label, style) {
    const points = along(line, label);
    return {
      x: points.map((_, k) => line.edge * ((2 * k) / (points.length - 1) - 1)),
      y: points.map(({rate}) => rate),
      mode: "lines",
      name: shortLabels[label],
      text: points.map(({wrong, images}) => `${formatNumber(wrong)} of ${formatNumber(images)} images`),
      hovertemplate: "%{x:.3g}: %{y:.1f} %, %{text}<extra>%{meta}</extra>",
      meta: study.classes[label],
      ...style,
    };
  }
  function plot(line) {
    const others = [...study.classes.keys()].filter((label) => label !== line.label);
    const rising = others
      .filter((label) => meanRise(line, label) > 0)
      .sort((a, b) => meanRise(line, b) - meanRise(line, a))
      .slice(0, NAMED);
    return {
      data: [
        ...others
          .filter((label) => !rising.includes(label))
          .map((label) => curve(line, label, {line: {color: colour("edge"), width: 1}, showlegend: false})),
        ...rising.map((label, place) =>
          curve(line, label, {line: {color: classHue(label), width: 2, dash: DASHES[place]}}),
        ),
        curve(line, line.label, {line: {color: classHue(line.label), width: 4}}),
      ],
      layout: {
        xaxis: {title: {text: `descend ${shortLabels[line.label]} \u2192`}, tickvals: [-line.edge, 0, line.edge]},
        yaxis: {title: {text: "error rate, %"}, range: [-2, 102]},
        showlegend: true,
        legend: {orientation: "h", y: 1.02, yanchor: "bottom"},
        margin: {l: 50, r: 25, t: BUTTONS + 20, b: 45},
      },
    };
  }

  const figures = new Map();
  function panel(run) {
    if (!figures.has(run)) {
      const element = figure(`Error rate of every class along one class's gradient, ${run}`, () =>
        plot(candidates().find((line) => line.run === run)),
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
    if (!candidates().length) state.label = at(state.scale)[0].label;
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
      checkboxGroup(
        "Runs",
        candidates().map((line) => line.run),
        lines().map((line) => line.run),
        (values) => change("runs", values),
      ),
    ]);
    const shown = lines().map((line) => panel(line.run));
    panels.replaceChildren(...shown);
    for (const element of shown) {
      element.describe();
      element.redraw();
    }
  }
  show();
}
