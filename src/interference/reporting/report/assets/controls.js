// Controls with their labels: native elements, so that keyboards and screen readers know them. `options` are
// [value, shown] pairs or plain values; `changed` is called with the new value.

import {createElement} from "./base.js";

let controlCount = 0;
const optionPairs = (options) => options.map((option) => (Array.isArray(option) ? option : [option, option]));

export function select(label, options, value, changed) {
  const choices = optionPairs(options).map(([key, shown]) =>
    createElement("option", {value: key, selected: String(key) === String(value)}, shown),
  );
  const element = createElement(
    "select",
    {id: `control-${controlCount++}`, onchange: () => changed(element.value)},
    ...choices,
  );
  return createElement("div", {class: "control"}, createElement("label", {for: element.id}, label), element);
}

// One of a few, all in view.
export function choice(label, options, value, changed) {
  return choiceGroup(
    label,
    options,
    (key) => String(key) === String(value),
    "radio",
    (input) => changed(input.value),
  );
}

// Some of a few, all in view; `changed` is called with the list of those chosen, never empty.
export function several(label, options, values, changed) {
  const fieldset = choiceGroup(
    label,
    options,
    (key) => values.includes(key),
    "checkbox",
    (input) => {
      const found = [...fieldset.querySelectorAll("input:checked")].map((one) => one.value);
      if (found.length) changed(found);
      else input.checked = true;
    },
  );
  return fieldset;
}

function choiceGroup(label, options, chosen, type, changed) {
  const name = `control-${controlCount++}`;
  const items = optionPairs(options).map(([key, shown]) => {
    const input = createElement("input", {
      type,
      name,
      value: key,
      checked: chosen(key),
      onchange: () => changed(input),
    });
    return createElement("label", {class: "choice"}, input, shown);
  });
  return createElement(
    "fieldset",
    {class: "control"},
    createElement("legend", {}, label),
    createElement("div", {class: "choices"}, ...items),
  );
}

// A slider over the places 0 to last, with a button that runs through them; `shown` says a place in words.
export function slider(label, last, value, shown, changed, step = 1) {
  const output = createElement("output", {});
  const input = createElement("input", {
    type: "range",
    id: `control-${controlCount++}`,
    min: 0,
    max: last,
    step,
    value,
    oninput: () => set(Number(input.value)),
  });
  const button = createElement(
    "button",
    {type: "button", onclick: () => play(), "aria-label": `Play: ${label}`},
    "\u25b6",
  );
  let timer = null;
  function set(place) {
    input.value = place;
    input.setAttribute("aria-valuetext", shown(place));
    output.textContent = shown(place);
    changed(place);
  }
  function play() {
    if (timer !== null || Number(input.value) >= last) {
      stop();
      if (Number(input.value) < last) return;
      input.value = 0;
    }
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
  const element = createElement(
    "div",
    {class: "control slider"},
    createElement("label", {for: input.id}, label),
    createElement("div", {class: "track"}, button, input, output),
  );
  return Object.assign(element, {set, stop});
}

// Put controls into a bar, in place of those that were there; what had the focus has it again.
export function arrange(bar, made) {
  const inner = () => [...bar.querySelectorAll("select, input, button")];
  const place = inner().indexOf(document.activeElement);
  bar.replaceChildren(...made);
  inner()[place]?.focus();
}
