// The study's data, and helpers for every view: numbers as text, short labels, arrays, elements, intervals.

export const study = JSON.parse(document.getElementById("data").textContent);
export const formatNumber = new Intl.NumberFormat("en").format;
export const formatSigned = (value) => (Number.isFinite(value) ? value.toFixed(2).replace("-", "\u2212") : "none");
export const pairName = (a, b) => `${study.classes[a]}\u2013${study.classes[b]}`;

// Labels for axes, legends and table heads: a long label loses its middle.
const LONGEST = 16; // letters
function shorten(label) {
  if (label.length <= LONGEST) return label;
  const letters = LONGEST - 1;
  const start = label.slice(0, Math.ceil(letters / 2));
  const end = label.slice(-Math.floor(letters / 2));
  return `${start}\u2026${end}`;
}
// A label that is written from right to left, isolated so that what follows it keeps its order.
const isolate = (label) => (/[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/.test(label) ? `\u2068${label}\u2069` : label);
export const shortLabels = study.classes.map(shorten).map(isolate);
study.classes = study.classes.map(isolate);
// A text with every long label shortened.
export function shortenLabels(text) {
  const long = [...study.classes.keys()].filter((k) => shortLabels[k] !== study.classes[k]);
  return long.reduce((shortened, k) => shortened.replaceAll(study.classes[k], () => shortLabels[k]), text);
}
export const shortPair = (a, b) => `${shortLabels[a]}\u2013${shortLabels[b]}`;
export const orderByInterference = () => (study.many ? study.order : [...study.classes.keys()]);
export const formatPercent = (fraction, digits = 1) => `${(100 * fraction).toFixed(digits)} %`;

// The block of arrays, unpacked once.
async function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}
const block = await unpack(document.getElementById("arrays").textContent.trim());

// The array of a reference, or its part at leading indices: readArray(counts, epoch) of (epochs, C, C) is (C, C).
export function readArray(reference, ...indices) {
  const ArrayType = globalThis[reference.type];
  let size = reference.shape.reduce((product, length) => product * length, 1);
  let start = 0;
  indices.forEach((index, axis) => {
    size /= reference.shape[axis];
    start += index * size;
  });
  return new ArrayType(block, reference.at + start * ArrayType.BYTES_PER_ELEMENT, size);
}

// An array as nested lists, Plotly's form of a grid.
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

// A function that does its work at most once a frame, however often it is called.
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

// The 95 % interval of a proportion: Wilson's score interval, as in the package's `statistics.wilson`.
export function wilsonInterval(k, n) {
  const z = 1.959964;
  const middle = (k + z ** 2 / 2) / (n + z ** 2);
  const half = (z * Math.sqrt((k * (n - k)) / n + z ** 2 / 4)) / (n + z ** 2);
  return [Math.max(middle - half, 0), Math.min(middle + half, 1)];
}

// The 95 % interval of the difference of two proportions: Newcombe's, as in `statistics.difference_interval`.
export function differenceInterval(k1, n1, k2, n2) {
  const [low1, high1] = wilsonInterval(k1, n1);
  const [low2, high2] = wilsonInterval(k2, n2);
  const p1 = k1 / n1;
  const p2 = k2 / n2;
  return [p1 - p2 - Math.hypot(p1 - low1, high2 - p2), p1 - p2 + Math.hypot(high1 - p1, p2 - low2)];
}
