// The most interfering pairs of classes, ranked over the chosen runs, with a dot and its interval for each run.

import {formatPercent, pairName, readArray, shortPair, study, toRows} from "./base.js";
import {checkboxGroup} from "./controls.js";
import {BUTTONS, figure, runHue, runMark, runSymbol} from "./plots.js";

export function showPairs(section, {pairs: reference, runs}) {
  const SHOWN = 15;
  const names = Object.keys(runs);
  const state = {runs: names.filter((run) => study.runs[run].optim === study.runs[names[0]].optim)};
  const pairs = toRows(readArray(reference), 2); // those that some run confuses
  // A row a pair: the rate both ways, its 95 % interval, and the pair's fraction of all errors.
  const measures = Object.fromEntries(names.map((run) => [run, toRows(readArray(runs[run]), 4)]));

  // The places of the pairs by their mean rate over the chosen runs, highest first; absent classes (nan) come last.
  function ranked() {
    const mean = pairs.map((_, k) => state.runs.reduce((sum, run) => sum + measures[run][k][0], 0) / state.runs.length);
    return [...pairs.keys()].sort((k, l) => (mean[l] || 0) - (mean[k] || 0)).slice(0, SHOWN);
  }
  // The dots of a run, below those of the runs before it.
  function dots(run, order) {
    const lower = 0.7 * ((state.runs.indexOf(run) + 0.5) / state.runs.length - 0.5);
    const y = order.map((_, place) => place + lower);
    const values = order.map((k) => measures[run][k]);
    const bars = {
      x: values.flatMap(([, low, high]) => [100 * low, 100 * high, null]),
      y: y.flatMap((height) => [height, height, null]),
      mode: "lines",
      line: {color: runHue(run), width: 1.5},
      hoverinfo: "skip",
    };
    return [
      bars,
      {
        x: values.map(([rate]) => 100 * rate),
        y,
        mode: "markers",
        marker: {color: runHue(run), symbol: runSymbol(run), size: 7},
        name: run,
        text: values.map(
          ([rate, low, high, fraction], place) =>
            `${pairName(...pairs[order[place]])}: ${formatPercent(rate)} ` +
            `(95 %: ${(100 * low).toFixed(1)} to ${formatPercent(high)})` +
            (Number.isFinite(fraction) ? `, ${formatPercent(fraction)} of all errors` : ""),
        ),
        hovertemplate: "%{text}<extra>%{fullData.name}</extra>",
      },
    ];
  }
  const drawing = figure(
    "How often the classes of the most interfering pairs are confused, in percent, with 95 % intervals",
    () => {
      const order = ranked();
      const far = 103 * Math.max(0.01, ...state.runs.flatMap((run) => order.map((k) => measures[run][k][2] || 0)));
      drawing.plot.style.height = `${order.length * (12 + 8 * state.runs.length) + 80}px`;
      return {
        data: state.runs.flatMap((run) => dots(run, order)),
        layout: {
          xaxis: {title: {text: "both ways added, %"}, range: [0, far]},
          margin: {l: 100, r: 10, t: BUTTONS, b: 45},
          yaxis: {
            tickvals: [...order.keys()],
            ticktext: order.map((k) => shortPair(...pairs[k])),
            range: [order.length - 0.4, -0.6],
            zeroline: false,
            fixedrange: true,
          },
        },
      };
    },
  );
  const choice = checkboxGroup(
    "Runs",
    names.map((run) => [run, runMark(run)]),
    state.runs,
    (chosen) => {
      state.runs = names.filter((run) => chosen.includes(run));
      drawing.redraw();
    },
  );
  if (names.length > 1) section.querySelector(".controls").append(choice);
  section.querySelector(".drawn").append(drawing);
}
