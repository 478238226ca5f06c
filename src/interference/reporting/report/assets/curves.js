// The accuracy of the chosen runs and splits by epoch, or their error rate on a logarithmic scale.

import {createElement, study} from "./base.js";
import {checkboxGroup, radioGroup} from "./controls.js";
import {countsOf} from "./counts.js";
import {DASHES, figure, runHue, runMark, runSymbol} from "./plots.js";

const LINES = ["solid", "dashed", "dotted", "dashes and dots"]; // the names of `DASHES`

export function showCurves(section, {runs}) {
  const recorded = study.views.cctm.runs;
  const splits = Object.keys(study.splits).filter((split) => runs.some((run) => recorded[run][split]));
  const state = {runs, splits: splits.slice(0, 1), scale: "accuracy"};

  // The accuracy after each epoch, in percent.
  function accuracies(split) {
    const counts = countsOf(split);
    return split.epochs.map((_, place) => {
      const right = study.classes.reduce((sum, _, label) => sum + counts.at(place, label, label), 0);
      return (100 * right) / study.classes.reduce((sum, _, label) => sum + counts.images(place, label), 0);
    });
  }
  function curve(run, split, place) {
    const percents = accuracies(recorded[run][split]);
    return {
      x: recorded[run][split].epochs,
      y: state.scale === "accuracy" ? percents : percents.map((value) => 100 - value || null),
      mode: percents.length > 30 ? "lines" : "lines+markers",
      name: `${run}, ${study.splits[split]}`,
      line: {color: runHue(run), width: 2, dash: DASHES[place]},
      marker: {color: runHue(run), symbol: runSymbol(run), size: 6},
      customdata: percents,
      hovertemplate: "%{customdata:.2f} %",
    };
  }
  const drawing = figure("Accuracy of each chosen run after every epoch, in percent", () => ({
    data: state.splits.flatMap((split, place) =>
      state.runs.filter((run) => recorded[run][split]).map((run) => curve(run, split, place)),
    ),
    layout: {
      hovermode: "x unified",
      xaxis: {title: {text: "epoch"}},
      yaxis:
        state.scale === "accuracy"
          ? {title: {text: "accuracy, %"}}
          : {
              title: {text: "error rate, %"},
              type: "log",
              autorange: "reversed",
              tickvals: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100],
            },
    },
  }));
  const lines = createElement("figcaption", {});
  drawing.append(lines);
  function change(key, value) {
    state[key] = value;
    const captions = state.splits.map((split, place) => `${LINES[place]}: ${study.splits[split]}`);
    lines.textContent = captions.length > 1 ? captions.join("; ") : "";
    drawing.redraw();
  }
  const ordered = (options, chosen) => options.filter((option) => chosen.includes(option));
  section.querySelector(".controls").append(
    checkboxGroup(
      "Images",
      splits.map((split) => [split, study.splits[split]]),
      state.splits,
      (value) => change("splits", ordered(splits, value)),
    ),
    radioGroup(
      "Scale",
      [
        ["accuracy", "accuracy"],
        ["log", "error rate, logarithmic"],
      ],
      state.scale,
      (value) => change("scale", value),
    ),
    checkboxGroup(
      "Runs",
      runs.map((run) => [run, runMark(run)]),
      state.runs,
      (value) => change("runs", ordered(runs, value)),
    ),
  );
  section.querySelector(".drawn").append(drawing);
  change("runs", runs);
}
