// What every view starts from: the numbers of the page, and pieces of HTML.

const given = JSON.parse(document.getElementById("given").textContent);
const views = {};  // each view's script adds itself: (section's element, its data) => nothing
const text = new Intl.NumberFormat("en").format;
const SPLITS = {test: "test", train: "training images", train_online: "training, on the way", train_augmented: "training, augmented"};
const signed = (value) => Number.isFinite(value) ? value.toFixed(2).replace("-", "\u2212") : "none";
const pairName = (a, b) => `${given.classes[a]}\u2013${given.classes[b]}`;

// Labels as axes, legends and table heads have room for them: a long one without its middle. `brief` makes so those in a text.
const ROOM = 16;  // letters
const cut = (words, most = ROOM) => words.length <= most ? words
  : `${words.slice(0, Math.ceil((most - 1) / 2))}\u2026${words.slice(-Math.floor((most - 1) / 2))}`;
const short = given.classes.map((label) => cut(label));
const brief = (words) => given.classes.reduce((all, label, k) => label === short[k] ? all : all.replaceAll(label, () => short[k]), words);
const shortPair = (a, b) => `${short[a]}\u2013${short[b]}`;
const nearOrder = () => given.many ? given.order : [...given.classes.keys()];
const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)} %`;

// The block of arrays, unpacked once.
async function unpacked(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}
const block = await unpacked(document.getElementById("arrays").textContent.trim());

// The array of a reference, and the part of it at the leading indices given: array(ref, epoch) of (epochs, C, C) is (C, C).
function array(reference, ...where) {
  const kind = globalThis[reference.type];
  let [size, start] = [reference.shape.reduce((product, length) => product * length, 1), 0];
  where.forEach((index, axis) => { size /= reference.shape[axis]; start += index * size; });
  return new kind(block, reference.at + start * kind.BYTES_PER_ELEMENT, size);
}

// An array as nested lists, as Plotly takes a grid.
function rows(values, columns) {
  return Array.from({length: values.length / columns}, (_, row) => Array.from(values.subarray(row * columns, (row + 1) * columns)));
}

// An element with attributes (or, where the name begins with "on", listeners) and children.
function h(tag, attributes = {}, ...children) {
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
function soon(work) {
  let due = false;
  return () => {
    if (!due) requestAnimationFrame(() => { due = false; work(); });
    due = true;
  };
}

// The 95 % interval of a proportion: Wilson's score interval, as in the package's `chance.wilson`.
function wilson(k, n) {
  const z2 = 1.959964 ** 2;
  const [middle, half] = [(k + z2 / 2) / (n + z2), Math.sqrt(z2) * Math.sqrt(k * (n - k) / n + z2 / 4) / (n + z2)];
  return [Math.max(middle - half, 0), Math.min(middle + half, 1)];
}

// The 95 % interval of the difference of two proportions: Newcombe's, as in `chance.difference_interval`.
function difference(k1, n1, k2, n2) {
  const [[low1, high1], [low2, high2], p1, p2] = [wilson(k1, n1), wilson(k2, n2), k1 / n1, k2 / n2];
  return [p1 - p2 - Math.hypot(p1 - low1, high2 - p2), p1 - p2 + Math.hypot(high1 - p1, p2 - low2)];
}
