// Controls with their labels: native elements, so that keyboards and screen readers know them. `options` are
// [value, shown] pairs or plain values; `changed` is called with the new value.

let controls = 0;
const pairs = (options) => options.map((option) => Array.isArray(option) ? option : [option, option]);

function select(label, options, value, changed) {
  const choices = pairs(options).map(([key, shown]) => h("option", {value: key, selected: String(key) === String(value)}, shown));
  const element = h("select", {id: `control-${controls++}`, onchange: () => changed(element.value)}, ...choices);
  return h("div", {class: "control"}, h("label", {for: element.id}, label), element);
}

// One of a few, all in view.
function choice(label, options, value, changed) {
  return group(label, options, (key) => String(key) === String(value), "radio", (input) => changed(input.value));
}

// Some of a few, all in view; `changed` is called with the list of those chosen, never empty.
function several(label, options, values, changed) {
  const fieldset = group(label, options, (key) => values.includes(key), "checkbox", (input) => {
    const found = [...fieldset.querySelectorAll("input:checked")].map((one) => one.value);
    if (found.length) changed(found);
    else input.checked = true;
  });
  return fieldset;
}

function group(label, options, chosen, type, changed) {
  const name = `control-${controls++}`;
  const items = pairs(options).map(([key, shown]) => {
    const input = h("input", {type, name, value: key, checked: chosen(key), onchange: () => changed(input)});
    return h("label", {class: "choice"}, input, shown);
  });
  return h("fieldset", {class: "control"}, h("legend", {}, label), h("div", {class: "choices"}, ...items));
}

// A slider over the places 0 to last, with a button that runs through them; `shown` says a place in words.
function slider(label, last, value, shown, changed, step = 1) {
  const output = h("output", {});
  const input = h("input", {type: "range", id: `control-${controls++}`, min: 0, max: last, step, value, oninput: () => set(Number(input.value))});
  const button = h("button", {type: "button", onclick: () => play(), "aria-label": `Play: ${label}`}, "\u25b6");
  let timer = null;
  function set(place) {
    input.value = place;
    input.setAttribute("aria-valuetext", shown(place));
    output.textContent = shown(place);
    changed(place);
  }
  function play() {
    if (timer !== null || Number(input.value) >= last) { stop(); if (Number(input.value) < last) return; input.value = 0; }
    button.textContent = "\u23f8";
    timer = setInterval(() => {
      if (Number(input.value) >= last) stop();
      else set(Math.min(last, Number(input.value) + Math.max(step, Math.round(last / 200))));
    }, 80);
  }
  function stop() {
    clearInterval(timer);
    timer = null;
    button.textContent = "\u25b6";
  }
  input.setAttribute("aria-valuetext", shown(value));
  output.textContent = shown(value);
  const element = h("div", {class: "control slider"}, h("label", {for: input.id}, label), h("div", {class: "track"}, button, input, output));
  return Object.assign(element, {set, stop});
}

// Put controls into a bar, in place of those that were there; what had the focus has it again.
function arrange(bar, made) {
  const inner = () => [...bar.querySelectorAll("select, input, button")];
  const place = inner().indexOf(document.activeElement);
  bar.replaceChildren(...made);
  inner()[place]?.focus();
}
