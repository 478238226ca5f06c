// How flat every plane is: a figure a scale, a row a pair, a mark a run.

import {createElement, shortenLabels} from "./base.js";
import {select} from "./controls.js";
import {colour, darkScheme, figure, runHue, runMark, runSymbol} from "./plots.js";

export function showFlat(section, data) {
  const MEASURES = {
    share: {words: "flat area, % of the plane", value: (plane) => 100 * plane.share, area: true, log: true},
    area: {words: "flat area in weight space, norm squared", value: (plane) => plane.area, area: true, log: true},
    slope: {words: "steepest rise on an axis, points a unit of norm", value: (plane) => plane.slope, log: true},
    plateau: {words: "far field: median of the rim, % mistakes", value: (plane) => plane.plateau},
  };
  const state = {measure: "share"};
  const [bar, ground] = [".controls", ".measures"].map((path) => section.querySelector(path));
  const runs = [...new Set(data.planes.map((plane) => plane.run))];
  const of = (scale) => data.planes.filter((plane) => plane.scale === scale);
  const names = (scale) => [...new Set(of(scale).map((plane) => plane.name))];

  // One range for all scales: decades around what is there.
  function range() {
    const {value, log} = MEASURES[state.measure];
    const found = data.planes.map(value).filter((one) => one > 0);
    return log ? [Math.log10(Math.min(...found)) - 0.15, Math.log10(Math.max(...found)) + 0.15] : [0, 100];
  }

  function plot(scale) {
    const [{words, value, area, log}, rows] = [MEASURES[state.measure], names(scale)];
    const marks = runs.map((run, place) => {
      const mine = of(scale).filter((plane) => plane.run === run);
      return {
        x: mine.map(value),
        y: mine.map((plane) => rows.indexOf(plane.name) + 0.7 * ((place + 0.5) / runs.length - 0.5)),
        mode: "markers",
        name: run,
        marker: {
          color: runHue(run),
          opacity: 0.9,
          line: {color: runHue(run), width: 1.5},
          size: mine.map((plane) => (area && plane.unresolved ? 6 : 10)),
          symbol: mine.map((plane) => runSymbol(run) + (area && plane.cut_off ? "-open" : "")),
        },
        text: mine.map((plane) => {
          const bound = area && plane.cut_off ? " or more: cut off by the edge" : "";
          const resolution = area && plane.unresolved ? ", less than a cell of the grid" : "";
          return `${plane.name}, ${run}<br>${number(value(plane))}${bound}${resolution}`;
        }),
        hovertemplate: "%{text}<extra></extra>",
      };
    });
    const chance = {
      type: "line",
      x0: data.chance,
      x1: data.chance,
      yref: "paper",
      y0: 0,
      y1: 1,
      line: {color: colour("soft"), width: 1, dash: "dot"},
    };
    return {
      data: marks,
      layout: {
        xaxis: {
          title: {text: words},
          type: log ? "log" : "linear",
          range: range(),
          ...(log ? {dtick: 1, exponentformat: "none"} : {}),
        },
        yaxis: {
          tickvals: [...rows.keys()],
          ticktext: rows.map(shortenLabels),
          range: [rows.length - 0.5, -0.5],
          showgrid: false,
          zeroline: false,
        },
        shapes: [...rows.keys()]
          .slice(1)
          .map((row) => ({
            type: "line",
            xref: "paper",
            x0: 0,
            x1: 1,
            y0: row - 0.5,
            y1: row - 0.5,
            line: {color: colour("line"), width: 1},
          }))
          .concat(state.measure === "plateau" ? [chance] : []),
      },
    };
  }
  const number = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(4))) : "not finite");

  const legend = createElement("div", {class: "legend"});
  const grid = createElement("div", {class: "grid"});
  for (const [scale, words] of Object.entries(data.scales)) {
    const element = figure(`Flatness of the planes at the scale: ${words}`, () => plot(scale));
    element.prepend(createElement("figcaption", {}, createElement("b", {}, words)));
    element.plot.style.height = `${6 + Math.max(3, names(scale).length) * Math.max(1.8, 0.7 * runs.length)}rem`;
    grid.append(element);
  }
  const keys = () => legend.replaceChildren(...runs.map(runMark));
  bar.append(
    select(
      "Measure",
      Object.entries(MEASURES).map(([key, {words}]) => [key, words]),
      state.measure,
      (value) => {
        state.measure = value;
        for (const element of grid.children) element.redraw();
      },
    ),
  );
  ground.append(legend, grid);
  darkScheme.addEventListener("change", keys);
  keys();
}
