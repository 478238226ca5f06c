// The cosines of class gradients, and whether they tell which classes interfere.

import {formatSigned, orderByInterference, pairName, readArray, shortLabels, shortPair, study} from "./base.js";
import {select} from "./controls.js";
import {DIFFERENCES, figure, liftedHeight, liftedTicks, plotlyScale, runHue} from "./plots.js";

export function showGradients(section, {runs}) {
  const [NAMED, LINEAR] = [3, 1]; // pairs named in the scatter, percent up to which its axis is linear
  const [DENSE, LINE] = [500, 0.05]; // pairs whose dots are smaller; the height of a name as a share of the axis
  const names = Object.keys(runs);
  const size = study.classes.length;
  const state = {run: names[0]};
  const cosines = (run) => readArray(runs[run].cosines);
  const top = Math.max(...names.flatMap((run) => [...cosines(run)].filter(Number.isFinite).map(Math.abs)), 0.01);

  const map = figure("The cosine of every two classes' gradients", () => {
    const [order, cosine] = [orderByInterference(), cosines(state.run)];
    const side = Math.max(map.plot.clientWidth - 150, 250);
    if (study.many) map.plot.style.height = `${Math.min(10 * size, 1200, side) + 100}px`;
    const axis = (length) => {
      // with as many names as it has room for
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
    const scale = plotlyScale(DIFFERENCES).map(([at], place, all) => [at, all[all.length - 1 - place][1]]);
    return {
      data: [
        {
          type: "heatmap",
          z: order.map((a) => order.map((b) => cosine[a * size + b])),
          zmin: -top,
          zmax: top,
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
        margin: {l: 60, r: 10, t: 10, b: 60},
        xaxis: axis(side),
        yaxis: {...axis(map.plot.clientHeight - 100), autorange: "reversed"},
      },
    };
  });
  const scatter = figure(
    "The cosine of each pair's gradients against how often its classes are taken for each other",
    () => {
      const [cosine, mixed] = [cosines(state.run), readArray(runs[state.run].mixed)];
      const found = study.classes
        .flatMap((_, a) => study.classes.slice(a + 1).map((_, more) => [a, a + 1 + more]))
        .map(([a, b]) => ({
          pair: [a, b],
          words: pairName(a, b),
          cosine: cosine[a * size + b],
          rate: 100 * mixed[a * size + b],
        }))
        .filter(({rate}) => Number.isFinite(rate))
        .sort((one, other) => other.rate - one.rate);
      const most = found[0]?.rate ?? 0;
      const ends = [-0.05, liftedHeight(Math.max(1.8 * most, LINEAR), LINEAR)];
      const height = ({rate}) => liftedHeight(rate, LINEAR);
      // The most interfering pairs, but none whose name would lie on another's.
      const named = [];
      for (const pair of found) {
        const isFar = (other) => Math.abs(height(pair) - height(other)) > LINE * (ends[1] - ends[0]);
        if (named.length < NAMED && named.every(isFar)) named.push(pair);
      }
      return {
        data: [
          {
            x: found.map((one) => one.cosine),
            y: found.map(height),
            mode: "markers",
            marker: {
              color: runHue(state.run),
              ...(found.length > DENSE ? {size: 5} : {size: 8}),
              opacity: Math.min(0.7, 25 / Math.sqrt(found.length)),
            },
            customdata: found.map(({words, rate}) => [words, rate]),
            hovertemplate: "%{customdata[0]}: cosine %{x:.3f}, %{customdata[1]:.2f} %<extra></extra>",
          },
          {
            x: named.map((one) => one.cosine),
            y: named.map(height),
            mode: "text",
            text: named.map(({pair}) => `\u00a0${shortPair(...pair)}\u00a0`),
            textposition: named.map((one) => (one.cosine > 0 ? "middle left" : "middle right")),
            textfont: {size: 11},
            hoverinfo: "skip",
          },
        ],
        layout: {
          xaxis: {title: {text: "cosine"}, range: [-1.15 * top, 1.15 * top]},
          yaxis: {
            title: {text: "test CCTM, mean of both ways, %"},
            ...liftedTicks(LINEAR, most),
            zeroline: false,
            range: ends,
          },
        },
      };
    },
  );
  map.plot.style.height = scatter.plot.style.height = "26rem";
  // Of many classes each has a name, where there is room.
  if (study.many) section.querySelector(".grid").style.gridTemplateColumns = "minmax(0, 1fr)";

  function correlation({rho, p, low, high}) {
    const interval = low === null ? "" : `95 %: ${formatSigned(low)} to ${formatSigned(high)}, `;
    return `rho = ${formatSigned(rho)} (${interval}p = ${p.toFixed(3)})`;
  }
  const said = section.querySelector(".said");
  function change(run) {
    state.run = run;
    const {told} = runs[run];
    scatter.hidden = !told;
    said.textContent = `${run}: ${told && told.rho !== null ? correlation(told) : "no rank correlation"}`;
    map.redraw();
    if (told) scatter.redraw();
  }
  section.querySelector(".controls").append(select("Run", names, state.run, change));
  section.querySelector(".grid").append(map, scatter);
  change(state.run);
}
