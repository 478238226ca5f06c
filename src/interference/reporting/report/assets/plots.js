// Plotly's plots in the page's colours. A plot is drawn when it comes into view, and again when the colours change.

import {createElement, shortLabels, study} from "./base.js";
import {downloads, traceRows} from "./download.js";

export const darkScheme = matchMedia("(prefers-color-scheme: dark)");
const figures = new Set();
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// Eight hues that colour-blind people can tell apart (Okabe and Ito 2008); the palest ones are darkened.
const HUES = {
  light: ["#0072b2", "#d55e00", "#00795a", "#b3488a", "#8a6d00", "#3a87b7", "#5b5b66", "#7b2d26"],
  dark: ["#5ab4ef", "#ff9455", "#2fc796", "#e596c4", "#e6c430", "#9bd0f5", "#b9bcc6", "#f0a39b"],
};
export const hue = (place) => HUES[darkScheme.matches ? "dark" : "light"][place % 8];
export const DASHES = ["solid", "dash", "dot", "dashdot"];
const SYMBOLS = ["circle", "diamond", "square", "triangle-up", "cross", "x", "star", "pentagon"];
const runNames = Object.keys(study.runs);
export const runHue = (run) => hue(runNames.indexOf(run));
export const runSymbol = (run) => SYMBOLS[runNames.indexOf(run) % 8];
// The symbols as characters.
const GLYPHS = ["\u25cf", "\u25c6", "\u25a0", "\u25b2", "\u271a", "\u2716", "\u2605", "\u2b1f"];

// A run's name with its symbol in its hue, for legends and for choices of runs.
export function runMark(run) {
  const place = runNames.indexOf(run) % 8;
  const style = `--light: ${HUES.light[place]}; --dark: ${HUES.dark[place]}`;
  return createElement(
    "span",
    {},
    createElement("b", {class: "mark", style, "aria-hidden": "true"}, `${GLYPHS[place]} `),
    run,
  );
}

// Twelve hues for classes. Classes that interfere stand side by side in `study.order`, so that they get different hues;
// a class has the same hue on the whole page. Each further twelve classes have paler hues.
const CLASS_HUES = {
  light: [
    ...["#0072b2", "#d55e00", "#00795a", "#b3488a", "#8a6d00", "#56b4e9"],
    ...["#7b2d26", "#5b5b66", "#6a3d9a", "#7fb800", "#e7298a", "#1b1b1f"],
  ],
  dark: [
    ...["#5ab4ef", "#ff9455", "#2fc796", "#e596c4", "#e6c430", "#2a78c2"],
    ...["#f0a39b", "#b9bcc6", "#b59be0", "#a6d854", "#ff5fae", "#f2f2f2"],
  ],
};
const placeInOrder = new Map(study.order.map((label, place) => [label, place]));
export function classHue(label) {
  const place = placeInOrder.get(label);
  const full = channels(CLASS_HUES[darkScheme.matches ? "dark" : "light"][place % 12]);
  const page = channels(colour("page"));
  const weight = study.many ? 1 : 0.55 ** Math.floor(place / 12);
  return `rgb(${full.map((value, k) => Math.round(weight * value + (1 - weight) * page[k]))})`;
}

// The height of a rate on an axis that is linear up to `linear` and logarithmic above, and the ticks of this axis.
export const liftedHeight = (rate, linear) => (rate <= linear ? rate / linear : 1 + Math.log10(rate / linear));
export const liftedTicks = (linear, top) => {
  const rates = [0, ...[0.01, 0.1, 1, 10, 100].filter((rate) => rate >= linear && rate <= 10 * top)];
  return {tickvals: rates.map((rate) => liftedHeight(rate, linear)), ticktext: rates.map(String)};
};

// Scales of colours: for rates (a higher rate contrasts more with the page) and for differences around zero.
export const RATES = {
  light: ["#ffffff", "#fde3cd", "#f59b83", "#c13b65", "#721f6b", "#2c0f45"],
  dark: ["#1e2127", "#46204f", "#8a2b66", "#d1505f", "#f59b6c", "#fdeed4"],
};
export const DIFFERENCES = {
  light: ["#1d4f91", "#6ea0d0", "#f6f7f9", "#e88f6a", "#a32a12"],
  dark: ["#9cc8f5", "#3d6fa8", "#1e2127", "#a5502f", "#ffb08a"],
};
const VIRIDIS = ["#440154", "#472f7d", "#39568c", "#2a788e", "#1f988b", "#35b779", "#73d055", "#b8de29", "#fde725"];
// For planes: a dark lowland and a bright plateau, as in the figures.
export const TERRAIN = {light: VIRIDIS, dark: VIRIDIS};
export const stops = (scale) => scale[darkScheme.matches ? "dark" : "light"];
export const plotlyScale = (scale) => stops(scale).map((shade, place, shades) => [place / (shades.length - 1), shade]);

export const rgb = (shade) => (shade.startsWith("#") ? channels(shade) : shade.match(/\d+/g).map(Number));
const channels = (shade) =>
  (shade.length < 7 ? shade.replace(/\w/g, "$&$&") : shade).match(/\w\w/g).map((pair) => parseInt(pair, 16));

