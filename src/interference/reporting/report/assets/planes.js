// Interference planes in space or as maps, side by side; a cut through them, and how far each is flat at every angle.

import {createElement, oncePerFrame, readArray, study} from "./base.js";
import {linkedCamera} from "./camera.js";
import {arrange, choice, select, several, slider} from "./controls.js";
import {LOSSES, Plane} from "./plane.js";
import {colour, darkScheme, figure, isPrinting, runHue, runMark, stops, TERRAIN} from "./plots.js";
import {CUT, CUT_TRACE, cutPlaces, onMap, onSurface, planeMap, planeSurface, withHeadroom} from "./terrain.js";

export function showPlanes(section, data) {
  const MOST = 8; // scenes in space: a browser gives a page few of them
  const FIRST = 3; // runs shown before any is chosen
  const ALL = "all";
  const all = data.planes.map((facts) => new Plane(facts));
  const space = drawsSpace();
  const state = {
    scale: all[0].scale,
    pair: data.first,
    runs: [],
    of: ALL,
    loss: "mistakes",
    view: space ? "3d" : "map",
    angle: 135,
  };
  const [bar, ground, below] = [".controls", ".surfaces", ".cuts"].map((path) => section.querySelector(path));

  // Which planes stand side by side, and what is shown of them.
  const at = (scale) => all.filter((plane) => plane.scale === scale);
  const alike = () => at(state.scale).filter((plane) => plane.pair === state.pair);
  function planes() {
    const wanted = alike().filter((plane) => state.runs.includes(plane.run));
    return wanted.length ? wanted : alike().slice(0, FIRST);
  }
  const shown = () => (state.view === "3d" ? planes().slice(0, MOST) : planes());
  const loss = () => LOSSES[state.loss];
  const points = (plane) => plane.points(state.loss, state.of === ALL ? [...study.classes.keys()] : [Number(state.of)]);
  const ends = () =>
    loss().ends(
      planes()
        .flatMap((plane) => points(plane).map(({value}) => loss().plotted(value)))
        .filter(Number.isFinite),
    );
  const look = (plane) => ({points: points(plane), loss: loss(), ends: ends(), angle: state.angle});
  const inSpace = () => state.view === "3d" && !isPrinting();

  // A figure a run, made when it is first shown; one that is put away gives its scene back.
  const figures = new Map();
  function panel(run) {
    if (!figures.has(run)) {
      const plane = () => alike().find((one) => one.run === run);
      const element = figure(`The plane of ${run}`, () =>
        inSpace() ? planeSurface(plane(), look(plane()), camera.now()) : planeMap(plane(), look(plane())),
      );
      const caption = createElement("figcaption");
      element.prepend(caption);
      figures.set(
        run,
        Object.assign(element, {
          describe: () => caption.replaceChildren(createElement("b", {}, run), described(plane())),
        }),
      );
    }
    return figures.get(run);
  }
  const panels = () => shown().map((plane) => panel(plane.run));
  const camera = linkedCamera(() =>
    panels()
      .filter((one) => one.inView && inSpace())
      .map((one) => one.plot),
  );
  const share = (percent) => (percent < 0.05 ? "below 0.1" : percent.toFixed(percent < 10 ? 1 : 0));
  function described(plane) {
    const found = points(plane);
    const gaps = found.filter(({whole, value}) => whole && !Number.isFinite(value)).length;
    const middle = loss().said(found[(found.length - 1) / 2]);
    const area = `${plane.cut_off ? "at least " : ""}${share(plane.flat)}\u00a0% of the plane`;
    const missing = gaps ? `; gaps at ${gaps} of ${found.length} points, where the loss is not finite` : "";
    return `: at w* ${middle}; flat area ${area}${missing}`;
  }

  // The stage turns with arrow keys and with buttons.
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
      if (!inSpace() || !STEPS[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      camera.turn(...STEPS[event.key]);
    },
  });
  camera.hold(stage);
  const button = (shown, label, pressed) =>
    createElement("button", {type: "button", "aria-label": label, title: label, onclick: pressed}, shown);
  const turns = [
    ["\u2190", "Turn left", "ArrowLeft"],
    ["\u2192", "Turn right", "ArrowRight"],
    ["\u2191", "From higher up", "ArrowUp"],
    ["\u2193", "From lower down", "ArrowDown"],
    ["+", "Nearer", "+"],
    ["\u2212", "Further away", "-"],
  ];
  const buttons = createElement(
    "div",
    {class: "controls"},
    ...turns.map(([shown, label, key]) => button(shown, label, () => camera.turn(...STEPS[key]))),
    button("\u21ba", "As at first", camera.reset),
  );
  const legend = createElement("div", {class: "legend"});
  if (!space)
    ground.append(
      createElement("p", {}, "This browser draws nothing in space (it lacks WebGL), so the planes are shown as maps."),
    );
  const title = createElement("h3", {});
  ground.append(title, legend, stage, buttons);

  // The cut, and the flat lengths at all angles: as norms of the weight change, or in theta where that says more.
  const normed = () => data.normed.includes(state.scale);
  const unit = (plane, angle) => (normed() ? plane.step(angle) : 1);
  const unitName = () => (normed() ? "norm of the weight change" : "theta");
  const line = (plane, width, dash = "solid") => ({
    mode: "lines",
    name: plane.run,
    line: {color: runHue(plane.run), width, dash},
  });
  const under = figure("The loss along the cut, by the distance from w*", () => ({
    data: planes().flatMap((plane) => {
      const values = points(plane).map(({value}) => value);
      const along = plane.cut(state.angle, data.cut_points);
      const x = along.map(({distance}) => distance * unit(plane, state.angle));
      const level = values[(values.length - 1) / 2] + data.epsilon;
      const flat = {...line(plane, 1, "dash"), x: [x[0], x.at(-1)], y: [level, level], hoverinfo: "skip"};
      return [
        {
          ...line(plane, 2),
          x,
          y: along.map(({theta}) => plane.at(values, theta)),
          hovertemplate: "%{x:.3g}: %{y:.3g}<extra>%{fullData.name}</extra>",
        },
        ...(loss().logarithmic ? [] : [flat]),
      ];
    }),
    layout: {
      xaxis: {title: {text: `from w*, ${unitName()}`}},
      yaxis: {title: {text: loss().axis}, type: loss().logarithmic ? "log" : "linear", range: withHeadroom(ends())},
    },
  }));
  const around = figure("How long a cut stays flat, by its angle", () => {
    const angles = Array.from({length: 181}, (_, angle) => angle);
    const polar = {type: "scatterpolar", theta: angles};
    const lengths = planes().map((plane) => ({
      plane,
      r: angles.map((angle) => readArray(plane.lengths)[angle % 180] * unit(plane, angle)),
    }));
    const most = 1.1 * Math.max(...lengths.flatMap(({r}) => r));
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
          r: [0, most],
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
            range: [0, most],
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
  below.before(key);
  below.append(under, around);

  // Where only the cut has moved, the planes stay as they are.
  const cut = oncePerFrame(() => {
    for (const plane of shown().filter((one) => panel(one.run).inView)) {
      const places = inSpace()
        ? onSurface(plane, look(plane), cutPlaces(plane, state.angle))
        : onMap(cutPlaces(plane, state.angle));
      Plotly.restyle(
        panel(plane.run).plot,
        Object.fromEntries(Object.entries(places).map(([axis, values]) => [axis, [values]])),
        [CUT_TRACE],
      );
    }
    under.redraw();
    around.redraw();
  });
  const angle = slider(
    "Angle of the cut",
    179,
    state.angle,
    (value) => `${value}\u00b0`,
    (value) => {
      state.angle = value;
      cut();
    },
  );

  function change(name, value) {
    state[name] = value;
    if (!alike().length) state.pair = at(state.scale)[0].pair;
    show();
  }
  function show() {
    const names = new Map(at(state.scale).map((plane) => [plane.pair, plane.name]));
    const more = state.view === "3d" && planes().length > MOST;
    arrange(bar, [
      select("Scale", Object.entries(data.scales), state.scale, (value) => change("scale", value)),
      select("Pair", [...names], state.pair, (value) => change("pair", value)),
      select("Whose loss", [[ALL, "all classes"], ...study.classes.map((label, k) => [k, label])], state.of, (value) =>
        change("of", value),
      ),
      select(
        "Measured as",
        Object.entries(LOSSES).map(([kind, one]) => [kind, one.title.toLowerCase()]),
        state.loss,
        (value) => change("loss", value),
      ),
      ...(space
        ? [
            choice(
              "View",
              [
                ["3d", "3-D"],
                ["map", "map"],
              ],
              state.view,
              (value) => change("view", value),
            ),
          ]
        : []),
      several(
        more ? `Runs (3-D shows the first ${MOST})` : "Runs",
        alike().map((plane) => plane.run),
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
      loss().end(ends()[0]),
      createElement("i", {style: `background: linear-gradient(to right, ${stops(TERRAIN).join(", ")})`}),
      `${loss().end(ends()[1])}${loss().logarithmic ? ", logarithmic" : " mistakes"}`,
    );
    key.replaceChildren(...planes().map((plane) => runMark(plane.run)));
    under.redraw();
    around.redraw();
  }
  darkScheme.addEventListener("change", show);
  show();
}

// Whether the browser draws in space; what was asked for the answer is given back.
function drawsSpace() {
  const gl = document.createElement("canvas").getContext("webgl");
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return Boolean(gl);
}
