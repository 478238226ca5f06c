// The counts of a run's split by epoch. The page carries only the cells that occur in some epoch: the cells of true
// class a are those from `starts[a]` to `starts[a + 1]`, sorted by predicted class.

import {readArray, study} from "./base.js";

const readers = new WeakMap();

// Reads the counts that the CCTM's section carries for a split of a run.
export function countsOf(recorded) {
  if (!readers.has(recorded)) readers.set(recorded, makeReader(recorded));
  return readers.get(recorded);
}

function makeReader(recorded) {
  const size = study.classes.length;
  const [starts, predicted, counts, sizes] = ["starts", "predicted", "counts", "sizes"].map((name) =>
    readArray(recorded[name]),
  );
  const number = predicted.length;

  // The place of a cell among those that occur, -1 if it never does.
  function find(a, b) {
    let [low, high] = [starts[a], starts[a + 1]];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (predicted[middle] < b) low = middle + 1;
      else high = middle;
    }
    return low < starts[a + 1] && predicted[low] === b ? low : -1;
  }
  // The images of class a that were predicted as b after an epoch, which is given by its place among the epochs.
  function at(place, a, b) {
    const cell = find(a, b);
    return cell < 0 ? 0 : counts[place * number + cell];
  }
  // The images of class a.
  const images = (place, a) => sizes[place * size + a];
  // The images that were predicted as class b after an epoch.
  const sums = new Map();
  function predictions(place, b) {
    if (!sums.has(place)) {
      const columns = new Float64Array(size);
      forEach(place, (_, predictedClass, count) => {
        columns[predictedClass] += count;
      });
      sums.set(place, columns);
    }
    return sums.get(place)[b];
  }
  // The classes that class a is predicted as in some epoch.
  const predictedAs = (a) => Array.from(predicted.subarray(starts[a], starts[a + 1]));
  // Calls back with every cell that has images: the true class, the predicted class and the images.
  function forEach(place, visit) {
    for (let a = 0; a < size; a++)
      for (let cell = starts[a]; cell < starts[a + 1]; cell++) {
        const count = counts[place * number + cell];
        if (count) visit(a, predicted[cell], count);
      }
  }
  // The largest rate off the diagonal; a rate is the count divided by `whole` of its cell.
  function highest(place, whole = (a) => images(place, a)) {
    let top = 0;
    forEach(place, (a, b, count) => {
      if (a !== b) top = Math.max(top, count / whole(a, b));
    });
    return top;
  }
  return {at, images, predictions, predictedAs, forEach, highest};
}
