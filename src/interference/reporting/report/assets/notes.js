// The dancing notes: for all classes a strip each, in the colour of the class that it is most often predicted as; for
// one class a line for each such class.

import {formatNumber, formatPercent, readArray, shortLabels, study} from "./base.js";
import {select} from "./controls.js";
import {countsOf} from "./counts.js";
import {classHue, colour, figure, inkOn, rgb} from "./plots.js";

export function showNotes(section, data) {
  const size = study.classes.length;
  const state = {run: Object.keys(data.runs)[0], split: "", row: "", range: null};
  state.split = Object.keys(data.runs[state.run])[0];
  const recorded = () => study.views.cctm.runs[state.run][state.split];
  const bar = section.querySelector(".controls");
  // The classes that have a strip: of many, those with the lowest recalls after the last epoch.
  function stripRows() {
    const all = [...study.classes.keys()];
    if (size <= data.strips) return all;
    const counts = countsOf(recorded());
    const last = recorded().epochs.length - 1;
    const recall = (row) => counts.at(last, row, row) / counts.images(last, row) || 0;
    return all.sort((a, b) => recall(a) - recall(b)).slice(0, data.strips);
  }

  // The notes of a class by epoch, null for an epoch without a note.
  function notesOf(row) {
    const values = readArray(data.runs[state.run][state.split]);
    return recorded().epochs.map((_, place) => {
      const note = values[place * size + row];
      return note < size ? note : null;
    });
  }
  // The text of a note: how often the class is predicted as it.
  function noteText(row, note, place) {
    const images = countsOf(recorded()).images(place, row);
    if (!images) return `${study.classes[row]}: no images`;
    if (note === null)
      return `${study.classes[row]} is predicted as no other class on more than ${formatPercent(data.threshold)}`;
    const count = countsOf(recorded()).at(place, row, note);
    const rate = formatPercent(count / images, 2);
    const counts = `${formatNumber(count)} of ${formatNumber(images)}`;
    return `${study.classes[row]} is predicted as ${study.classes[note]}: ${rate} (${counts})`;
  }
  const distinct = (notes) => [...new Set(notes)].filter((note) => note !== null).sort((a, b) => a - b);
  const hover = {hovertemplate: "epoch %{x}: %{text}<extra></extra>"};

  // The strips of all classes.
  function strips() {
    const rows = stripRows();
    const notes = rows.map(notesOf);
    const steps = Array.from({length: size}, (_, tone) => [
      [tone / size, classHue(tone)],
      [(tone + 1) / size, classHue(tone)],
    ]).flat();
    return [
      {
        type: "heatmap",
        x: recorded().epochs,
        y: [...rows.keys()],
        z: notes,
        zmin: -0.5,
        zmax: size - 0.5,
        colorscale: steps,
        showscale: false,
        ygap: study.many ? 2 : 3,
        hoverongaps: false,
        ...hover,
        text: notes.map((row, k) => row.map((note, place) => noteText(rows[k], note, place))),
      },
      stripNames(notes),
    ];
  }
  // The names of the notes on the stretches that are wide enough for them.
  function stripNames(notes) {
    const epochs = recorded().epochs;
    const width = epochWidth();
    const fits = ([note, from, to]) => note !== null && (to - from) * width > 8 * shortLabels[note].length + 4;
    const names = notes.flatMap((row, a) => {
      return stretches(row)
        .filter(fits)
        .map(([note, from, to]) => ({a, note, shade: classHue(note), at: (epochs[from] + epochs[to - 1]) / 2}));
    });
    return {
      type: "scatter",
      mode: "text",
      hoverinfo: "skip",
      x: names.map(({at}) => at),
      y: names.map(({a}) => a),
      text: names.map(({note}) => shortLabels[note]),
      textfont: {size: 11, color: names.map(({shade}) => inkOn(rgb(shade)))},
    };
  }
  // The width of an epoch in pixels.
  function epochWidth() {
    const [first, last] = state.range ?? [recorded().epochs[0], recorded().epochs.at(-1)];
    return (drawing.plot.clientWidth - 90) / (last - first + 1);
  }
  // The stretches of equal notes: the note, its first place and the place after its last.
  function stretches(row) {
    const starts = row.flatMap((note, place) => (place === 0 || note !== row[place - 1] ? [place] : []));
    return starts.map((from, k) => [row[from], from, starts[k + 1] ?? row.length]);
  }

  // The lines of one class: a line for each class (if there are many, for each of its notes) and one for no note.
  const lineLabels = (row) => [...(study.many ? distinct(notesOf(row)) : study.classes.keys()), null];
  function lines(row) {
    const notes = notesOf(row);
    const labels = lineLabels(row);
    const shades = notes.map((note) => (note === null ? colour("soft") : classHue(note)));
    return [
      {
        type: "scatter",
        mode: "markers",
        x: recorded().epochs,
        y: notes.map((note) => labels.indexOf(note)),
        marker: {symbol: "line-ns", size: 14, line: {width: Math.max(2, epochWidth() - 1), color: shades}},
        text: notes.map((note, place) => noteText(row, note, place)),
        ...hover,
      },
    ];
  }
  // The number of epochs of each line, beside it.
  function lineCounts(row) {
    const notes = notesOf(row);
    return lineLabels(row).map((label, place) => ({
      xref: "paper",
      x: 1.005,
      xanchor: "left",
      y: place,
      showarrow: false,
      text: `${notes.filter((note) => note === label).length || ""}`,
      font: {size: 11},
    }));
  }

  const drawing = figure("The class that each class is most often predicted as, after every epoch", () => {
    const isSingle = state.row !== "";
    const ticks = isSingle
      ? lineLabels(Number(state.row)).map((label) => shortLabels[label] ?? "no note")
      : stripRows().map((row) => shortLabels[row]);
    drawing.plot.style.height = `${Math.max(ticks.length * (study.many && !isSingle ? 14 : 26), 120) + 80}px`;
    return {
      data: isSingle ? lines(Number(state.row)) : strips(),
      layout: {
        xaxis: {title: {text: "epoch"}, range: state.range ?? undefined, showgrid: false, zeroline: false},
        yaxis: {
          tickvals: [...ticks.keys()],
          ticktext: ticks,
          tickfont: {size: study.many ? 11 : 13},
          range: [ticks.length - 0.4, -0.6],
          fixedrange: true,
          zeroline: false,
          showgrid: isSingle,
        },
        margin: {l: 60, r: isSingle ? 40 : 15, t: 32, b: 45},
        annotations: isSingle ? lineCounts(Number(state.row)) : [],
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
    const splits = Object.keys(data.runs[state.run]).map((split) => [split, study.splits[split]]);
    const controls = {
      run: select("Run", Object.keys(data.runs), state.run, (value) => change("run", value)),
      split: select("Images", splits, state.split, (value) => change("split", value)),
      row: select("Class", [["", "all"], ...study.classes.map((name, label) => [label, name])], state.row, (value) =>
        change("row", value),
      ),
    };
    bar.replaceChildren(...Object.values(controls));
    controls[focus]?.querySelector("select").focus();
  }
  renewControls();
  section.querySelector(".drawn").append(drawing);
}
