// The confusion matrix of the images of a chosen subset, such as those of one camera.

import {shortLabels, study} from "./base.js";
import {arrange, select} from "./controls.js";
import {darkScheme} from "./plots.js";
import {paintMatrix} from "./small_matrix.js";

export function showSubsets(section, {runs, labels}) {
  const names = Object.keys(runs);
  const state = {run: names[0], column: "", subset: 0};
  const [bar, box, status] = [".controls", ".matrix .wide", ".status"].map((path) => section.querySelector(path));
  const rest = study.classes.length - labels.length;
  const parts = labels.map((label) => ({name: shortLabels[label], title: study.classes[label]}));
  if (rest) parts.push({name: `other (${rest})`});
  const columns = () => Object.keys(runs[state.run]);

  function paint() {
    const part = new Int32Array(study.classes.length).fill(labels.length);
    labels.forEach((label, place) => {
      part[label] = place;
    });
    const counts = parts.map(() => new Float64Array(parts.length));
    for (const [a, b, count] of runs[state.run][state.column].cells[state.subset]) counts[part[a]][part[b]] += count;
    paintMatrix(box, status, parts, counts);
  }
  function change(key, value) {
    state[key] = key === "subset" ? Number(value) : value;
    if (!columns().includes(state.column)) state.column = columns()[0];
    if (key !== "subset") state.subset = 0;
    const {names: subsets} = runs[state.run][state.column];
    arrange(bar, [
      ...(names.length > 1 ? [select("Run", names, state.run, (name) => change("run", name))] : []),
      select("Column", columns(), state.column, (name) => change("column", name)),
      select("Images", [...subsets.entries()], state.subset, (place) => change("subset", place)),
    ]);
    paint();
  }
  darkScheme.addEventListener("change", paint);
  change("column", columns()[0]);
}
