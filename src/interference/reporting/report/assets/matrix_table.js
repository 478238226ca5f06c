// The CCTM as a table, a cell for each pair of classes. `describe` is called with the cell [a, b] at which a reader
// points, or null, and `choose` with the one that is chosen. `build(labels, chosen)` makes the cells in an order.

import {createElement, shortLabels, study} from "./base.js";
import {inkOn} from "./plots.js";

export function matrixTable(box, {describe, choose}) {
  const size = study.classes.length;
  const dense = study.many; // whether cells are too small for numbers
  const isShort = !dense && shortLabels.every((label) => label.length <= 2); // such as digits
  let cells = [];
  const cellOf = (element) => [Number(element.dataset.a), Number(element.dataset.b)];

  function build(labels, chosen) {
    const head = (scope, label) =>
      createElement(
        "th",
        {scope, title: shortLabels[label] === study.classes[label] ? null : study.classes[label]},
        createElement("span", {class: isShort ? "upright" : ""}, shortLabels[label]),
      );
    const heads = labels.map((label) => head("col", label));
    cells = [];
    const body = labels.map((a) =>
      createElement(
        "tr",
        {},
        head("row", a),
        ...labels.map((b) => {
          const cell = createElement("td", {tabindex: "-1", "data-a": a, "data-b": b, "aria-selected": "false"});
          cells.push(cell);
          return cell;
        }),
      ),
    );
    const grid = createElement(
      "table",
      {
        role: "grid",
        "aria-label": "CCTM: rows are true classes, columns are predicted classes",
        class: dense ? "dense" : "",
        style: `--classes: ${size}`,
      },
      createElement(
        "thead",
        {},
        createElement("tr", {}, createElement("th", {scope: "col"}, "true \\ predicted"), ...heads),
      ),
      createElement("tbody", {}, ...body),
    );
    const atCell = (work) => (event) => {
      const cell = event.target.closest("td");
      if (cell) work(cellOf(cell));
    };
    grid.addEventListener("keydown", moveFocus);
    grid.addEventListener("click", atCell(choose));
    grid.addEventListener("mouseover", atCell(describe));
    grid.addEventListener("focusin", atCell(describe));
    grid.addEventListener("mouseleave", () => describe(null));
    box.replaceChildren(grid);
    (elementOf(chosen) ?? cells[0]).tabIndex = 0;
  }
  const elementOf = (chosen) =>
    chosen ? cells.find(({dataset}) => Number(dataset.a) === chosen[0] && Number(dataset.b) === chosen[1]) : undefined;

  // A small line in a cell, from points in a square of 100 by 100.
  function smallLine(points) {
    const SVG = "http://www.w3.org/2000/svg";
    const [picture, polyline] = ["svg", "polyline"].map((tag) => document.createElementNS(SVG, tag));
    picture.setAttribute("viewBox", "0 0 100 100");
    picture.setAttribute("preserveAspectRatio", "none");
    picture.setAttribute("aria-hidden", "true");
    polyline.setAttribute("points", points);
    picture.append(polyline);
    return picture;
  }

  // Colours the cells; `content` gives the shade of a cell, its text, and a line if it has one.
  function paint(content, chosen) {
    const selected = elementOf(chosen);
    for (const cell of cells) {
      const {rgb, text, recall, beyond, line} = content(...cellOf(cell));
      cell.replaceChildren(line ? smallLine(line) : dense ? "" : text);
      if (line) cell.setAttribute("aria-label", text || "0");
      else cell.removeAttribute("aria-label");
      cell.style.setProperty("--shade", rgb ? `rgb(${rgb})` : "");
      cell.style.setProperty("--on", rgb ? inkOn(rgb) : "");
      cell.classList.toggle("recall", Boolean(recall));
      cell.classList.toggle("beyond", Boolean(beyond));
      cell.setAttribute("aria-selected", String(cell === selected));
      if (selected) cell.tabIndex = cell === selected ? 0 : -1;
    }
  }

  function moveFocus(event) {
    const place = cells.indexOf(event.target.closest("td"));
    const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -size, ArrowDown: size}[event.key];
    if (place < 0) return;
    if (event.key === "Enter" || event.key === " ") {
      choose(cellOf(cells[place]));
      event.preventDefault();
    }
    if (!step) return;
    event.preventDefault();
    const next = cells[place + step];
    if (!next || (Math.abs(step) === 1 && Math.floor(place / size) !== Math.floor((place + step) / size))) return;
    cells[place].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
  return {build, paint};
}
