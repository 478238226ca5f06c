// Shows the claims of one verdict, or all claims.

import {radioGroup} from "./controls.js";

export function showClaims(section) {
  const rows = [...section.querySelectorAll("tr[data-verdict]")];
  const show = (verdict) =>
    rows.forEach((row) => {
      row.hidden = verdict !== "all" && row.dataset.verdict !== verdict;
    });
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
