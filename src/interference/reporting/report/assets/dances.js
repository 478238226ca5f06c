// The dance of a pair of classes by epoch, its moments, and what both classes are taken for; and how all pairs dance.

import {createElement, pairName, readArray, SPLITS, shortLabels, study, toRows} from "./base.js";
import {select} from "./controls.js";
import {dancers, MOMENTS, samePair, sureness} from "./dancers.js";
import {colour, darkScheme, figure, hue, liftedHeight, liftedTicks} from "./plots.js";

export function showDances(section, data) {
  const LINEAR = 0.1; // percent up to which rates stand on a linear axis
  const RECALLS = [0, 50, 80, 90, 95, 98, 99, 100]; // percent, at ticks
  // The panels' heights: recalls, moments, and the classes that each of the two is taken for.
  const PANELS = {y: [0.76, 1], y2: [0.49, 0.73], y3: [0.26, 0.45], y4: [0, 0.19]};
  const runs = Object.keys(data.runs);
  const state = {run: runs[0], split: "", pair: null};
  const recorded = () => study.views.cctm.runs[state.run][state.split];
  const played = () => data.runs[state.run].splits[state.split];
  const name = (label) => study.classes[label];
  const labels = [...study.classes.keys()];

  // CCTM[row, label] by epoch, in percent.
  function rates(row, label) {
    return recorded().epochs.map((_, place) => {
      const taken = readArray(recorded().counts, place, row);
      return (100 * taken[label]) / taken.reduce((sum, value) => sum + value, 0);
    });
  }
  // The moments of the pair: position among the epochs, who loses images, to whom.
  function moments() {
    return toRows(readArray(played().moments), 4)
      .filter(([, own, partner]) => samePair([own, partner], state.pair))
      .map(([at, own, partner, taker]) => ({at, own, partner, taker, red: taker === partner}));
  }
  // All pairs, the most opposed first.
  function ranked() {
    const r = toRows(readArray(played().r), 3);
    return toRows(readArray(played().pairs), 5).map(([a, b, opposed, red, blue], place) => {
      const [middle, low, high] = r[place];
      return {pair: [a, b], opposed, red, blue, r: middle, low, high};
    });
  }

  // Colours of the pair, black and cyan as in Figure 6, and of the three classes that either is most often taken for.
  function hues() {
    const often = labels.map((label) =>
      state.pair.flatMap((row) => rates(row, label)).reduce((sum, rate) => sum + (rate || 0), 0),
    );
    const others = labels.filter((label) => !state.pair.includes(label)).sort((a, b) => often[b] - often[a]);
    const colours = [colour("ink"), darkScheme.matches ? "#1fb8cf" : "#0a7f92", hue(2), hue(3), hue(4)];
    return new Map([...state.pair, ...others].slice(0, 5).map((label, place) => [label, colours[place]]));
  }
  const line = (label, shade, percents, height, words) => ({
    x: recorded().epochs,
    y: percents.map(height),
    customdata: percents,
    hovertemplate: `${words}: %{customdata:.2f} %<extra></extra>`,
    name: shortLabels[label],
    legendgroup: label,
    mode: percents.length > 30 ? "lines" : "lines+markers",
    line: {color: shade, width: 1.5},
    marker: {size: 5, color: shade},
  });
  // A height on which the dance near 100 % can be seen beside the early one.
  const recallHeight = (recall) => -Math.asinh(100 - recall);
  const rateHeight = (rate) => liftedHeight(rate, LINEAR);
  const recalls = (shades) =>
    state.pair.map((label) => ({
      ...line(label, shades.get(label), rates(label, label), recallHeight, `${name(label)} recognised`),
      yaxis: "y",
    }));
  function taken(row, axis, shades) {
    const lines = [...shades]
      .filter(([label]) => label !== row)
      .map(([label, shade]) => ({
        ...line(label, shade, rates(row, label), rateHeight, `${name(row)} taken for ${name(label)}`),
        yaxis: axis,
        showlegend: axis === "y3" && !state.pair.includes(label),
      }));
    return [...rest(row, axis, shades), ...lines];
  }
  // The band between the least and the greatest of all other classes.
  function rest(row, axis, shades) {
    const others = labels.filter((label) => !shades.has(label)).map((label) => rates(row, label));
    if (!others.length) return [];
    const edge = (pick) =>
      recorded().epochs.map((_, place) => rateHeight(pick(...others.map((values) => values[place]))));
    const band = {
      x: recorded().epochs,
      yaxis: axis,
      mode: "lines",
      line: {width: 0},
      hoverinfo: "skip",
      name: "any other",
      legendgroup: "other",
      legendrank: 1001,
    };
    return [
      {...band, y: edge(Math.min), showlegend: false},
      {...band, y: edge(Math.max), fill: "tonexty", fillcolor: `${colour("edge")}44`, showlegend: axis === "y3"},
    ];
  }

  // What is marked, a line for each kind and class that loses images, with the words above it.
  function marks() {
    const [found, [a, b]] = [moments(), state.pair];
    const [first, second] = [rates(a, a), rates(b, b)];
    const rise = (values, at) => values[at] - values[at - 1];
    const opposed = first.flatMap((_, at) => (at && rise(first, at) * rise(second, at) < 0 ? [{at}] : []));
    const red = ([own, partner]) => ({
      found: found.filter((one) => one.own === own && one.red),
      shade: MOMENTS.red(),
      say: sayRed,
      words: `${shortLabels[partner]} takes ${shortLabels[own]}`,
    });
    const blue = (own) => ({
      found: found.filter((one) => one.own === own && !one.red),
      shade: MOMENTS.blue(),
      say: sayBlue,
      words: `both fall, ${shortLabels[own]} to a third`,
    });
    return [
      {
        found: opposed,
        shade: colour("ink"),
        tick: true,
        say: () => "one recall rises, the other falls",
        words: "one rises, one falls",
      },
      red([a, b]),
      red([b, a]),
      blue(a),
      blue(b),
    ];
  }
  const rateAt = (row, label, place) => `${rates(row, label)[place].toFixed(2)} %`;
  const sayRed = ({at, own, partner}) =>
    `${name(own)} loses images to ${name(partner)}: its recall is at a low (${rateAt(own, own, at)}),<br>` +
    `${name(partner)}'s at a high, and ${rateAt(own, partner, at)} of ${name(own)} go there`;
  const sayBlue = ({at, own, partner, taker}) =>
    `${name(own)} and ${name(partner)} are both at a low, and ${name(own)} (${rateAt(own, own, at)})<br>` +
    `loses images to ${name(taker)} (${rateAt(own, taker, at)})`;

  // Each line has a point at every epoch, of no size and without text where nothing is marked, so that pointing at an
  // epoch tells about that epoch and not about the next mark.
  function markTraces() {
    return marks().map(({found, shade, tick, say}, row) => {
      const marked = new Map(found.map((one) => [one.at, one]));
      const all = recorded().epochs.map((_, place) => marked.get(place));
      return {
        x: recorded().epochs,
        y: all.map(() => -row),
        yaxis: "y2",
        mode: "markers",
        showlegend: false,
        hoverinfo: all.map((one) => (one ? "x+text" : "none")),
        text: all.map((one) => (one ? say(one) : "")),
        marker: {
          symbol: tick ? "line-ns-open" : "triangle-up",
          size: all.map((one) => (one ? (tick ? 5 : 9) : 0)),
          opacity: 1,
          color: shade,
          line: {width: tick ? 1 : 0, color: shade},
        },
      };
    });
  }

  const title = (axis, words) => ({
    text: `<b>${words}</b>`,
    xref: "paper",
    yref: "paper",
    x: 0,
    xanchor: "left",
    y: PANELS[axis][1],
    yanchor: "bottom",
    showarrow: false,
  });
  const caption = ({found, words, shade}, row) => ({
    text: `${words}: ${found.length}`,
    xref: "paper",
    yref: "y2",
    x: 0,
    xanchor: "left",
    y: -row,
    yanchor: "bottom",
    yshift: 3,
    showarrow: false,
    font: {size: 11, color: shade},
  });
  const dance = figure(
    "Recalls of the chosen pair by epoch, the moments of its dance, and what each class is taken for, in percent",
    () => {
      const [shades, [a, b], epochs] = [hues(), state.pair, recorded().epochs];
      const curves = recalls(shades);
      const least = Math.min(100, ...curves.flatMap(({customdata}) => customdata.filter(Number.isFinite)));
      const ticks = RECALLS.filter((tick) => tick >= RECALLS.findLast((one) => one <= least));
      const still = {fixedrange: true, zeroline: false};
      const rateAxis = {...still, range: [0, rateHeight(100)], ...liftedTicks(LINEAR, 100)};
      return {
        data: [...curves, ...markTraces(), ...taken(a, "y3", shades), ...taken(b, "y4", shades)],
        layout: {
          hovermode: "x unified",
          showlegend: true,
          legend: {orientation: "h", y: 1.04, yanchor: "bottom"},
          margin: {l: 40, r: 10, t: 60, b: 45},
          xaxis: {
            title: {text: "epoch"},
            anchor: "y4",
            zeroline: false,
            range: [epochs[0] - 0.5, epochs.at(-1) + 0.5],
            showspikes: true,
            spikemode: "across",
            spikethickness: 1,
            spikedash: "dot",
            spikecolor: colour("soft"),
          },
          yaxis: {
            ...still,
            domain: PANELS.y,
            tickvals: ticks.map(recallHeight),
            ticktext: ticks.map(String),
            range: [recallHeight(ticks[0]), recallHeight(100) + 0.1],
          },
          yaxis2: {
            ...still,
            domain: PANELS.y2,
            range: [-4.3, 0.7],
            tickvals: [0, -1, -2, -3, -4],
            showticklabels: false,
          },
          yaxis3: {...rateAxis, domain: PANELS.y3},
          yaxis4: {...rateAxis, domain: PANELS.y4},
          annotations: [
            title("y", "recall, %"),
            title("y3", `${shortLabels[a]} taken for \u2026, %`),
            title("y4", `${shortLabels[b]} taken for \u2026, %`),
            ...marks().map(caption),
          ],
        },
      };
    },
  );
  dance.plot.style.height = "48rem";
  const all = dancers(
    ranked,
    () => data.runs[state.run].most,
    () => state.pair,
    (pair) => change("pair", pair),
  );

  // What the pair's dance comes to, in words.
  const said = createElement("p", {class: "said", role: "status"});
  function say() {
    const mine = ranked().find(({pair}) => samePair(pair, state.pair));
    const lines = marks()
      .slice(1)
      .map(({found, words}) => `${words}: ${found.length}`);
    said.replaceChildren(
      createElement("b", {}, `${pairName(...state.pair)}, ${state.run}, ${SPLITS[state.split] ?? state.split}`),
      createElement("br"),
      `${sureness(mine)}. ` +
        `In ${mine.opposed} of ${recorded().epochs.length - 1} steps one recall rises while the other falls. ` +
        `Moments: ${lines.join("; ")}.`,
    );
  }

  function change(key, value) {
    if (key) state[key] = value;
    const {
      splits,
      most: [pair],
    } = data.runs[state.run];
    if (!splits[state.split]) state.split = Object.keys(splits)[0];
    state.pair ??= pair;
    renewControls(key);
    say();
    dance.redraw();
    all.redraw();
  }
  function renewControls(focus) {
    const [a, b] = state.pair;
    const classes = (but) => study.classes.map((shown, label) => [label, shown]).filter(([label]) => label !== but);
    const splits = Object.keys(data.runs[state.run].splits).map((split) => [split, SPLITS[split] ?? split]);
    const made = {
      run: select("Run", runs, state.run, (value) => change("run", value)),
      split: select("Recorded on", splits, state.split, (value) => change("split", value)),
      one: select("Class", classes(b), a, (value) => change("pair", [Number(value), b])),
      other: select("and", classes(a), b, (value) => change("pair", [a, Number(value)])),
    };
    section.querySelector(".controls").replaceChildren(...Object.values(made));
    made[focus]?.querySelector("select").focus();
  }
  section.querySelector(".pair").append(said, dance);
  section.querySelector(".all").append(all);
  change();
}
