// The cosines of class gradients, and how well they predict which classes interfere.

import {formatSigned, orderByInterference, pairName, readArray, shortLabels, shortPair, study} from "./base.js";
import {select} from "./controls.js";
import {BUTTONS, colour, DIFFERENCES, figure, liftedHeight, liftedTicks, plotlyScale, runHue} from "./plots.js";

export function showGradients(section, {runs}) {
  const NAMED = 3; // the greatest number of pairs named in the scatter
  const LINEAR = 1; // percent up to which the scatter's axis is linear
  const DENSE = 500; // pairs; if there are more, their dots are smaller
  const LINE = 0.05; // the height of a name as a fraction of the axis
  const names = Object.keys(runs);
  const size = study.classes.length;
  const state = {run: names[0]};
  const cosines = (run) => readArray(runs[run].cosines);
  // The end of the axis, and that of the colours, beyond which lie the strongest few per cent of the cosines.
  const strengths = names
    .flatMap((run) => [...cosines(run)].filter((_, cell) => cell % (size + 1)))
    .filter(Number.isFinite)
    .map(Math.abs)
    .sort((a, b) => a - b);
  const top = Math.max(strengths.at(-1) ?? 0, 0.01);
  const strong = Math.max(strengths[Math.floor(0.95 * (strengths.length - 1))] ?? 0, 0.01);

  const map = figure("The cosine of every two classes' gradients", () => {
    const order = orderByInterference();
    const cosine = cosines(state.run);
    const side = Math.max(map.plot.clientWidth - 150, 250);
    if (study.many) map.plot.style.height = `${Math.min(10 * size, 1200, side) + 120}px`;
    // An axis with names at the distance that its length in pixels allows.
    const axis = (length) => {
      const places = [...order.keys()].filter(
        (place) => place % Math.ceil(((study.many ? 9.5 : 16) * size) / length) === 0,
      );
      return {
        tickvals: places,
        ticktext: places.map((place) => shortLabels[order[place]]),
        showgrid: false,
        zeroline: false,
        ...(study.many ? {tickfont: {size: 9}} : {}),
      };
    };
    const scale = plotlyScale(DIFFERENCES).map(([at], place, steps) => [at, steps[steps.length - 1 - place][1]]);
    return {
      data: [
        {
          type: "heatmap",
          z: order.map((a) => order.map((b) => cosine[a * size + b])),
          zmin: -strong,
          zmax: strong,
          colorscale: scale,
          hoverongaps: false,
          ...(study.many ? {} : {xgap: 1, ygap: 1}),
          colorbar: {thickness: 12, outlinewidth: 0},
          texttemplate: map.plot.clientWidth > 45 * size ? "%{z:.2f}" : "",
          textfont: {size: 10},
          text: order.map((a) => order.map((b) => pairName(a, b))),
          hovertemplate: "%{text}: %{z:.3f}<extra></extra>",
        },
      ],
      layout: {
        margin: {l: 60, r: 10, t: BUTTONS, b: 60},
        xaxis: axis(side),
        yaxis: {...axis(map.plot.clientHeight - 120), autorange: "reversed"},
      },
    };
  });
  const scatter = figure("The cosine of each pair's gradients against how often its classes are confused", () => {
    const cosine = cosines(state.run);
    const mixed = readArray(runs[state.run].mixed);
    const pairs = study.classes
      .flatMap((_, a) => study.classes.slice(a + 1).map((_, more) => [a, a + 1 + more]))
      .map(([a, b]) => ({
        pair: [a, b],
        name: pairName(a, b),
        cosine: cosine[a * size + b],
        rate: 100 * mixed[a * size + b],
      }))
      .filter(({rate}) => Number.isFinite(rate))
      .sort((first, second) => second.rate - first.rate);
    const most = pairs[0]?.rate ?? 0;
    const ends = [-0.05, liftedHeight(Math.max(1.8 * most, LINEAR), LINEAR)];
    const height = ({rate}) => liftedHeight(rate, LINEAR);
    // The most interfering pairs; a pair whose name would overlap another name is skipped.
    const named = [];
    for (const pair of pairs) {
      const isFar = (other) => Math.abs(height(pair) - height(other)) > LINE * (ends[1] - ends[0]);
      if (named.length < NAMED && named.every(isFar)) named.push(pair);
    }
    return {
      data: [
        {
          x: pairs.map((pair) => pair.cosine),
          y: pairs.map(height),
          mode: "markers",
          marker: {
            color: runHue(state.run),
            size: pairs.length > DENSE ? 5 : 8,
            opacity: Math.min(0.7, 25 / Math.sqrt(pairs.length)),
          },
          customdata: pairs.map(({name, rate}) => [name, rate]),
          hovertemplate: "%{customdata[0]}: cosine %{x:.3f}, %{customdata[1]:.2f} %<extra></extra>",
        },
      ],
      layout: {
        annotations: named.map((pair) => ({
          x: pair.cosine,
          y: height(pair),
          text: shortPair(...pair.pair),
          ax: pair.cosine > 0 ? -40 : 40,
          ay: -18,
          xanchor: pair.cosine > 0 ? "right" : "left",
          arrowhead: 0,
          arrowwidth: 1,
          arrowcolor: colour("soft"),
          font: {size: 11},
        })),
        xaxis: {title: {text: "cosine"}, range: [-1.15 * top, 1.15 * top]},
        yaxis: {
          title: {text: "test CCTM, mean of both ways, %"},
          ...liftedTicks(LINEAR, most),
          zeroline: false,
          range: ends,
        },
      },
    };
  });
  map.plot.style.height = scatter.plot.style.height = "26rem";
  // The matrix of many classes has the full width, so that its names have room.
  if (study.many) section.querySelector(".grid").style.gridTemplateColumns = "minmax(0, 1fr)";

  function correlationText({rho, p, low, high}) {
    const interval = low === null ? "" : `95 %: ${formatSigned(low)} to ${formatSigned(high)}, `;
    return `rho = ${formatSigned(rho)} (${interval}p = ${p.toFixed(3)})`;
  }
  const status = section.querySelector(".status");
  function change(run) {
    state.run = run;
    const {correlation} = runs[run];
    scatter.hidden = !correlation;
    const isKnown = correlation && correlation.rho !== null;
    status.textContent = `${run}: ${isKnown ? correlationText(correlation) : "no rank correlation"}`;
    map.redraw();
    if (correlation) scatter.redraw();
  }
  section.querySelector(".controls").append(select("Run", names, state.run, change));
  section.querySelector(".grid").append(map, scatter);
  change(state.run);
}
