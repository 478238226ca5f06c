// The CCTM of more classes than a table can show, drawn on a canvas: only the cells that have images are drawn, and
// only those in view. One element, which the arrow keys move, stands for the current cell: a keyboard and a screen
// reader reach every cell through it. The arguments are those of `matrixTable`.

import {createElement, oncePerFrame, shortLabels, study} from "./base.js";
import {colour} from "./plots.js";

const WHOLE = 800; // pixels: the greatest side of the whole matrix
const NAMED = 14; // pixels: the side of a cell beside which a name is legible
const MARGIN = 22; // pixels above and left of the whole matrix
const SMALLEST = 1.5; // pixels: a cell that has images is drawn no smaller
const FRAMED = 6; // pixels: the least side of a cell that can have a frame
const AXES = "true \\ predicted";
const PAGE = 10; // cells that Page Up and Page Down move

export function matrixCanvas(box, {describe, choose}) {
  const size = study.classes.length;
  const canvas = createElement("canvas", {"aria-hidden": "true"});
  const cell = createElement("div", {role: "gridcell", tabindex: "0", "aria-selected": "false"});
  const row = createElement("div", {role: "row"}, cell);
  const sheet = createElement(
    "div",
    {
      class: "sheet",
      role: "grid",
      "aria-label": "CCTM: rows are true classes, columns are predicted classes",
      "aria-rowcount": size,
      "aria-colcount": size,
    },
    canvas,
    row,
  );
  let labels = [];
  let positions = []; // the place of each class in the order
  let drawn = []; // the cells that have images, the palest first
  let current = [0, 0]; // the places of the current cell's row and column
  let isNamed = false;
  let side = 1; // of a cell, in pixels
  let head = MARGIN; // pixels above and left of the cells

  function build(order, chosen) {
    labels = order;
    positions = [];
    labels.forEach((label, place) => {
      positions[label] = place;
    });
    if (chosen) current = chosen.map((label) => positions[label]);
    if (!sheet.isConnected) box.replaceChildren(sheet);
    measure();
  }
  function paint(content, chosen, cells) {
    drawn = cells.map(([a, b]) => ({a, b, ...content(a, b)})).filter(({rgb, recall}) => rgb || recall);
    drawn.sort((first, second) => (first.strength ?? 0) - (second.strength ?? 0));
    const isChosen = chosen && positions[chosen[0]] === current[0] && positions[chosen[1]] === current[1];
    cell.setAttribute("aria-selected", String(Boolean(isChosen)));
    draw();
  }
  function zoom(value) {
    isNamed = value;
    measure();
    showCurrent();
  }

  // The sizes of the cells and of the margin for the names.
  function measure() {
    const context = canvas.getContext("2d");
    context.font = font();
    const longest = Math.max(...[AXES, ...shortLabels].map((text) => context.measureText(text).width));
    const room = Math.min(WHOLE, box.parentElement.parentElement.clientWidth);
    head = isNamed ? Math.ceil(longest) + 10 : MARGIN;
    side = isNamed ? NAMED : (room - head) / size;
    sheet.style.width = `${head + size * side}px`;
    sheet.style.height = `${head + size * side}px`;
    placeCell();
    draw();
  }
  const font = () => `11px ${getComputedStyle(document.body).fontFamily}`;

  const draw = oncePerFrame(() => {
    const scale = devicePixelRatio || 1;
    const width = Math.min(box.clientWidth, sheet.clientWidth);
    const height = Math.min(box.clientHeight, sheet.clientHeight);
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    drawCells(context, width, height);
    drawHeads(context, width, height);
  });
  const left = (place) => head + place * side - box.scrollLeft;
  const above = (place) => head + place * side - box.scrollTop;
  function drawCells(context, width, height) {
    context.fillStyle = colour("card");
    context.fillRect(head, head, width, height);
    const right = colour("none-back");
    const ink = colour("ink");
    const drawnSide = Math.max(side, SMALLEST);
    for (const {a, b, rgb, beyond} of drawn) {
      const x = left(positions[b]);
      const y = above(positions[a]);
      if (x + side < head || y + side < head || x > width || y > height) continue;
      context.fillStyle = rgb ? `rgb(${rgb})` : right;
      context.fillRect(x, y, drawnSide, drawnSide);
      if (!beyond || side < FRAMED) continue;
      context.strokeStyle = ink;
      context.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
    }
  }
  // The names of the classes in view, or of the two axes.
  function drawHeads(context, width, height) {
    context.fillStyle = colour("page");
    context.fillRect(0, 0, width, head);
    context.fillRect(0, 0, head, height);
    context.fillStyle = colour("soft");
    context.font = font();
    context.textBaseline = "middle";
    if (!isNamed) {
      context.fillText("predicted \u2192", head, head / 2);
      upwards(context, "\u2190 true class", head / 2, head + context.measureText("\u2190 true class").width);
      return;
    }
    context.fillText(AXES, 4, head - 10);
    const inView = (scrolled, room) => {
      const first = Math.floor(scrolled / side);
      const end = Math.ceil((scrolled + room - head) / side);
      return labels.slice(first, end).map((label, place) => [shortLabels[label], first + place]);
    };
    clipped(context, [0, head, head, height], () => {
      context.textAlign = "right";
      for (const [name, place] of inView(box.scrollTop, height))
        context.fillText(name, head - 5, above(place) + side / 2);
      context.textAlign = "left";
    });
    clipped(context, [head, 0, width, head], () => {
      for (const [name, place] of inView(box.scrollLeft, width))
        upwards(context, name, left(place) + side / 2, head - 5);
    });
  }
  function clipped(context, rectangle, work) {
    context.save();
    context.beginPath();
    context.rect(...rectangle);
    context.clip();
    work();
    context.restore();
  }
  // A text that runs upwards from a point.
  function upwards(context, text, x, y) {
    context.save();
    context.translate(x, y);
    context.rotate(-Math.PI / 2);
    context.fillText(text, 0, 0);
    context.restore();
  }

  // Moves the element of the current cell to its place, and names it for screen readers.
  const currentCell = () => [labels[current[0]], labels[current[1]]];
  function placeCell() {
    const [a, b] = currentCell();
    const shown = Math.max(side, 6); // pixels of an outline that can be seen
    cell.style.width = `${shown}px`;
    cell.style.height = `${shown}px`;
    cell.style.left = `${head + (current[1] + 0.5) * side - shown / 2}px`;
    cell.style.top = `${head + (current[0] + 0.5) * side - shown / 2}px`;
    row.setAttribute("aria-rowindex", current[0] + 1);
    cell.setAttribute("aria-colindex", current[1] + 1);
    cell.dataset.a = a;
    cell.dataset.b = b;
    cell.setAttribute(
      "aria-label",
      a === b ? `${study.classes[a]} predicted right` : `${study.classes[a]} predicted as ${study.classes[b]}`,
    );
  }
  // Scrolls the box so that the current cell is in view and not below the names.
  function showCurrent() {
    const into = (scrolled, place, room) =>
      Math.max(Math.min(scrolled, place * side), head + (place + 1) * side + 2 - room);
    box.scrollTop = into(box.scrollTop, current[0], box.clientHeight);
    box.scrollLeft = into(box.scrollLeft, current[1], box.clientWidth);
  }
  function move(places) {
    current = places.map((place) => Math.min(Math.max(place, 0), size - 1));
    placeCell();
    showCurrent();
    describe(currentCell());
  }
  function pressed(event) {
    const [a, b] = current;
    const targets = {
      ArrowLeft: [a, b - 1],
      ArrowRight: [a, b + 1],
      ArrowUp: [a - 1, b],
      ArrowDown: [a + 1, b],
      Home: [a, 0],
      End: [a, size - 1],
      PageUp: [a - PAGE, b],
      PageDown: [a + PAGE, b],
    };
    const target = targets[event.key];
    if (target) move(target);
    else if (event.key === "Enter" || event.key === " ") choose(currentCell());
    else return;
    event.preventDefault();
  }
  // The places of the cell at a pointer, null beside the cells.
  function pointedAt(event) {
    const {left: x, top: y} = sheet.getBoundingClientRect();
    const places = [event.clientY - y, event.clientX - x].map((distance) => Math.floor((distance - head) / side));
    return places.every((place) => place >= 0 && place < size) ? places : null;
  }
  sheet.addEventListener("keydown", pressed);
  sheet.addEventListener("mousemove", (event) => {
    const places = pointedAt(event);
    describe(places?.map((place) => labels[place]));
  });
  sheet.addEventListener("mouseleave", () => describe(null));
  sheet.addEventListener("click", (event) => {
    const places = pointedAt(event);
    if (!places) return;
    move(places);
    cell.focus({preventScroll: true});
    choose(currentCell());
  });
  cell.addEventListener("focus", () => describe(currentCell()));
  box.addEventListener("scroll", draw);
  new ResizeObserver(measure).observe(box.parentElement.parentElement);
  return {build, paint, zoom};
}
