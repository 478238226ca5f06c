// The label dance of a pair of classes by epoch: recalls, moments, and what both classes are predicted as; and how all
// pairs dance.

import {createElement, pairName, readArray, shortLabels, study, toRows} from "./base.js";
import {select} from "./controls.js";
import {countsOf} from "./counts.js";
import {correlationText, dancers, MOMENTS, samePair} from "./dancers.js";
import {classHue, colour, figure, liftedHeight, liftedTicks} from "./plots.js";

export function showDances(section, data) {
  const LINEAR = 0.1; // percent up to which the axis of the rates is linear
  const RECALLS = [0, 50, 80, 90, 95, 98, 99, 100]; // percent: the possible ticks
  // The panels' heights: recalls, moments, and what each of the two classes is predicted as.
  const PANELS = {y: [0.76, 1], y2: [0.49, 0.73], y3: [0.26, 0.45], y4: [0, 0.19]};
  const runs = Object.keys(data.runs);
  const state = {run: runs[0], split: "", pair: null};
  const recorded = () => study.views.cctm.runs[state.run][state.split];
  const danceData = () => data.runs[state.run].splits[state.split];
  const name = (label) => study.classes[label];
  const labels = [...study.classes.keys()];

  // CCTM[row, label] by epoch, in percent.
  function rates(row, label) {
    const counts = countsOf(recorded());
    return recorded().epochs.map((_, place) => (100 * counts.at(place, row, label)) / counts.images(place, row));
  }
  // The moments of the pair: the position among the epochs, the class that loses images, and the class that takes them.
  function moments() {
    return toRows(readArray(danceData().moments), 4)
      .filter(([, own, partner]) => samePair([own, partner], state.pair))
      .map(([at, own, partner, taker]) => ({at, own, partner, taker, red: taker === partner}));
  }
  // The classes with which a class makes a pair that the page carries.
  function partners(label) {
    const pairs = ranked().filter(({pair}) => pair.includes(label));
    return pairs.map(({pair: [a, b]}) => (a === label ? b : a)).sort((a, b) => a - b);
  }
  // All pairs that the page carries, the most opposed first.
  function ranked() {
    const r = toRows(readArray(danceData().r), 3);
    return toRows(readArray(danceData().pairs), 5).map(([a, b, opposed, red, blue], place) => {
      const [middle, low, high] = r[place];
      return {pair: [a, b], opposed, red, blue, r: middle, low, high};
    });
  }

  // The colours of the pair and of the three classes that it is most often predicted as.
  function hues() {
    const often = labels.map((label) =>
      state.pair.flatMap((row) => rates(row, label)).reduce((sum, rate) => sum + (rate || 0), 0),
    );
    const others = labels.filter((label) => !state.pair.includes(label)).sort((a, b) => often[b] - often[a]);
    return new Map([...state.pair, ...others].slice(0, 5).map((label) => [label, classHue(label)]));
  }
  const line = (label, shade, percents, height, title) => ({
    x: recorded().epochs,
    y: percents.map(height),
    customdata: percents,
    hovertemplate: `${title}: %{customdata:.2f} %<extra></extra>`,
    name: shortLabels[label],
    legendgroup: label,
    mode: percents.length > 30 ? "lines" : "lines+markers",
    line: {color: shade, width: 1.5},
    marker: {size: 5, color: shade},
  });
  // The height of a recall: it spreads recalls near 100 %, so that the late dance is visible beside the early one.
  const recallHeight = (recall) => -Math.asinh(100 - recall);
  const rateHeight = (rate) => liftedHeight(rate, LINEAR);
  const recalls = (shades) =>
    state.pair.map((label) => ({
      ...line(label, shades.get(label), rates(label, label), recallHeight, `${name(label)} predicted right`),
      yaxis: "y",
    }));
  function predictionLines(row, axis, shades) {
    const lines = [...shades]
      .filter(([label]) => label !== row)
      .map(([label, shade]) => ({
        ...line(label, shade, rates(row, label), rateHeight, `${name(row)} predicted as ${name(label)}`),
        yaxis: axis,
        showlegend: axis === "y3" && !state.pair.includes(label),
      }));
    return [...otherBand(row, axis, shades), ...lines];
  }
  // The band between the lowest and the highest rate of all other classes.
  function otherBand(row, axis, shades) {
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

  // The lines of marks: one for opposed epochs, and one for each kind of moment and each class that loses images.
  function marks() {
    const [a, b] = state.pair;
    const first = rates(a, a);
    const second = rates(b, b);
    const rise = (values, at) => values[at] - values[at - 1];
    const opposed = first.flatMap((_, at) => (at && rise(first, at) * rise(second, at) < 0 ? [{at}] : []));
    const red = ([own, partner]) => ({
      epochs: moments().filter((moment) => moment.own === own && moment.red),
      shade: MOMENTS.red(),
      describe: describeRed,
      title: `${shortLabels[own]} loses images to ${shortLabels[partner]}`,
    });
    const blue = (own) => ({
      epochs: moments().filter((moment) => moment.own === own && !moment.red),
      shade: MOMENTS.blue(),
      describe: describeBlue,
      title: `both at a low, ${shortLabels[own]} loses images to a third class`,
    });
    return [
      {
        epochs: opposed,
        shade: colour("ink"),
        tick: true,
        describe: () => "one recall rises, the other falls",
        title: "one recall rises, the other falls",
      },
      red([a, b]),
      red([b, a]),
      blue(a),
      blue(b),
    ].filter(({epochs, tick}) => tick || epochs.length);
  }
  const rateAt = (row, label, place) => `${rates(row, label)[place].toFixed(2)} %`;
  const describeRed = ({at, own, partner}) =>
    `${name(own)} loses images to ${name(partner)}: its recall is at a low (${rateAt(own, own, at)}),<br>` +
    `that of ${name(partner)} is at a high, and ${rateAt(own, partner, at)} are predicted as ${name(partner)}`;
  const describeBlue = ({at, own, partner, taker}) =>
    `the recalls of ${name(own)} (${rateAt(own, own, at)}) and ${name(partner)} are both at a low,<br>` +
    `and ${rateAt(own, taker, at)} of ${name(own)} are predicted as ${name(taker)}`;

  // Each line has a point at every epoch. A point without a mark has no size and no text, so that pointing at an epoch
  // describes that epoch and not the nearest mark.
  function markTraces() {
    return marks().map(({epochs, shade, tick, describe}, row) => {
      const marked = new Map(epochs.map((mark) => [mark.at, mark]));
      const points = recorded().epochs.map((_, place) => marked.get(place));
      const markSize = tick ? 5 : 9;
      return {
        x: recorded().epochs,
        y: points.map(() => -row),
        yaxis: "y2",
        mode: "markers",
        showlegend: false,
        hoverinfo: points.map((mark) => (mark ? "x+text" : "none")),
        text: points.map((mark) => (mark ? describe(mark) : "")),
        marker: {
          symbol: tick ? "line-ns-open" : "triangle-up",
          size: points.map((mark) => (mark ? markSize : 0)),
          opacity: 1,
          color: shade,
          line: {width: tick ? 1 : 0, color: shade},
        },
      };
    });
  }

  const panelTitle = (axis, text) => ({
    text: `<b>${text}</b>`,
    xref: "paper",
    yref: "paper",
    x: 0,
    xanchor: "left",
    y: PANELS[axis][1],
    yanchor: "bottom",
    showarrow: false,
  });
  const markTitle = ({epochs, title, shade}, row) => ({
    text: `${title}: ${epochs.length}`,
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
    "Recalls of the chosen pair by epoch, the moments of its dance, and what each class is predicted as, in percent",
    () => {
      const shades = hues();
      const [a, b] = state.pair;
      const epochs = recorded().epochs;
      const curves = recalls(shades);
      const lowest = Math.min(100, ...curves.flatMap(({customdata}) => customdata.filter(Number.isFinite)));
      const floor = RECALLS.findLast((recall) => recall <= lowest);
      const ticks = RECALLS.filter((tick) => tick >= floor);
      const still = {fixedrange: true, zeroline: false};
      const rateAxis = {...still, range: [0, rateHeight(100)], ...liftedTicks(LINEAR, 100)};
      return {
        data: [...curves, ...markTraces(), ...predictionLines(a, "y3", shades), ...predictionLines(b, "y4", shades)],
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
            range: [0.7 - Math.max(3, marks().length), 0.7],
            tickvals: marks().map((_, row) => -row),
            showticklabels: false,
          },
          yaxis3: {...rateAxis, domain: PANELS.y3},
          yaxis4: {...rateAxis, domain: PANELS.y4},
          annotations: [
            panelTitle("y", "recall, %"),
            panelTitle("y3", `${shortLabels[a]} predicted as \u2026, %`),
            panelTitle("y4", `${shortLabels[b]} predicted as \u2026, %`),
            ...marks().map(markTitle),
          ],
        },
      };
    },
  );
  dance.plot.style.height = "48rem";
  const ranking = dancers(
    ranked,
    () => data.runs[state.run].most,
    () => state.pair,
    (pair) => change("pair", pair),
  );

  // The summary of the pair's dance.
  const status = createElement("p", {class: "status", role: "status"});
  function summarise() {
    const summary = ranked().find(({pair}) => samePair(pair, state.pair));
    const momentCounts = marks()
      .slice(1)
      .map(({epochs, title}) => `${title}: ${epochs.length}`);
    status.replaceChildren(
      createElement("b", {}, `${pairName(...state.pair)}, ${state.run}, ${study.splits[state.split]}`),
      createElement("br"),
      `${correlationText(summary)}. ` +
        `One recall rises while the other falls in ${summary.opposed} of ${recorded().epochs.length - 1} epochs. ` +
        `Moments: ${momentCounts.join("; ") || "none"}.`,
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
    summarise();
    dance.redraw();
    ranking.redraw();
  }
  function renewControls(focus) {
    const [a, b] = state.pair;
    const named = (chosen) => chosen.map((label) => [label, study.classes[label]]);
    const inPairs = new Set(ranked().flatMap(({pair}) => pair));
    const firsts = labels.filter((label) => inPairs.has(label) && label !== b);
    // A pair that the page does not carry gives way to another pair of its first class.
    const choose = (first) => change("pair", [first, partners(first).includes(b) ? b : partners(first)[0]]);
    const splits = Object.keys(data.runs[state.run].splits).map((split) => [split, study.splits[split]]);
    const controls = {
      run: select("Run", runs, state.run, (value) => change("run", value)),
      split: select("Images", splits, state.split, (value) => change("split", value)),
      first: select("Class", named(firsts), a, (value) => choose(Number(value))),
      second: select("and", named(partners(a)), b, (value) => change("pair", [a, Number(value)])),
    };
    section.querySelector(".controls").replaceChildren(...Object.values(controls));
    controls[focus]?.querySelector("select").focus();
  }
  section.querySelector(".pair").append(status, dance);
  section.querySelector(".all").append(ranking);
  change();
}
