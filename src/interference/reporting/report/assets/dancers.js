// A plot of how the most interfering pairs of classes dance, the most opposed first; a click chooses a pair. `ranked`
// gives all pairs with the correlation of their recalls' changes, its interval and their moments; `most` gives the most
// interfering pairs; `chosen` gives the chosen pair; `choose` is called with the pair of a click.

import {formatSigned, pairName, shortPair} from "./base.js";
import {colour, figure, hue} from "./plots.js";

// The colours of moments by the paper's names; on this page they are orange and blue.
export const MOMENTS = {red: () => hue(1), blue: () => hue(0)};
export const samePair = ([a, b], [c, d]) => (a === c && b === d) || (a === d && b === c);
export const correlationText = ({r, low, high}) =>
  low === -1 && high === 1
    ? `r = ${formatSigned(r)}; too few epochs for an interval`
    : `r = ${formatSigned(r)} (95 %: ${formatSigned(low)} to ${formatSigned(high)})`;

export function dancers(ranked, most, chosen, choose) {
  function shown() {
    const drawn = [...most(), chosen()];
    return ranked().filter(({pair}) => drawn.some((other) => samePair(pair, other)));
  }
  function bars(pairs, shades) {
    return [...new Set(shades)].map((shade) => {
      const places = [...pairs.keys()].filter((place) => shades[place] === shade);
      return {
        x: places.flatMap((place) => [pairs[place].low, pairs[place].high, null]),
        y: places.flatMap((place) => [place, place, null]),
        mode: "lines",
        line: {color: shade, width: 1.2},
        hoverinfo: "skip",
      };
    });
  }
  function dots(pairs, shades) {
    return {
      x: pairs.map(({r}) => r),
      y: [...pairs.keys()],
      mode: "markers",
      marker: {size: 7, color: shades},
      text: pairs.map(
        (pair) =>
          `${pairName(...pair.pair)}: ${correlationText(pair)}<br>` +
          `${pair.red} moments between the two (orange), ${pair.blue} with a third class (blue);<br>` +
          `opposed in ${pair.opposed} epochs`,
      ),
      hovertemplate: "%{text}<extra></extra>",
    };
  }
  const column = (pairs, x, key, shade) => ({
    x: pairs.map(() => x),
    y: [...pairs.keys()],
    xaxis: "x2",
    mode: "text",
    hoverinfo: "skip",
    text: pairs.map((pair) => String(pair[key] || "")),
    textfont: {size: 11, color: shade},
  });
  const drawing = figure("The correlation of the recalls' changes of pairs of classes, with its 95 % interval", () => {
    const pairs = shown();
    const shades = pairs.map(({low, high}) => (high < 0 || low > 0 ? colour("ink") : colour("edge")));
    const chosenRow = pairs.findIndex(({pair}) => samePair(pair, chosen()));
    const arrow = (shade) => `<span style="color: ${shade}">\u25b2</span>`;
    const still = {fixedrange: true, zeroline: false, showgrid: false};
    drawing.plot.style.height = `${pairs.length * 15 + 75}px`;
    return {
      data: [
        ...bars(pairs, shades),
        dots(pairs, shades),
        column(pairs, 0, "red", MOMENTS.red()),
        column(pairs, 1, "blue", MOMENTS.blue()),
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
          tickvals: [...pairs.keys()],
          ticktext: pairs.map(({pair}) => shortPair(...pair)),
          tickfont: {size: 11},
          range: [pairs.length - 0.4, -0.6],
        },
        shapes: [
          {
            type: "rect",
            xref: "paper",
            x0: 0,
            x1: 1,
            y0: chosenRow - 0.5,
            y1: chosenRow + 0.5,
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
