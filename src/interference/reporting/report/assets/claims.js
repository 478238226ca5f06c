// Shows the claims of one verdict, or all claims; a choice opens the topics that have such claims.

import {radioGroup} from "./controls.js";

export function showClaims(section) {
  const rows = [...section.querySelectorAll("[data-verdict]")];
  function show(verdict) {
    for (const row of rows) row.hidden = verdict !== "all" && row.dataset.verdict !== verdict;
    for (const topic of section.querySelectorAll(".topic")) {
      const shown = [...topic.querySelectorAll("[data-verdict]")].filter((row) => !row.hidden);
      topic.hidden = !shown.length;
      topic.open = verdict !== "all";
      const table = topic.querySelector("table");
      if (table) table.hidden = !shown.some((row) => table.contains(row));
      for (const row of shown) if (row.tagName === "DETAILS") row.open = verdict !== "all";
    }
  }
  const verdicts = new Set(rows.map((row) => row.dataset.verdict));
  const options = [
    ["all", "all"],
    ["holds", "holds"],
    ["fails", "fails"],
    ["open", "open"],
    ["partly", "partly"],
    ["not-measured", "not measured"],
  ];
  section.querySelector(".controls").append(
    radioGroup(
      "Show",
      options.filter(([key]) => key === "all" || verdicts.has(key)),
      "all",
      show,
    ),
  );
}
