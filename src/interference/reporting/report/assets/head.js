// The head picture: the plane of the worst pair as a small map, which leads to the section on surfaces.

import {createElement, study} from "./base.js";
import {LOSSES, Plane} from "./plane.js";
import {figure} from "./plots.js";
import {planeMap} from "./terrain.js";

export function showHead(section, data) {
  const place = section.querySelector(".head-plane");
  if (!place) return;
  const plane = new Plane(study.views.planes.planes[data.plane]);
  const loss = LOSSES.mistakes;
  const points = plane.points("mistakes", [...study.classes.keys()]);
  const ends = loss.ends(points.map(({value}) => value).filter(Number.isFinite));
  const drawing = figure(`The error rate around ${plane.run} along the gradients of ${plane.name}`, () => {
    const {data: traces, layout} = planeMap(plane, {points, loss, ends, angle: 135});
    const margin = {l: 70, r: 5, t: 5, b: 45};
    return {data: traces, layout: {...layout, margin}, config: {staticPlot: true}};
  });
  drawing.plot.style.height = "15rem";
  const link = createElement("a", {href: "#surfaces"}, plane.name);
  const caption = createElement("figcaption", {}, "The landscape of ", link, " (dark: few errors; line: flat area)");
  drawing.append(caption);
  place.append(drawing);
}
