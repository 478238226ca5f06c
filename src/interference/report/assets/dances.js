// The dance of a pair of classes by epoch, its moments, what both classes are taken for; and how all pairs dance, to choose from.
views.dances = (section, data) => {
  const size = given.classes.length;
  const runs = Object.keys(data.runs);
  const state = {run: runs[0], split: "", pair: null};
  const [RED, BLUE, SHOWN, LINEAR] = [1, 0, 45, 0.1];  // hues of arrows, pairs in the ranking, percent below which rates stand linearly
  const bar = section.querySelector(".controls");
  const recorded = () => given.views.cctm.runs[state.run][state.split];
  const played = () => data.runs[state.run].splits[state.split];
  const name = (label) => given.classes[label];
  const same = ([a, b], [c, d]) => (a === c && b === d) || (a === d && b === c);

  // CCTM[row, label] by epoch, in percent.
  function rates(row, label) {
    return recorded().epochs.map((_, place) => {
      const taken = array(recorded().counts, place, row);
      return 100 * taken[label] / taken.reduce((sum, value) => sum + value, 0);
    });
  }
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length || 0;

  // The moments of the pair: position among the epochs, who loses images, to whom.
  function moments() {
    return rows(array(played().moments), 4).filter(([, own, partner]) => same([own, partner], state.pair))
      .map(([at, own, partner, taker]) => ({at, own, partner, taker, red: taker === partner}));
  }
  // The pairs, the most opposed first, with the correlation of their changes and its interval.
  function ranked() {
    const r = rows(array(played().r), 3);
    return rows(array(played().pairs), 5).map(([a, b, opposed, red, blue], k) => ({pair: [a, b], opposed, red, blue, r: r[k][0], low: r[k][1], high: r[k][2]}));
  }

  // Colours of the pair, black and cyan as in Figure 6, and of the three classes that either is most often taken for.
  function hues() {
    const often = given.classes.map((_, label) => mean(rates(state.pair[0], label)) + mean(rates(state.pair[1], label)));
    const others = [...given.classes.keys()].filter((label) => !state.pair.includes(label)).sort((a, b) => often[b] - often[a]);
    const colours = [colour("ink"), hue(5), hue(2), hue(3), hue(4)];
    return new Map([...state.pair, ...others].slice(0, 5).map((label, place) => [label, colours[place]]));
  }
  const line = (label, shade, y, axis, percents, words) => ({
    x: recorded().epochs, y, yaxis: axis, name: name(label), legendgroup: name(label), showlegend: axis === "y",
    mode: y.length > 30 ? "lines" : "lines+markers", line: {color: shade, width: 1.5}, marker: {size: 5, color: shade}, customdata: percents,
    hovertemplate: `${words}: %{customdata:.2f} %<extra></extra>`,
  });
  const recallHeight = (recall) => -Math.asinh(100 - recall);

  function recalls(shades) {
    return state.pair.map((label) => {
      const percents = rates(label, label);
      return line(label, shades.get(label), percents.map(recallHeight), "y", percents, `${name(label)} recognised`);
    });
  }
  function taken(row, axis, shades) {
    const lines = [...shades].filter(([label]) => label !== row).map(([label, shade]) => {
      const percents = rates(row, label);
      const one = line(label, shade, percents.map((rate) => lifted(rate, LINEAR)), axis, percents, `${name(row)} taken for ${name(label)}`);
      return {...one, showlegend: axis === "y3" && !state.pair.includes(label)};
    });
    return [...rest(row, axis, shades), ...lines];
  }
  // The band between the least and the greatest of all other classes.
  function rest(row, axis, shades) {
    const others = [...given.classes.keys()].filter((label) => !shades.has(label)).map((label) => rates(row, label));
    if (!others.length) return [];
    const edge = (pick) => recorded().epochs.map((_, place) => lifted(pick(...others.map((values) => values[place])), LINEAR));
    const band = {x: recorded().epochs, yaxis: axis, mode: "lines", line: {width: 0}, hoverinfo: "skip", legendgroup: "other", name: "any other", legendrank: 1001};
    return [{...band, y: edge(Math.min), showlegend: false},
      {...band, y: edge(Math.max), fill: "tonexty", fillcolor: `${colour("edge")}44`, showlegend: axis === "y3"}];
  }

  // Marks, a line of them for each kind and class that loses images, and the words above the line.
  function marks() {
    const [found, [a, b]] = [moments(), state.pair];
    const [first, second] = [rates(a, a), rates(b, b)];
    const opposed = recorded().epochs.flatMap((_, at) => at && (first[at] - first[at - 1]) * (second[at] - second[at - 1]) < 0 ? [{at}] : []);
    const lines = [{found: opposed, words: "one rises, one falls", shade: colour("ink"), symbol: "line-ns-open", say: () => "one recall rises, the other falls"}];
    for (const [own, partner] of [[a, b], [b, a]]) {
      lines.push({found: found.filter((one) => one.own === own && one.red), words: `${name(partner)} takes ${name(own)}`, shade: hue(RED), say: sayRed});
    }
    for (const own of [a, b]) {
      lines.push({found: found.filter((one) => one.own === own && !one.red), words: `both fall, ${name(own)} to a third`, shade: hue(BLUE), say: sayBlue});
    }
    return lines;
  }
  const at = (values, place) => values[place].toFixed(2);
  const sayRed = ({at: place, own, partner}) => `${name(own)} loses images to ${name(partner)}: its recall is at a low (${at(rates(own, own), place)} %),<br>`
    + `${name(partner)}'s at a high, and ${at(rates(own, partner), place)} % of ${name(own)} go there`;
  const sayBlue = ({at: place, own, partner, taker}) => `${name(own)} and ${name(partner)} are both at a low, and ${name(own)} (${at(rates(own, own), place)} %)<br>`
    + `loses images to ${name(taker)} (${at(rates(own, taker), place)} %)`;
  // Each line has a point at every epoch, of no size and without words where nothing is marked: so what is said on pointing
  // at an epoch is of that epoch, and not of the next mark.
  function markTraces() {
    return marks().map(({found, shade, symbol = "triangle-up", say}, row) => {
      const marked = new Map(found.map((one) => [one.at, one]));
      const at = recorded().epochs.map((_, place) => marked.get(place));
      const arrow = symbol === "triangle-up";
      return {
        x: recorded().epochs, y: at.map(() => -row), yaxis: "y2", mode: "markers", showlegend: false,
        marker: {symbol, size: at.map((one) => one ? (arrow ? 9 : 5) : 0), opacity: 1, color: shade, line: {width: arrow ? 0 : 1, color: shade}},
        hoverinfo: at.map((one) => one ? "x+text" : "none"), text: at.map((one) => one ? say(one) : ""),
      };
    });
  }

  const PANELS = {y: [0.76, 1], y2: [0.49, 0.73], y3: [0.26, 0.45], y4: [0, 0.19]};
  const RECALLS = [0, 50, 80, 90, 95, 98, 99, 100];
  const dance = figure("Recalls of the chosen pair of classes by epoch, the moments of their dance, and what each of them is taken for, in percent", () => {
    const shades = hues();
    const [a, b] = state.pair;
    const data = [...recalls(shades), ...markTraces(), ...taken(a, "y3", shades), ...taken(b, "y4", shades)];
    const title = (axis, words) => ({text: `<b>${words}</b>`, xref: "paper", yref: "paper", x: 0, xanchor: "left", y: PANELS[axis][1], yanchor: "bottom", showarrow: false});
    const least = Math.min(...recalls(shades).flatMap((one) => one.customdata.filter(Number.isFinite)));
    const low = RECALLS.findLast((tick) => tick <= least) ?? 0;
    const ticks = RECALLS.filter((tick) => tick >= low);
    const flat = {fixedrange: true, zeroline: false};
    const taker = {...flat, range: [0, lifted(100, LINEAR)], ...liftedTicks(LINEAR, 100)};
    return {data, layout: {
      hovermode: "x unified", showlegend: true, legend: {orientation: "h", y: 1.04, yanchor: "bottom"}, margin: {l: 40, r: 10, t: 60, b: 45},
      xaxis: {title: {text: "epoch"}, anchor: "y4", showspikes: true, spikemode: "across", spikethickness: 1, spikedash: "dot", spikecolor: colour("soft"), zeroline: false,
        range: [recorded().epochs[0] - 0.5, recorded().epochs.at(-1) + 0.5]},
      yaxis: {...flat, domain: PANELS.y, tickvals: ticks.map(recallHeight), ticktext: ticks.map(String), range: [recallHeight(low), recallHeight(100) + 0.1]},
      yaxis2: {...flat, domain: PANELS.y2, range: [-4.3, 0.7], tickvals: [0, -1, -2, -3, -4], showticklabels: false},
      yaxis3: {...taker, domain: PANELS.y3}, yaxis4: {...taker, domain: PANELS.y4},
      annotations: [title("y", "recall, %"), title("y3", `${name(a)} taken for \u2026, %`), title("y4", `${name(b)} taken for \u2026, %`),
        ...marks().map(({found, words, shade}, place) => ({text: `${words}: ${found.length}`, xref: "paper", x: 0, xanchor: "left", y: -place, yref: "y2", yanchor: "bottom", yshift: 3,
          showarrow: false, font: {size: 11, color: shade}}))],
    }};
  });
  dance.plot.style.height = "48rem";

  // All pairs, or the most opposed of many, and the chosen one.
  function shownPairs() {
    const all = ranked();
    const mine = all.find(({pair}) => same(pair, state.pair));
    const first = all.slice(0, SHOWN);
    return first.includes(mine) ? first : [...first.slice(0, SHOWN - 1), mine];
  }
  const number = (r) => Number.isFinite(r) ? r.toFixed(2).replace("-", "\u2212") : "none";
  const interval = ({r, low, high}) => low === -1 && high === 1 ? `r = ${number(r)}; too few epochs to say` : `r = ${number(r)} (95 %: ${number(low)} to ${number(high)})`;
  const all = figure("The correlation of the recalls' changes of every pair of classes, with its 95 % interval", () => {
    const found = shownPairs();
    const shades = found.map(({low, high}) => high < 0 || low > 0 ? colour("ink") : colour("edge"));
    const y = [...found.keys()];
    const chosen = found.findIndex(({pair}) => same(pair, state.pair));
    const bars = [...new Set(shades)].map((shade) => {
      const kept = y.filter((k) => shades[k] === shade);
      return {x: kept.flatMap((k) => [found[k].low, found[k].high, null]), y: kept.flatMap((k) => [k, k, null]), mode: "lines", line: {color: shade, width: 1.2}, hoverinfo: "skip"};
    });
    const dots = {x: found.map(({r}) => r), y, mode: "markers", marker: {size: 7, color: shades}, hovertemplate: "%{text}<extra></extra>",
      text: found.map((one) => `${pairName(...one.pair)}: ${interval(one)}<br>${one.red} red moments, ${one.blue} blue; opposed in ${one.opposed} epochs`)};
    const column = (x, key, shade) => ({x: y.map(() => x), y, xaxis: "x2", mode: "text", text: found.map((one) => String(one[key] || "")), textfont: {size: 11, color: shade}, hoverinfo: "skip"});
    all.plot.style.height = `${found.length * 15 + 75}px`;
    return {
      data: [...bars, dots, column(0, "red", hue(RED)), column(1, "blue", hue(BLUE))],
      layout: {
        hovermode: "y", margin: {l: 90, r: 5, t: 25, b: 40}, xaxis: {domain: [0, 0.82], range: [-1.04, 1.04], tickvals: [-1, -0.5, 0, 0.5, 1], title: {text: "r"}, zeroline: true, fixedrange: true},
        xaxis2: {domain: [0.85, 1], range: [-0.6, 1.6], showgrid: false, zeroline: false, fixedrange: true, side: "top", tickvals: [0, 1], ticktext: [RED, BLUE].map((place) => `<span style="color: ${hue(place)}">\u25b2</span>`), anchor: "y"},
        yaxis: {tickvals: y, ticktext: found.map(({pair}) => pairName(...pair)), range: [found.length - 0.4, -0.6], fixedrange: true, zeroline: false, showgrid: false, tickfont: {size: 11}},
        shapes: [{type: "rect", xref: "paper", x0: 0, x1: 1, y0: chosen - 0.5, y1: chosen + 0.5, fillcolor: colour("line"), line: {width: 0}, layer: "below"}],
      },
      on: {plotly_click: ({points: [{y: place}]}) => change("pair", shownPairs()[place].pair)},
    };
  });

  // What the pair's dance comes to, in words.
  const said = h("p", {class: "said", role: "status"});
  function say() {
    const mine = ranked().find(({pair}) => same(pair, state.pair));
    const lines = marks().slice(1).map(({found, words}) => `${words}: ${found.length}`);
    said.replaceChildren(h("b", {}, `${pairName(...state.pair)}, ${state.run}, ${SPLITS[state.split] ?? state.split}`), h("br"),
      `${interval(mine)}. In ${mine.opposed} of ${recorded().epochs.length - 1} steps one recall rises while the other falls. Moments: ${lines.join("; ")}.`);
  }

  function change(key, value) {
    if (key) state[key] = value;
    const {splits, pair} = data.runs[state.run];
    if (!splits[state.split]) state.split = Object.keys(splits)[0];
    state.pair ??= pair;
    arrange(key);
    say();
    dance.redraw();
    all.redraw();
  }
  function arrange(focus) {
    const [a, b] = state.pair;
    const named = (but) => given.classes.map((shown, label) => [label, shown]).filter(([label]) => label !== but);
    const made = {
      run: select("Run", runs, state.run, (value) => change("run", value)),
      split: select("Recorded on", Object.keys(data.runs[state.run].splits).map((split) => [split, SPLITS[split] ?? split]), state.split, (value) => change("split", value)),
      one: select("Class", named(b), a, (value) => change("pair", [Number(value), b])),
      other: select("and", named(a), b, (value) => change("pair", [a, Number(value)])),
    };
    bar.replaceChildren(...Object.values(made));
    made[focus]?.querySelector("select").focus();
  }
  section.querySelector(".pair").append(said, dance);
  section.querySelector(".all").append(all);
  change();
};
