// The cosines of class gradients, and whether they tell which classes interfere.
views.gradients = (section, {runs}) => {
  const [NAMED, LINEAR] = [3, 1];  // pairs named in the scatter, percent up to which its axis is linear
  const names = Object.keys(runs);
  const size = given.classes.length;
  const state = {run: names[0]};
  const cosines = (run) => array(runs[run].cosines);
  const top = Math.max(...names.flatMap((run) => [...cosines(run)].filter(Number.isFinite).map(Math.abs)), 0.01);

  const map = figure("The cosine of every two classes' gradients", () => {
    const labels = [...given.classes.keys()];
    const named = labels.filter((label) => label % Math.ceil(size / 25) === 0);
    const axis = {tickvals: named, ticktext: named.map((label) => given.classes[label]), showgrid: false, zeroline: false};
    const scale = plotlyScale(DIFFERENCES).map(([at], place, all) => [at, all[all.length - 1 - place][1]]);
    return {
      data: [{type: "heatmap", x: labels, y: labels, z: rows(cosines(state.run), size), zmin: -top, zmax: top, colorscale: scale,
        hoverongaps: false, xgap: 1, ygap: 1,
        colorbar: {thickness: 12, outlinewidth: 0}, texttemplate: map.plot.clientWidth > 45 * size ? "%{z:.2f}" : "", textfont: {size: 10},
        text: labels.map((a) => labels.map((b) => pairName(a, b))), hovertemplate: "%{text}: %{z:.3f}<extra></extra>"}],
      layout: {
        margin: {l: 60, r: 10, t: 10, b: 60}, xaxis: axis, yaxis: {...axis, autorange: "reversed"},
      },
    };
  });
  const scatter = figure("The cosine of each pair's gradients against how often its classes are taken for each other", () => {
    const [cosine, mixed] = [cosines(state.run), array(runs[state.run].mixed)];
    const found = given.classes.flatMap((_, a) => given.classes.slice(a + 1).map((_, more) => [a, a + 1 + more])).map(([a, b]) =>
      ({words: pairName(a, b), cosine: cosine[a * size + b], rate: 100 * mixed[a * size + b]}))
      .filter(({rate}) => Number.isFinite(rate)).sort((one, other) => other.rate - one.rate);
    const most = found[0]?.rate ?? 0;
    return {
      data: [{x: found.map((one) => one.cosine), y: found.map((one) => lifted(one.rate, LINEAR)), mode: "markers+text", cliponaxis: false,
        marker: {color: runHue(state.run), size: 8, opacity: 0.8}, text: found.map(({words}, place) => place < NAMED ? words : ""),
        textposition: found.map((_, place) => place % 2 ? "middle right" : "top center"), textfont: {size: 11},
        customdata: found.map(({words, rate}) => [words, rate]),
        hovertemplate: "%{customdata[0]}: cosine %{x:.3f}, %{customdata[1]:.2f} %<extra></extra>"}],
      layout: {
        xaxis: {title: {text: "cosine"}, range: [-1.15 * top, 1.15 * top]},
        yaxis: {title: {text: "test CCTM, mean of both ways, %"}, ...liftedTicks(LINEAR, most), zeroline: false,
          range: [-0.05, lifted(Math.max(1.8 * most, LINEAR), LINEAR)]},
      },
    };
  });
  map.plot.style.height = scatter.plot.style.height = "26rem";

  const correlation = ({rho, p, low, high}) =>
    `rho = ${signed(rho)} (${low === null ? "" : `95 %: ${signed(low)} to ${signed(high)}, `}p = ${p.toFixed(3)})`;
  const said = section.querySelector(".said");
  function change(run) {
    state.run = run;
    const {told} = runs[run];
    scatter.hidden = !told;
    said.textContent = `${run}: ${told && told.rho !== null ? correlation(told) : "no rank correlation"}`;
    map.redraw();
    if (told) scatter.redraw();
  }
  section.querySelector(".controls").append(select("Run", names, state.run, change));
  section.querySelector(".grid").append(map, scatter);
  change(state.run);
};
