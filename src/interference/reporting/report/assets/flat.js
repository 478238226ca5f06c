// How flat every plane is: a figure for each scale, in it a row for each pair and a mark for each run.

import {createElement, shortenLabels} from "./base.js";
import {select} from "./controls.js";
import {colour, darkScheme, figure, runHue, runMark, runSymbol} from "./plots.js";

export function showFlat(section, data) {
  const MEASURES = {
    share: {caption: "flat area, % of the plane", value: (plane) => 100 * plane.share, area: true, log: true},
    area: {caption: "flat area in weight space, norm squared", value: (plane) => plane.area, area: true, log: true},
    slope: {caption: "steepest rise along an axis, points per unit of norm", value: (plane) => plane.slope, log: true},
    plateau: {caption: "far field: median error rate on the rim, %", value: (plane) => plane.plateau},
  };
  const state = {measure: "share"};
  const [bar, measures] = [".controls", ".measures"].map((path) => section.querySelector(path));
  const runs = [...new Set(data.planes.map((plane) => plane.run))];
  const planesAt = (scale) => data.planes.filter((plane) => plane.scale === scale);
  const names = (scale) => [...new Set(planesAt(scale).map((plane) => plane.name))];

  // The range of the axis, the same for all scales.
  function range() {
    const {value, log} = MEASURES[state.measure];
    if (!log) return [0, 100];
    const positive = data.planes.map(value).filter((number) => number > 0);
    return [Math.log10(Math.min(...positive)) - 0.15, Math.log10(Math.max(...positive)) + 0.15];
  }

  function plot(scale) {
    const {caption, value, area, log} = MEASURES[state.measure];
    const rows = names(scale);
    const marks = runs.map((run, place) => {
      const planes = planesAt(scale).filter((plane) => plane.run === run);
      return {
        x: planes.map(value),
        y: planes.map((plane) => rows.indexOf(plane.name) + 0.7 * ((place + 0.5) / runs.length - 0.5)),
        mode: "markers",
        name: run,
        marker: {
          color: runHue(run),
          opacity: 0.9,
          line: {color: runHue(run), width: 1.5},
          size: planes.map((plane) => (area && plane.unresolved ? 6 : 10)),
          symbol: planes.map((plane) => runSymbol(run) + (area && plane.cut_off ? "-open" : "")),
        },
        text: planes.map((plane) => {
          const bound = area && plane.cut_off ? " or more: cut off by the edge" : "";
          const resolution = area && plane.unresolved ? ", smaller than a cell of the grid" : "";
          return `${plane.name}, ${run}<br>${numberText(value(plane))}${bound}${resolution}`;
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
          title: {text: caption},
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
  const numberText = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(4))) : "not finite");

  const legend = createElement("div", {class: "legend"});
  const grid = createElement("div", {class: "grid"});
  for (const [scale, caption] of Object.entries(data.scales)) {
    const element = figure(`Flatness of the planes at the scale: ${caption}`, () => plot(scale));
    element.prepend(createElement("figcaption", {}, createElement("b", {}, caption)));
    element.plot.style.height = `${7 + Math.max(3, names(scale).length) * Math.max(1.8, 0.7 * runs.length)}rem`;
    grid.append(element);
  }
  const meanings = "hollow: at least (cut off by the edge); small: less than a cell of the grid";
  const showLegend = () => legend.replaceChildren(...runs.map(runMark), meanings);
  bar.append(
    select(
      "Measure",
      Object.entries(MEASURES).map(([key, {caption}]) => [key, caption]),
      state.measure,
      (value) => {
        state.measure = value;
        for (const element of grid.children) element.redraw();
      },
    ),
  );
  measures.append(legend, grid);
  darkScheme.addEventListener("change", showLegend);
  showLegend();
}
