// The state of the page in its address, so that a link shows the same run, epoch, cell and plane:
// `#cctm?cctm.run=small&cctm.cell=3-5`. The part before the question mark is a section as in any link.

const parts = () => location.hash.slice(1).split("?");
const values = new URLSearchParams(parts()[1] ?? "");

// The values of a view in the address that the page was opened with.
export function readAddress(view) {
  const own = [...values].filter(([key]) => key.startsWith(`${view}.`));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(view.length + 1), value]));
}

// Puts the values of a view into the address.
export function writeAddress(view, state) {
  for (const [key, value] of Object.entries(state)) values.set(`${view}.${key}`, value);
  history.replaceState(null, "", `#${parts()[0] || view}?${values}`);
}

// Scrolls to the section of an address with values, which a browser does not find by itself.
export function followAddress() {
  if (values.size) document.getElementById(parts()[0])?.scrollIntoView();
}
