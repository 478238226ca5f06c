// The claims of one verdict, or all.

import {choice} from "./controls.js";

export function showClaims(section) {
  const all = [...section.querySelectorAll("tr[data-verdict]")];
  const show = (verdict) =>
    all.forEach((row) => {
      row.hidden = verdict !== "all" && row.dataset.verdict !== verdict;
    });
  const found = new Set(all.map((row) => row.dataset.verdict));
  const options = [
    ["all", "all"],
    ["holds", "holds"],
    ["fails", "fails"],
    ["not-measured", "not measured"],
  ];
  section.querySelector(".controls").append(
    choice(
      "Show",
      options.filter(([key]) => key === "all" || found.has(key)),
      "all",
      show,
    ),
  );
}
