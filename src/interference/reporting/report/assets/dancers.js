// A plot of how the most interfering pairs of classes dance, the most opposed first, in which one can choose a pair.
// `ranked` gives all pairs with the correlation of their recalls' changes, its interval and their moments; `most` gives
// the pairs that interfere most; `chosen` gives the pair that is shown; `choose` is called with another pair.

import {formatSigned, pairName, shortPair} from "./base.js";
import {colour, figure, hue} from "./plots.js";

export const MOMENTS = {red: () => hue(1), blue: () => hue(0)}; // by the paper's words: ours are orange and blue
export const samePair = ([a, b], [c, d]) => (a === c && b === d) || (a === d && b === c);
export const sureness = ({r, low, high}) =>
  low === -1 && high === 1
    ? `r = ${formatSigned(r)}; too few epochs to say`
    : `r = ${formatSigned(r)} (95 %: ${formatSigned(low)} to ${formatSigned(high)})`;

export function dancers(ranked, most, chosen, choose) {
  function shown() {
    const wanted = [...most(), chosen()];
    return ranked().filter(({pair}) => wanted.some((one) => samePair(pair, one)));
  }
  function bars(found, shades) {
    return [...new Set(shades)].map((shade) => {
      const places = [...found.keys()].filter((place) => shades[place] === shade);
      return {
        x: places.flatMap((place) => [found[place].low, found[place].high, null]),
        y: places.flatMap((place) => [place, place, null]),
        mode: "lines",
        line: {color: shade, width: 1.2},
        hoverinfo: "skip",
      };
    });
  }
  function dots(found, shades) {
    return {
      x: found.map(({r}) => r),
      y: [...found.keys()],
      mode: "markers",
      marker: {size: 7, color: shades},
      text: found.map(
        (one) =>
          `${pairName(...one.pair)}: ${sureness(one)}<br>` +
          `moments: ${one.red} to each other (orange), ${one.blue} to a third (blue); ` +
          `opposed in ${one.opposed} epochs`,
      ),
      hovertemplate: "%{text}<extra></extra>",
    };
  }
  const column = (found, x, key, shade) => ({
    x: found.map(() => x),
    y: [...found.keys()],
    xaxis: "x2",
    mode: "text",
    hoverinfo: "skip",
    text: found.map((one) => String(one[key] || "")),
    textfont: {size: 11, color: shade},
  });
  const drawing = figure("The correlation of the recalls' changes of pairs of classes, with its 95 % interval", () => {
    const found = shown();
    const shades = found.map(({low, high}) => (high < 0 || low > 0 ? colour("ink") : colour("edge")));
    const mine = found.findIndex(({pair}) => samePair(pair, chosen()));
    const arrow = (shade) => `<span style="color: ${shade}">\u25b2</span>`;
    const still = {fixedrange: true, zeroline: false, showgrid: false};
    drawing.plot.style.height = `${found.length * 15 + 75}px`;
    return {
      data: [
        ...bars(found, shades),
        dots(found, shades),
        column(found, 0, "red", MOMENTS.red()),
        column(found, 1, "blue", MOMENTS.blue()),
      ],
      layout: {
        hovermode: "y",
        margin: {l: 90, r: 5, t: 25, b: 40},
        xaxis: {
          domain: [0, 0.82],
          range: [-1.04, 1.04],
          tickvals: [-1, -0.5, 0, 0.5, 1],
          title: {text: "r"},
          fixedrange: true,
        },
        xaxis2: {
          ...still,
          domain: [0.85, 1],
          range: [-0.6, 1.6],
          side: "top",
          anchor: "y",
          tickvals: [0, 1],
          ticktext: [MOMENTS.red(), MOMENTS.blue()].map(arrow),
        },
        yaxis: {
          ...still,
          tickvals: [...found.keys()],
          ticktext: found.map(({pair}) => shortPair(...pair)),
          tickfont: {size: 11},
          range: [found.length - 0.4, -0.6],
        },
        shapes: [
          {
            type: "rect",
            xref: "paper",
            x0: 0,
            x1: 1,
            y0: mine - 0.5,
            y1: mine + 0.5,
            fillcolor: colour("line"),
            line: {width: 0},
            layer: "below",
          },
        ],
      },
      on: {plotly_click: ({points: [{y}]}) => choose(shown()[y].pair)},
    };
  });
  return drawing;
}
