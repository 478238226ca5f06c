// Starts the script of every section that has one.

import {followAddress} from "./address.js";
import {study} from "./base.js";
import {showCctm} from "./cctm.js";
import {showClaims} from "./claims.js";
import {showCurves} from "./curves.js";
import {showDances} from "./dances.js";
import {showEgos} from "./egos.js";
import {showFlat} from "./flat.js";
import {showGradients} from "./gradients.js";
import {showGroups} from "./groups.js";
import {showHead} from "./head.js";
import {showNotes} from "./notes.js";
import {showPairs} from "./pairs.js";
import {showPlanes} from "./planes.js";
import {showScrollCues} from "./scrolling.js";

const views = {};
views.head = showHead;
views.cctm = showCctm;
views.pairs = showPairs;
views.groups = showGroups;
views.curves = showCurves;
views.dances = showDances;
views.notes = showNotes;
views.planes = showPlanes;
views.egos = showEgos;
views.flat = showFlat;
views.gradients = showGradients;
views.claims = showClaims;

for (const section of document.querySelectorAll("section[data-view]")) {
  views[section.dataset.view](section, study.views[section.dataset.view]);
}
showScrollCues();
followAddress();
document.documentElement.dataset.ready = "true";
