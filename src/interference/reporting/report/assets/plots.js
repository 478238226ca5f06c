// Plotly's plots in the page's colours: drawn once they come into view, and again when the colours change.

import {createElement, shortLabels, study} from "./base.js";

export const darkScheme = matchMedia("(prefers-color-scheme: dark)");
const figures = new Set();
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// Eight hues that people with colour blindness can tell apart (Okabe and Ito 2008), the palest ones darkened.
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
// The symbols as letters.
const GLYPHS = ["\u25cf", "\u25c6", "\u25a0", "\u25b2", "\u271a", "\u2716", "\u2605", "\u2b1f"];

// A run's name after its symbol and hue, as a legend says it, and a choice of runs that is one too.
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

// A hue a class; of more than eight, those of each further eight are paler.
export function classHue(label) {
  const [full, page, part] = [channels(hue(label)), channels(colour("page")), 0.55 ** Math.floor(label / 8)];
  return `rgb(${full.map((value, k) => Math.round(part * value + (1 - part) * page[k]))})`;
}

// Where a rate stands on an axis that is linear up to `linear` and logarithmic above, and the ticks of such an axis.
export const liftedHeight = (rate, linear) => (rate <= linear ? rate / linear : 1 + Math.log10(rate / linear));
export const liftedTicks = (linear, top) => {
  const rates = [0, ...[0.01, 0.1, 1, 10, 100].filter((rate) => rate >= linear && rate <= 10 * top)];
  return {tickvals: rates.map((rate) => liftedHeight(rate, linear)), ticktext: rates.map(String)};
};

// Colours along a scale: rates (the darker, or in the dark the brighter, the more), and differences around none.
export const RATES = {
  light: ["#ffffff", "#fde3cd", "#f59b83", "#c13b65", "#721f6b", "#2c0f45"],
  dark: ["#1e2127", "#46204f", "#8a2b66", "#d1505f", "#f59b6c", "#fdeed4"],
};
export const DIFFERENCES = {
  light: ["#1d4f91", "#6ea0d0", "#f6f7f9", "#e88f6a", "#a32a12"],
  dark: ["#9cc8f5", "#3d6fa8", "#1e2127", "#a5502f", "#ffb08a"],
};
const VIRIDIS = ["#440154", "#472f7d", "#39568c", "#2a788e", "#1f988b", "#35b779", "#73d055", "#b8de29", "#fde725"];
// Over planes: a dark lowland, a bright plateau, as in the figures.
export const TERRAIN = {light: VIRIDIS, dark: VIRIDIS};
export const stops = (scale) => scale[darkScheme.matches ? "dark" : "light"];
export const plotlyScale = (scale) => stops(scale).map((shade, place, all) => [place / (all.length - 1), shade]);

export const rgb = (shade) => (shade.startsWith("#") ? channels(shade) : shade.match(/\d+/g).map(Number));
const channels = (shade) =>
  (shade.length < 7 ? shade.replace(/\w/g, "$&$&") : shade).match(/\w\w/g).map((pair) => parseInt(pair, 16));

// The colour at 0 to 1 of a scale, as [r, g, b].
export function shade(scale, share) {
  const list = stops(scale).map(channels);
  const place = Math.min(Math.max(share, 0), 1) * (list.length - 1);
  const [below, part] = [
    Math.min(Math.floor(place), list.length - 2),
    place - Math.min(Math.floor(place), list.length - 2),
  ];
  return list[below].map((value, k) => Math.round(value + part * (list[below + 1][k] - value)));
}

// Black or white, whichever reads better on a colour (WCAG's relative luminance).
export function inkOn(rgb) {
  const [r, g, b] = rgb
    .map((value) => value / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff";
}

// Plotly reads markup in its texts: a label that holds some is escaped there, and nowhere else.
const markedLabels = [...study.classes, ...shortLabels].filter((label) => /[<>&]/.test(label));
const escapeMarkup = (word) => word.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
function escapeLabels(value) {
  if (!markedLabels.length) return value;
  if (typeof value === "string")
    return markedLabels.reduce((words, label) => words.replaceAll(label, () => escapeMarkup(label)), value);
  if (Array.isArray(value)) return value.map(escapeLabels);
  if (value?.constructor !== Object) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, escapeLabels(one)]));
}

const CONFIG = {responsive: true, displaylogo: false, typesetMath: false}; // a label may be called $5$

// Nothing lies between two epochs: where few are in view, each has a tick of its own.
function wholeEpochs(plot) {
  const {title, range, dtick = null} = plot.layout.xaxis ?? {};
  const wanted = range && range[1] - range[0] <= 10 ? 1 : null;
  if (title?.text === "epoch" && dtick !== wanted) Plotly.relayout(plot, {"xaxis.dtick": wanted});
}

// The layout of a plot in the page's colours; every axis named in it gets them.
function themed(layout) {
  const axis = {gridcolor: colour("line"), zerolinecolor: colour("edge"), linecolor: colour("edge"), automargin: true};
  const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
  return {
    margin: {l: 55, r: 15, t: 15, b: 45},
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

// A figure whose plot the function `made` describes: () => ({data, layout, config, on}), where `on` holds listeners for
// Plotly's events. `label` tells in words what the figure shows. The element's `redraw` calls `made` and draws, once it
// has come into view; `rest` puts the plot away until it comes into view again; `plot` is Plotly's element.
export function figure(label, made, caption = "") {
  const plot = createElement("div", {class: "plot"});
  const element = createElement("figure", {"aria-label": label}, plot);
  if (caption) element.append(createElement("figcaption", {}, caption));
  element.plot = plot;
  element.redraw = () => {
    if (!element.inView) return;
    const {data, layout, config, on = {}} = made();
    const heard = Boolean(plot.on);
    Plotly.react(plot, escapeLabels(data), themed(escapeLabels(layout)), {...CONFIG, ...config});
    wholeEpochs(plot);
    if (heard) return;
    plot.on("plotly_relayout", () => wholeEpochs(plot));
    for (const [event, listener] of Object.entries(on)) plot.on(event, listener);
  };
  element.rest = () => {
    element.inView = false;
    Plotly.purge(plot);
    nearby.unobserve(element);
    nearby.observe(element); // says anew whether it is in view
  };
  figures.add(element);
  nearby.observe(element);
  return element;
}

function redrawAll() {
  for (const element of figures) element.redraw();
}
darkScheme.addEventListener("change", redrawAll);

// Paper holds nothing that is drawn in space: a view that draws so draws something else while `printing`.
let printing = false;
export const isPrinting = () => printing;
function redrawFor(now) {
  printing = now;
  for (const element of figures)
    if (element.isConnected) {
      element.inView ||= now;
      element.redraw();
    }
}
addEventListener("beforeprint", () => redrawFor(true));
addEventListener("afterprint", () => redrawFor(false));
