// A plane as a 3-D surface or as a map, with the outline of the flat area, the cut and w* on it. `look` holds what is
// shown: the plane's `points`, the measure of their `loss`, the `ends` of the common range, and the `angle` of the cut.

import {readArray, shortenLabels, toRows} from "./base.js";
import {BUTTONS, colour, plotlyScale, TERRAIN} from "./plots.js";

export const CUT = "#e8318a";
export const CUT_TRACE = 2; // the index of the cut among the traces
const CUT_PLACES = 121; // the number of places on the drawn cut

const heights = ({points, loss}) => points.map(({value}) => loss.height(value));
export const cutPlaces = (plane, angle) => plane.cut(angle, CUT_PLACES).map(({theta}) => theta);
const outlinePlaces = (plane) => toRows(readArray(plane.outline), 2);
export const withHeadroom = ([low, high]) => [low, high + 0.02 * (high - low)]; // the top of a plot is not cut off

// The text of each point: its theta, its value and the counts behind it.
function pointTexts(plane, {points, loss}) {
  return points.map((point, k) => {
    const indices = [Math.floor(k / plane.shape[1]), k % plane.shape[1]];
    const thetas = indices.map(
      (index, axis) => `${plane.ways[axis]}: ${Number(plane.axes[axis][index].toPrecision(3))}`,
    );
    return [...thetas, point.images ? loss.describe(point) : "no images"].join("<br>");
  });
}
const sharedTrace = (plane, look) => ({
  x: plane.axes[0],
  y: plane.axes[1],
  z: plane.toGrid(heights(look)),
  text: plane.toGrid(pointTexts(plane, look)),
  hovertemplate: "%{text}<extra></extra>",
  colorscale: plotlyScale(TERRAIN),
  showscale: false,
});

// Places on the surface, lifted a little above it so that lines there stay visible.
export function onSurface(plane, look, thetas) {
  const values = heights(look);
  const lift = 0.006 * (look.ends[1] - look.ends[0]);
  return {
    ...onMap(thetas),
    z: thetas.map((theta) => (Number.isFinite(theta[0]) ? plane.at(values, theta) + lift : NaN)),
  };
}
export const onMap = (thetas) => ({x: thetas.map(([x]) => x), y: thetas.map(([, y]) => y)});

// The title along an edge of the floor; a long title has two lines.
const floorTitle = (way) =>
  way.length > 18
    ? {text: `${way.replace(" ", "<br>")} \u2192`, font: {size: 10}}
    : {text: `${way} \u2192`, font: {size: 12}};

export function planeSurface(plane, look, camera) {
  const line = {type: "scatter3d", mode: "lines", hoverinfo: "skip"};
  const small = {size: 12};
  const axis = {
    color: colour("soft"),
    gridcolor: colour("line"),
    showbackground: false,
    showspikes: false,
    zeroline: false,
    tickfont: small,
  };
  const floor = (index) => ({
    ...axis,
    title: floorTitle(shortenLabels(plane.ways[index])),
    tickvals: [-plane.edge[index] / 2, 0, plane.edge[index] / 2], // away from the corners, where two axes meet
    range: [-plane.edge[index], plane.edge[index]],
  });
  return {
    data: [
      {
        type: "surface",
        ...sharedTrace(plane, look),
        cmin: look.ends[0],
        cmax: look.ends[1],
        lighting: {ambient: 0.75, diffuse: 0.5, specular: 0.05, roughness: 0.9},
      },
      {...line, ...onSurface(plane, look, outlinePlaces(plane)), line: {color: "#ffffff", width: 4}},
      {...line, ...onSurface(plane, look, cutPlaces(plane, look.angle)), line: {color: CUT, width: 6}},
      {
        ...line,
        mode: "markers",
        ...onSurface(plane, look, [[0, 0]]),
        marker: {size: 5, color: "#ffffff", line: {color: "#000000", width: 2}},
      },
    ],
    layout: {
      margin: {l: 0, r: 0, t: 0, b: 0},
      scene: {
        camera,
        dragmode: false,
        bgcolor: colour("page"),
        aspectmode: "manual",
        aspectratio: {x: 1, y: 1, z: 0.75},
        xaxis: floor(0),
        yaxis: floor(1),
        zaxis: {
          ...axis,
          title: {text: look.loss.unit, font: {size: 12}},
          range: withHeadroom(look.ends),
          ...look.loss.ticks(look.ends),
        },
      },
    },
    config: {scrollZoom: false, modeBarButtons: [["toImage"]]},
  };
}

export function planeMap(plane, look) {
  const line = {type: "scatter", mode: "lines", hoverinfo: "skip"};
  const axis = (index) => ({
    title: {text: `${shortenLabels(plane.ways[index])} \u2192`},
    tickvals: [-plane.edge[index], 0, plane.edge[index]],
    range: [-plane.edge[index], plane.edge[index]],
    constrain: "domain",
    zeroline: false,
  });
  return {
    data: [
      {
        type: "contour",
        ...sharedTrace(plane, look),
        zmin: look.ends[0],
        zmax: look.ends[1],
        line: {width: 0, smoothing: 0},
        contours: {start: look.ends[0], end: look.ends[1], size: look.loss.band},
      },
      {...line, ...onMap(outlinePlaces(plane)), line: {color: "#ffffff", width: 2}},
      {...line, ...onMap(cutPlaces(plane, look.angle)), line: {color: CUT, width: 3}},
      {
        ...line,
        mode: "markers",
        ...onMap([[0, 0]]),
        marker: {size: 8, color: "#ffffff", line: {color: "#000000", width: 1.5}},
      },
    ],
    layout: {
      xaxis: axis(0),
      yaxis: {...axis(1), scaleanchor: "x", scaleratio: plane.edge[0] / plane.edge[1]},
      margin: {l: 60, r: 25, t: BUTTONS, b: 45},
    },
  };
}
