// The dancing notes: of all classes, a strip each in the colours of those that take their images; of one class, a line
// for each taker.

import {formatNumber, formatPercent, readArray, SPLITS, shortLabels, study} from "./base.js";
import {select} from "./controls.js";
import {classHue, colour, figure, hue, inkOn, rgb} from "./plots.js";

export function showNotes(section, data) {
  const size = study.classes.length;
  const state = {run: Object.keys(data.runs)[0], split: "", row: "", range: null};
  state.split = Object.keys(data.runs[state.run])[0];
  const recorded = () => study.views.cctm.runs[state.run][state.split];
  const bar = section.querySelector(".controls");

  // The notes of a class by epoch, null where it has none, and how often its note takes it, in words.
  function notes(row) {
    const values = readArray(data.runs[state.run][state.split]);
    return recorded().epochs.map((_, place) => (values[place * size + row] < size ? values[place * size + row] : null));
  }
  function words(row, note, place) {
    const taken = readArray(recorded().counts, place, row);
    const n = taken.reduce((sum, value) => sum + value, 0);
    if (note === null)
      return `${study.classes[row]}: ${n ? `no class takes more than ${formatPercent(data.threshold)}` : "no images"}`;
    const counts = `${formatPercent(taken[note] / n, 2)} (${formatNumber(taken[note])} of ${formatNumber(n)})`;
    return `${study.classes[row]} is taken for ${study.classes[note]}: ${counts}`;
  }
  // The colour of each taker of a class: its own, or where classes are many, one by its rank among this class's takers.
  const REST = 7; // takers of a class with a colour each
  function tones(row, played = notes(row)) {
    if (!study.many) return (note) => note;
    const times = new Map(takers(played).map((note) => [note, played.filter((one) => one === note).length]));
    const ranked = [...times.keys()].sort((a, b) => times.get(b) - times.get(a));
    return (note) => (note === null ? null : Math.min(ranked.indexOf(note), REST));
  }
  const takers = (played) => [...new Set(played)].filter((note) => note !== null).sort((a, b) => a - b);
  const tints = study.many ? REST + 1 : size;
  const tint = (tone) => (!study.many ? classHue(tone) : tone < REST ? hue(TONES[tone]) : colour("edge"));
  const TONES = [0, 1, 2, 3, 4, 7, 5]; // the hues, those that are most alike last
  const hover = {hovertemplate: "epoch %{x}: %{text}<extra></extra>"};

  // All classes.
  function strips() {
    const played = study.classes.map((_, row) => notes(row));
    const steps = Array.from({length: tints}, (_, tone) => [
      [tone / tints, tint(tone)],
      [(tone + 1) / tints, tint(tone)],
    ]).flat();
    return [
      {
        type: "heatmap",
        x: recorded().epochs,
        y: [...study.classes.keys()],
        z: played.map((row, a) => row.map(tones(a, row))),
        zmin: -0.5,
        zmax: tints - 0.5,
        colorscale: steps,
        showscale: false,
        ygap: study.many ? 2 : 3,
        hoverongaps: false,
        ...hover,
        text: played.map((row, a) => row.map((note, place) => words(a, note, place))),
      },
      named(played),
    ];
  }
  // The names of the takers, where a stretch of one is wide enough for it.
  function named(played) {
    const [epochs, wide] = [recorded().epochs, pixels()];
    const fits = ([note, from, to]) => note !== null && (to - from) * wide > 8 * shortLabels[note].length + 4;
    const found = played.flatMap((row, a) => {
      const tone = tones(a, row);
      return stretches(row)
        .filter(fits)
        .map(([note, from, to]) => ({a, note, shade: tint(tone(note)), at: (epochs[from] + epochs[to - 1]) / 2}));
    });
    return {
      type: "scatter",
      mode: "text",
      hoverinfo: "skip",
      x: found.map(({at}) => at),
      y: found.map(({a}) => a),
      text: found.map(({note}) => shortLabels[note]),
      textfont: {size: 11, color: found.map(({shade}) => inkOn(rgb(shade)))},
    };
  }
  // How wide an epoch is.
  function pixels() {
    const [first, last] = state.range ?? [recorded().epochs[0], recorded().epochs.at(-1)];
    return (drawing.plot.clientWidth - 90) / (last - first + 1);
  }
  function stretches(row) {
    const starts = row.flatMap((note, place) => (place === 0 || note !== row[place - 1] ? [place] : []));
    return starts.map((from, k) => [row[from], from, starts[k + 1] ?? row.length]);
  }

  // One class: a line for each other class, of many for those that take its images, and one for no note.
  const held = (row) => [...(study.many ? takers(notes(row)) : study.classes.keys()), null];
  function lines(row) {
    const [played, tone, order] = [notes(row), tones(row), held(row)];
    const shades = played.map((note) => (note === null ? colour("soft") : tint(tone(note))));
    return [
      {
        type: "scatter",
        mode: "markers",
        x: recorded().epochs,
        y: played.map((note) => order.indexOf(note)),
        marker: {symbol: "line-ns", size: 14, line: {width: Math.max(2, pixels() - 1), color: shades}},
        text: played.map((note, place) => words(row, note, place)),
        ...hover,
      },
    ];
  }
  // How many epochs each line holds, beside it.
  function numbers(row) {
    const played = notes(row);
    return held(row).map((label, place) => ({
      xref: "paper",
      x: 1.005,
      xanchor: "left",
      y: place,
      showarrow: false,
      text: `${played.filter((note) => note === label).length || ""}`,
      font: {size: 11},
    }));
  }

  const drawing = figure("The class that each class is most often taken for after every epoch", () => {
    const one = state.row !== "";
    const ticks = one ? held(Number(state.row)).map((label) => shortLabels[label] ?? "no note") : shortLabels;
    drawing.plot.style.height = `${Math.max(ticks.length * (study.many && !one ? 14 : 26), 120) + 80}px`;
    return {
      data: one ? lines(Number(state.row)) : strips(),
      layout: {
        xaxis: {title: {text: "epoch"}, range: state.range ?? undefined, showgrid: false, zeroline: false},
        yaxis: {
          tickvals: [...ticks.keys()],
          ticktext: ticks,
          tickfont: {size: study.many ? 11 : 13},
          range: [ticks.length - 0.4, -0.6],
          fixedrange: true,
          zeroline: false,
          showgrid: one,
        },
        margin: {l: 60, r: one ? 40 : 15, t: 32, b: 45},
        annotations: one ? numbers(Number(state.row)) : [],
        dragmode: "zoom",
      },
      on: {plotly_relayout: zoomed},
    };
  });
  function zoomed(event) {
    if ("xaxis.range[0]" in event) state.range = [event["xaxis.range[0]"], event["xaxis.range[1]"]];
    else if (event["xaxis.autorange"]) state.range = null;
    else return;
    drawing.redraw();
  }

  function change(key, value) {
    state[key] = value;
    if (!data.runs[state.run][state.split]) state.split = Object.keys(data.runs[state.run])[0];
    if (key !== "row") state.range = null;
    renewControls(key);
    drawing.redraw();
  }
  function renewControls(focus) {
    const splits = Object.keys(data.runs[state.run]).map((split) => [split, SPLITS[split] ?? split]);
    const made = {
      run: select("Run", Object.keys(data.runs), state.run, (value) => change("run", value)),
      split: select("Images", splits, state.split, (value) => change("split", value)),
      row: select("Class", [["", "all"], ...study.classes.map((name, label) => [label, name])], state.row, (value) =>
        change("row", value),
      ),
    };
    bar.replaceChildren(...Object.values(made));
    made[focus]?.querySelector("select").focus();
  }
  renewControls();
  section.querySelector(".drawn").append(drawing);
}