// The colour at 0 to 1 of a scale, as [r, g, b].
export function shade(scale, fraction) {
  const shades = stops(scale).map(channels);
  const place = Math.min(Math.max(fraction, 0), 1) * (shades.length - 1);
  const below = Math.min(Math.floor(place), shades.length - 2);
  const weight = place - below;
  return shades[below].map((value, k) => Math.round(value + weight * (shades[below + 1][k] - value)));
}

// Black or white, whichever reads better on a colour (WCAG's relative luminance).
export function inkOn(rgb) {
  const [r, g, b] = rgb
    .map((value) => value / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff";
}

// Plotly reads markup in its texts, so a label with markup characters is escaped for Plotly alone.
const markedLabels = [...study.classes, ...shortLabels].filter((label) => /[<>&]/.test(label));
const escapeMarkup = (label) => label.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
function escapeLabels(value) {
  if (!markedLabels.length) return value;
  if (typeof value === "string")
    return markedLabels.reduce((text, label) => text.replaceAll(label, () => escapeMarkup(label)), value);
  if (Array.isArray(value)) return value.map(escapeLabels);
  if (value?.constructor !== Object) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escapeLabels(item)]));
}

// A button would send a chart to a server, and others select points, for which the page has no use.
const UNUSED_BUTTONS = ["sendChartToCloud", "select2d", "lasso2d", "autoScale2d"];
const CONFIG = {
  responsive: true,
  displaylogo: false,
  modeBarButtonsToRemove: UNUSED_BUTTONS,
  typesetMath: false, // a label may be called $5$
};

// An epoch axis has no ticks between epochs: if few epochs are in view, each has a tick.
function wholeEpochs(plot) {
  const {title, range, dtick = null} = plot.layout.xaxis ?? {};
  const distance = range && range[1] - range[0] <= 10 ? 1 : null;
  if (title?.text === "epoch" && dtick !== distance) Plotly.relayout(plot, {"xaxis.dtick": distance});
}

export const BUTTONS = 32; // pixels above a plot, for Plotly's buttons

// The layout of a plot, with the page's colours for the plot and its axes.
function themeLayout(layout) {
  const axis = {gridcolor: colour("line"), zerolinecolor: colour("edge"), linecolor: colour("edge"), automargin: true};
  const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
  return {
    margin: {l: 55, r: 15, t: BUTTONS, b: 45},
    hovermode: "closest",
    showlegend: false,
    ...layout,
    paper_bgcolor: colour("page"),
    plot_bgcolor: colour("page"),
    font: {family: "system-ui, sans-serif", size: 13, color: colour("ink")},
    hoverlabel: {bgcolor: colour("card"), bordercolor: colour("edge"), font: {color: colour("ink")}},
    ...Object.fromEntries(["xaxis", "yaxis", ...axes].map((key) => [key, {...axis, ...layout[key]}])),
  };
}

const nearby = new IntersectionObserver(
  (entries) =>
    entries
      .filter((entry) => entry.isIntersecting)
      .forEach((entry) => {
        entry.target.inView = true;
        entry.target.redraw();
      }),
  {rootMargin: "300px"},
);

// A figure for the plot that `makePlot` returns: () => ({data, layout, config, on}), where `on` holds listeners for
// Plotly's events. `label` describes the figure to screen readers. The element's `redraw` draws the plot if it has come
// into view; `rest` removes the plot until it comes into view again; `plot` is Plotly's element.
export function figure(label, makePlot) {
  const plot = createElement("div", {class: "plot"});
  const element = createElement("figure", {"aria-label": label}, plot);
  element.plot = plot;
  element.append(
    downloads(
      label,
      () => traceRows(makePlot().data),
      (filename) =>
        Plotly.downloadImage(plot, {format: "svg", filename, width: plot.clientWidth, height: plot.clientHeight}),
    ),
  );
  element.redraw = () => {
    if (!element.inView) return;
    const {data, layout, config, on = {}} = makePlot();
    const isListening = Boolean(plot.on);
    Plotly.react(plot, escapeLabels(data), themeLayout(escapeLabels(layout)), {...CONFIG, ...config});
    wholeEpochs(plot);
    if (isListening) return;
    plot.on("plotly_relayout", () => wholeEpochs(plot));
    for (const [event, listener] of Object.entries(on)) plot.on(event, listener);
  };
  element.rest = () => {
    element.inView = false;
    Plotly.purge(plot);
    nearby.unobserve(element);
    nearby.observe(element); // reports again whether it is in view
  };
  figures.add(element);
  nearby.observe(element);
  return element;
}

function redrawAll() {
  for (const element of figures) element.redraw();
}
darkScheme.addEventListener("change", redrawAll);

// Paper cannot show a 3-D plot: a view with such plots draws something else while `printing`.
let printing = false;
export const isPrinting = () => printing;
function redrawFor(paper) {
  printing = paper;
  for (const element of figures)
    if (element.isConnected) {
      element.inView ||= paper;
      element.redraw();
    }
}
addEventListener("beforeprint", () => redrawFor(true));
addEventListener("afterprint", () => redrawFor(false));
