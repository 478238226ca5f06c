// An interference plane as numbers: what its points say, and what lies between them.

import {formatNumber, readArray, study} from "./base.js";

// How the loss of some images is measured. `plotted` turns a value into a height; `ends` is the range of those shown.
export const LOSSES = {
  mistakes: {
    title: "Mistake rate",
    axis: "mistakes, %",
    band: 10,
    value: (part, whole) => (100 * part) / whole,
    plotted: (value) => value,
    said: ({part, whole, value}) => `${value.toFixed(1)} %: ${formatNumber(part)} of ${formatNumber(whole)} images`,
    ends: (values) => [
      0,
      10 * Math.ceil((values.reduce((a, b) => Math.max(a, b), 100 - 100 / study.classes.length) - 1) / 10),
    ],
    ticks: (ends) => ({dtick: ends[1] > 50 ? 20 : 10}),
    end: (plotted) => `${plotted} %`,
  },
  losses: {
    title: "Mean cross-entropy",
    axis: "cross-entropy, nats",
    band: 0.25,
    logarithmic: true,
    value: (part, whole) => part / whole,
    plotted: (value) => (Number.isFinite(value) ? Math.log10(Math.max(value, 1e-3)) : NaN),
    said: ({whole, value}) =>
      (Number.isFinite(value) ? `${value.toPrecision(3)} nats` : "not finite") +
      `, mean of ${formatNumber(whole)} images`,
    ends: (values) =>
      values.length
        ? [
            Math.floor(2 * values.reduce((a, b) => Math.min(a, b))) / 2,
            Math.ceil(2 * values.reduce((a, b) => Math.max(a, b)) + 1e-9) / 2,
          ]
        : [-1, 1],
    ticks: ([low, high]) => {
      const powers = Array.from({length: Math.floor(high) - Math.ceil(low) + 1}, (_, k) => Math.ceil(low) + k);
      return {tickvals: powers, ticktext: powers.map((power) => String(Number(`1e${power}`)))};
    },
    end: (plotted) => `${Number((10 ** plotted).toPrecision(2))} nats`,
  },
};

export class Plane {
  constructor(facts) {
    Object.assign(this, facts);
    this.shape = facts.sizes.shape.slice(0, 2);
    this.axes = this.edge.map((edge, axis) =>
      Array.from({length: this.shape[axis]}, (_, k) => edge * ((2 * k) / (this.shape[axis] - 1) - 1)),
    );
  }

  // The loss of some classes' images at every point (n1, n2), theta_2 the faster, with the sums behind it.
  points(kind, labels) {
    const [sums, sizes, classes] = [readArray(this[kind]), readArray(this.sizes), study.classes.length];
    const total = (values, point) => labels.reduce((sum, label) => sum + values[point * classes + label], 0);
    return Array.from({length: sizes.length / classes}, (_, point) => {
      const [part, whole] = [total(sums, point), total(sizes, point)];
      return {part, whole, value: LOSSES[kind].value(part, whole)};
    });
  }

  // Values (n1, n2) as Plotly takes them: a row a theta_2.
  upright(values) {
    return this.axes[1].map((_, j) => this.axes[0].map((_, i) => values[i * this.shape[1] + j]));
  }

  // A value at any place, bilinear between the points, as the package's `flatness` reads them.
  at(values, theta) {
    const places = theta.map(
      (value, axis) => Math.min(Math.max((value / this.edge[axis] + 1) / 2, 0), 1) * (this.shape[axis] - 1),
    );
    const [i, j] = places.map((place, axis) => Math.min(Math.floor(place), this.shape[axis] - 2));
    // A neighbour without weight may be nan.
    const mixed = (a, b, part) => (part === 0 ? a : part === 1 ? b : a + (b - a) * part);
    const along = (row) => mixed(values[row * this.shape[1] + j], values[row * this.shape[1] + j + 1], places[1] - j);
    return mixed(along(i), along(i + 1), places[0] - i);
  }

  // A cut through w* at an angle in degrees, from edge to edge: places with their distances from w* in units of theta.
  cut(angle, number) {
    const [towards, reach] = [direction(angle), this.reach(angle)];
    return Array.from({length: number}, (_, k) => reach * ((2 * k) / (number - 1) - 1)).map((distance) => ({
      distance,
      theta: towards.map((part) => distance * part),
    }));
  }
  reach(angle) {
    return Math.min(...direction(angle).map((part, axis) => this.edge[axis] / Math.abs(part)));
  }

  // The norm in weight space of a step of length 1 in theta at an angle.
  step(angle) {
    const [[x, y], [first, product, second]] = [direction(angle), this.gram];
    return Math.sqrt(Math.max(x * x * first + 2 * x * y * product + y * y * second, 0));
  }
}

const direction = (angle) =>
  [Math.cos, Math.sin].map((part) => Number(part((angle * Math.PI) / 180).toFixed(12)));
