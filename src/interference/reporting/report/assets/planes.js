// Interference planes in 3-D or as maps, side by side; a cut through them, and how long a cut stays flat by its angle.

import {readAddress, writeAddress} from "./address.js";
import {createElement, oncePerFrame, readArray, study} from "./base.js";
import {linkedCamera} from "./camera.js";
import {arrange, checkboxGroup, radioGroup, select, slider} from "./controls.js";
import {LOSSES, Plane} from "./plane.js";
import {colour, darkScheme, figure, isPrinting, runHue, runMark, stops, TERRAIN} from "./plots.js";
import {CUT, CUT_TRACE, cutPlaces, onMap, onSurface, planeMap, planeSurface, withHeadroom} from "./terrain.js";

export function showPlanes(section, data) {
  const MOST = 8; // 3-D scenes: a browser allows a page only a few
  const FIRST = 3; // runs shown before any is chosen
  const ALL = "all";
  const allPlanes = data.planes.map((facts) => new Plane(facts));
  const has3d = supports3d();
  const state = {
    scale: data.scale,
    pair: data.first,
    runs: [],
    of: ALL,
    loss: "mistakes",
    view: "map",
    angle: 135,
  };
  const {scale, pair, view} = readAddress("planes");
  if (allPlanes.some((plane) => plane.scale === scale)) state.scale = scale;
  if (allPlanes.some((plane) => plane.scale === state.scale && plane.pair === pair)) state.pair = pair;
  if (has3d && view === "3d") state.view = view;
  const [bar, surfaces, cuts] = [".controls", ".surfaces", ".cuts"].map((path) => section.querySelector(path));

  // The planes that stand side by side, and what is shown of them.
  const at = (scale) => allPlanes.filter((plane) => plane.scale === scale);
  const candidates = () => at(state.scale).filter((plane) => plane.pair === state.pair);
  function planes() {
    const chosen = candidates().filter((plane) => state.runs.includes(plane.run));
    return chosen.length ? chosen : candidates().slice(0, FIRST);
  }
  const shown = () => (state.view === "3d" ? planes().slice(0, MOST) : planes());
  const loss = () => LOSSES[state.loss];
  const points = (plane) => plane.points(state.loss, state.of === ALL ? [...study.classes.keys()] : [Number(state.of)]);
  const ends = () =>
    loss().ends(
      planes()
        .flatMap((plane) => points(plane).map(({value}) => loss().height(value)))
        .filter(Number.isFinite),
    );
  const look = (plane) => ({points: points(plane), loss: loss(), ends: ends(), angle: state.angle});
  const is3d = () => state.view === "3d" && !isPrinting();

  // The figure of a run, made when it is first shown; a figure that is no longer shown releases its scene.
  const figures = new Map();
  function panel(run) {
    if (!figures.has(run)) {
      const plane = () => candidates().find((candidate) => candidate.run === run);
      const element = figure(`The plane of ${run}`, () =>
        is3d() ? planeSurface(plane(), look(plane()), camera.current()) : planeMap(plane(), look(plane())),
      );
      const caption = createElement("figcaption");
      element.prepend(caption);
      figures.set(
        run,
        Object.assign(element, {
          describe: () => caption.replaceChildren(createElement("b", {}, run), description(plane())),
        }),
      );
    }
    return figures.get(run);
  }
  const panels = () => shown().map((plane) => panel(plane.run));
  const camera = linkedCamera(() =>
    panels()
      .filter((element) => element.inView && is3d())
      .map((element) => element.plot),
  );
  const percentText = (percent) => (percent < 0.05 ? "below 0.1" : percent.toFixed(percent < 10 ? 1 : 0));
  function description(plane) {
    const values = points(plane);
    const gaps = values.filter(({images, value}) => images && !Number.isFinite(value)).length;
    const middle = loss().describe(values[(values.length - 1) / 2]);
    const reach = `theta to ${plane.edge.map((edge) => `\u00b1${Number(edge.toPrecision(3))}`).join(" and ")}`;
    const area = `${plane.cut_off ? "at least " : ""}${percentText(plane.flat)}\u00a0% of the plane`;
    const missing = gaps ? `; gaps at ${gaps} of ${values.length} points, where the loss is not finite` : "";
    return `: ${loss().title.toLowerCase()} at w* ${middle}; flat area ${area}; ${reach}${missing}`;
  }

  // Arrow keys and buttons turn the surfaces.
  const STEPS = {
    ArrowLeft: [10, 0],
    ArrowRight: [-10, 0],
    ArrowUp: [0, 8],
    ArrowDown: [0, -8],
    "+": [0, 0, 1.15],
    "=": [0, 0, 1.15],
    "-": [0, 0, 1 / 1.15],
  };
  const stage = createElement("div", {
    class: "grid stage",
    role: "group",
    "aria-label": "Surfaces; in 3-D arrow keys turn them, + and - zoom",
    tabindex: 0,
    onkeydown: (event) => {
      if (!is3d() || !STEPS[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      camera.turn(...STEPS[event.key]);
    },
  });
  camera.followPointer(stage);
  const button = (sign, label, onPress) =>
    createElement("button", {type: "button", "aria-label": label, title: label, onclick: onPress}, sign);
  const turns = [
    ["\u2190", "Turn left", "ArrowLeft"],
    ["\u2192", "Turn right", "ArrowRight"],
    ["\u2191", "View from higher up", "ArrowUp"],
    ["\u2193", "View from lower down", "ArrowDown"],
    ["+", "Nearer", "+"],
    ["\u2212", "Further away", "-"],
  ];
  const buttons = createElement(
    "div",
    {class: "controls"},
    ...turns.map(([sign, label, key]) => button(sign, label, () => camera.turn(...STEPS[key]))),
    button("\u21ba", "Reset the view", camera.reset),
  );
  const legend = createElement("div", {class: "legend"});
  if (!has3d)
    surfaces.append(
      createElement("p", {}, "This browser lacks WebGL, which 3-D plots need, so the planes are shown as maps."),
    );
  const title = createElement("h3", {});
  surfaces.append(title, legend, stage, buttons);

  // The cut and the flat lengths at all angles: as norms of the weight change at the scales of `normed`, else in theta.
  const isNormed = () => data.normed.includes(state.scale);
  const unit = (plane, angle) => (isNormed() ? plane.step(angle) : 1);
  const unitName = () => (isNormed() ? "norm of the weight change" : "theta");
  const line = (plane, width, dash = "solid") => ({
    mode: "lines",
    name: plane.run,
    line: {color: runHue(plane.run), width, dash},
  });
  const cutFigure = figure("The loss along the cut, by the distance from w*", () => ({
    data: planes().flatMap((plane) => {
      const values = points(plane).map(({value}) => value);
      const places = plane.cut(state.angle, data.cut_points);
      const x = places.map(({distance}) => distance * unit(plane, state.angle));
      const level = values[(values.length - 1) / 2] + data.epsilon;
      const flat = {...line(plane, 1, "dash"), x: [x[0], x.at(-1)], y: [level, level], hoverinfo: "skip"};
      return [
        {
          ...line(plane, 2),
          x,
          y: places.map(({theta}) => plane.at(values, theta)),
          hovertemplate: "%{x:.3g}: %{y:.3g}<extra>%{fullData.name}</extra>",
        },
        ...(loss().logarithmic ? [] : [flat]),
      ];
    }),
    layout: {
      xaxis: {title: {text: `from w*: ${unitName()}`}},
      yaxis: {title: {text: loss().axis}, type: loss().logarithmic ? "log" : "linear", range: withHeadroom(ends())},
    },
  }));
  const lengthFigure = figure("How long a cut stays flat, by its angle", () => {
    const angles = Array.from({length: 181}, (_, angle) => angle);
    const polar = {type: "scatterpolar", theta: angles};
    const lengths = planes().map((plane) => ({
      plane,
      r: angles.map((angle) => readArray(plane.lengths)[angle % 180] * unit(plane, angle)),
    }));
    const longest = 1.1 * Math.max(...lengths.flatMap(({r}) => r));
    return {
      data: [
        ...lengths.flatMap(({plane, r}) => [
          {
            ...polar,
            ...line(plane, 1, "dot"),
            r: angles.map((angle) => 2 * plane.reach(angle) * unit(plane, angle)),
            hoverinfo: "skip",
          },
          {...polar, ...line(plane, 2), r, hovertemplate: "%{r:.3g} at %{theta}<extra>%{fullData.name}</extra>"},
        ]),
        {
          ...polar,
          theta: [state.angle, state.angle],
          r: [0, longest],
          mode: "lines",
          line: {color: CUT, width: 3},
          hoverinfo: "skip",
        },
      ],
      layout: {
        margin: {l: 40, r: 40, t: 25, b: 45},
        polar: {
          sector: [0, 180],
          bgcolor: colour("page"),
          radialaxis: {
            range: [0, longest],
            nticks: 4,
            gridcolor: colour("line"),
            linecolor: colour("edge"),
            tickfont: {size: 11},
          },
          angularaxis: {tickvals: [0, 45, 90, 135, 180], gridcolor: colour("line"), linecolor: colour("edge")},
        },
        annotations: [
          {
            text: `flat length, ${unitName()}`,
            x: 0.5,
            y: 0,
            yref: "paper",
            yshift: -25,
            yanchor: "top",
            showarrow: false,
          },
        ],
      },
    };
  });
  const key = createElement("div", {class: "legend"});
  cuts.before(key);
  cuts.append(cutFigure, lengthFigure);

  // If only the cut moves, the planes are not drawn again.
  const moveCut = oncePerFrame(() => {
    for (const plane of shown().filter((candidate) => panel(candidate.run).inView)) {
      const places = is3d()
        ? onSurface(plane, look(plane), cutPlaces(plane, state.angle))
        : onMap(cutPlaces(plane, state.angle));
      Plotly.restyle(
        panel(plane.run).plot,
        Object.fromEntries(Object.entries(places).map(([axis, values]) => [axis, [values]])),
        [CUT_TRACE],
      );
    }
    cutFigure.redraw();
    lengthFigure.redraw();
  });
  const angle = slider(
    "Angle of the cut",
    179,
    state.angle,
    (value) => `${value}\u00b0`,
    (value) => {
      state.angle = value;
      moveCut();
    },
  );

  function change(name, value) {
    state[name] = value;
    if (!candidates().length) state.pair = at(state.scale)[0].pair;
    show();
    writeAddress("planes", {scale: state.scale, pair: state.pair, view: state.view});
  }
  function show() {
    const names = new Map(at(state.scale).map((plane) => [plane.pair, plane.name]));
    const more = state.view === "3d" && planes().length > MOST;
    arrange(bar, [
      select("Scale", Object.entries(data.scales), state.scale, (value) => change("scale", value)),
      select("Pair", [...names], state.pair, (value) => change("pair", value)),
      select("Loss of", [[ALL, "all classes"], ...study.classes.map((label, k) => [k, label])], state.of, (value) =>
        change("of", value),
      ),
      select(
        "Measured as",
        Object.entries(LOSSES).map(([kind, {title}]) => [kind, title.toLowerCase()]),
        state.loss,
        (value) => change("loss", value),
      ),
      ...(has3d
        ? [
            radioGroup(
              "View",
              [
                ["map", "map"],
                ["3d", "3-D"],
              ],
              state.view,
              (value) => change("view", value),
            ),
          ]
        : []),
      checkboxGroup(
        more ? `Runs (3-D shows the first ${MOST})` : "Runs",
        candidates().map((plane) => plane.run),
        planes().map((plane) => plane.run),
        (values) => change("runs", values),
      ),
      angle,
    ]);
    for (const element of figures.values()) if (!panels().includes(element)) element.rest();
    stage.replaceChildren(...panels());
    for (const element of panels()) {
      element.describe();
      element.redraw();
    }
    buttons.hidden = state.view !== "3d";
    const whose = state.of === ALL ? "all classes" : study.classes[state.of];
    title.textContent = `${loss().title} of ${whose}, ${names.get(state.pair)} (${data.scales[state.scale]})`;
    legend.replaceChildren(
      loss().endText(ends()[0]),
      createElement("i", {style: `background: linear-gradient(to right, ${stops(TERRAIN).join(", ")})`}),
      `${loss().endText(ends()[1])}${loss().logarithmic ? ", logarithmic scale" : " error rate"}`,
    );
    key.replaceChildren(...planes().map((plane) => runMark(plane.run)));
    cutFigure.redraw();
    lengthFigure.redraw();
  }
  darkScheme.addEventListener("change", show);
  show();
}

// Whether the browser has WebGL; the context that is made to find out is released.
function supports3d() {
  const gl = document.createElement("canvas").getContext("webgl");
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return Boolean(gl);
}
