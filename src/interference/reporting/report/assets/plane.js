// The numbers of an interference plane: the loss at its points, and between them.

import {formatNumber, readArray, study} from "./base.js";

// The measures of the loss. `height` turns a value into a height of the plot; `ends` is the range of the heights.
export const LOSSES = {
  mistakes: {
    title: "Error rate",
    axis: "error rate, %",
    unit: "%",
    band: 10,
    value: (sum, images) => (100 * sum) / images,
    height: (value) => value,
    describe: ({sum, images, value}) =>
      `${value.toFixed(1)} % (${formatNumber(sum)} of ${formatNumber(images)} images)`,
    ends: (heights) => {
      const chance = 100 - 100 / study.classes.length;
      const highest = heights.reduce((a, b) => Math.max(a, b), chance);
      return [0, 10 * Math.ceil((highest - 1) / 10)];
    },
    ticks: (ends) => ({dtick: ends[1] > 50 ? 20 : 10}),
    endText: (height) => `${height} %`,
  },
  losses: {
    title: "Mean cross-entropy",
    axis: "cross-entropy, nats",
    unit: "nats",
    band: 0.25,
    logarithmic: true,
    value: (sum, images) => sum / images,
    height: (value) => (Number.isFinite(value) ? Math.log10(Math.max(value, 1e-3)) : NaN),
    describe: ({images, value}) =>
      (Number.isFinite(value) ? `${value.toPrecision(3)} nats` : "not finite") +
      ` (mean of ${formatNumber(images)} images)`,
    ends: (heights) => {
      if (!heights.length) return [-1, 1];
      const lowest = heights.reduce((a, b) => Math.min(a, b));
      const highest = heights.reduce((a, b) => Math.max(a, b));
      return [Math.floor(2 * lowest) / 2, Math.ceil(2 * highest + 1e-9) / 2];
    },
    ticks: ([low, high]) => {
      const powers = Array.from({length: Math.floor(high) - Math.ceil(low) + 1}, (_, k) => Math.ceil(low) + k);
      return {tickvals: powers, ticktext: powers.map((power) => String(Number(`1e${power}`)))};
    },
    endText: (height) => `${Number((10 ** height).toPrecision(2))} nats`,
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

  // The loss of the images of several classes at every point, with the sum and the images behind it. The points are in
  // the order of (n1, n2): theta_2 varies faster.
  points(kind, labels) {
    const sums = readArray(this[kind]);
    const sizes = readArray(this.sizes);
    const classes = study.classes.length;
    const total = (values, point) => labels.reduce((sum, label) => sum + values[point * classes + label], 0);
    return Array.from({length: sizes.length / classes}, (_, point) => {
      const sum = total(sums, point);
      const images = total(sizes, point);
      return {sum, images, value: LOSSES[kind].value(sum, images)};
    });
  }

  // Values (n1, n2) in Plotly's form, with a row for each theta_2.
  toGrid(values) {
    return this.axes[1].map((_, j) => this.axes[0].map((_, i) => values[i * this.shape[1] + j]));
  }

  // The value at any place, interpolated bilinearly as in the package's `flatness`.
  at(values, theta) {
    const places = theta.map(
      (value, axis) => Math.min(Math.max((value / this.edge[axis] + 1) / 2, 0), 1) * (this.shape[axis] - 1),
    );
    const [i, j] = places.map((place, axis) => Math.min(Math.floor(place), this.shape[axis] - 2));
    // A neighbour of weight 0 may be nan.
    const between = (a, b, weight) => (weight === 0 ? a : weight === 1 ? b : a + (b - a) * weight);
    const inRow = (row) => {
      const place = row * this.shape[1] + j;
      return between(values[place], values[place + 1], places[1] - j);
    };
    return between(inRow(i), inRow(i + 1), places[0] - i);
  }

  // A cut through w* from edge to edge, at an angle in degrees: its places, with their distances from w* in theta.
  cut(angle, number) {
    const towards = direction(angle);
    const reach = this.reach(angle);
    return Array.from({length: number}, (_, k) => reach * ((2 * k) / (number - 1) - 1)).map((distance) => ({
      distance,
      theta: towards.map((part) => distance * part),
    }));
  }
  // The distance from w* to the edge at an angle, in theta.
  reach(angle) {
    return Math.min(...direction(angle).map((part, axis) => this.edge[axis] / Math.abs(part)));
  }

  // The norm in weight space of a step of length 1 in theta at an angle.
  step(angle) {
    const [x, y] = direction(angle);
    const [first, product, second] = this.gram;
    return Math.sqrt(Math.max(x * x * first + 2 * x * y * product + y * y * second, 0));
  }
}

const direction = (angle) => [Math.cos, Math.sin].map((part) => Number(part((angle * Math.PI) / 180).toFixed(12)));
