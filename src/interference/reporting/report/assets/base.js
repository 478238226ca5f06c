// The study's data and small helpers for every view: numbers as text, short labels, arrays, elements, intervals.

export const study = JSON.parse(document.getElementById("given").textContent);
export const formatNumber = new Intl.NumberFormat("en").format;
export const SPLITS = {
  test: "test",
  train: "training images",
  train_online: "training, on the way",
  train_augmented: "training, augmented",
};
export const formatSigned = (value) => (Number.isFinite(value) ? value.toFixed(2).replace("-", "\u2212") : "none");
export const pairName = (a, b) => `${study.classes[a]}\u2013${study.classes[b]}`;

// Labels as axes, legends and table heads have room for them: a long one loses its middle.
const ROOM = 16; // letters
function shorten(label) {
  const kept = ROOM - 1;
  return label.length <= ROOM
    ? label
    : `${label.slice(0, Math.ceil(kept / 2))}\u2026${label.slice(-Math.floor(kept / 2))}`;
}
export const shortLabels = study.classes.map(shorten);
// A text in which every long label is short.
export function shortenLabels(text) {
  const long = [...study.classes.keys()].filter((k) => shortLabels[k] !== study.classes[k]);
  return long.reduce((result, k) => result.replaceAll(study.classes[k], () => shortLabels[k]), text);
}
export const shortPair = (a, b) => `${shortLabels[a]}\u2013${shortLabels[b]}`;
export const orderByInterference = () => (study.many ? study.order : [...study.classes.keys()]);
export const formatPercent = (share, digits = 1) => `${(100 * share).toFixed(digits)} %`;

// The block of arrays, unpacked once.
async function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}
const block = await unpack(document.getElementById("arrays").textContent.trim());

// The array of a reference, or its part at some leading indices: readArray(counts, epoch) of (epochs, C, C) is (C, C).
export function readArray(reference, ...where) {
  const kind = globalThis[reference.type];
  let [size, start] = [reference.shape.reduce((product, length) => product * length, 1), 0];
  where.forEach((index, axis) => {
    size /= reference.shape[axis];
    start += index * size;
  });
  return new kind(block, reference.at + start * kind.BYTES_PER_ELEMENT, size);
}

// An array as nested lists, as Plotly takes a grid.
export function toRows(values, columns) {
  return Array.from({length: values.length / columns}, (_, row) =>
    Array.from(values.subarray(row * columns, (row + 1) * columns)),
  );
}

// An element with attributes (or, where the name begins with "on", listeners) and children.
export function createElement(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// Work that is asked for often and done once a frame.
export function oncePerFrame(work) {
  let due = false;
  return () => {
    if (!due)
      requestAnimationFrame(() => {
        due = false;
        work();
      });
    due = true;
  };
}

// The 95 % interval of a proportion: Wilson's score interval, as in the package's `chance.wilson`.
export function wilsonInterval(k, n) {
  const z2 = 1.959964 ** 2;
  const [middle, half] = [(k + z2 / 2) / (n + z2), (Math.sqrt(z2) * Math.sqrt((k * (n - k)) / n + z2 / 4)) / (n + z2)];
  return [Math.max(middle - half, 0), Math.min(middle + half, 1)];
}

// The 95 % interval of the difference of two proportions: Newcombe's, as in `chance.difference_interval`.
export function differenceInterval(k1, n1, k2, n2) {
  const [[low1, high1], [low2, high2], p1, p2] = [wilsonInterval(k1, n1), wilsonInterval(k2, n2), k1 / n1, k2 / n2];
  return [p1 - p2 - Math.hypot(p1 - low1, high2 - p2), p1 - p2 + Math.hypot(high1 - p1, p2 - low2)];
}
