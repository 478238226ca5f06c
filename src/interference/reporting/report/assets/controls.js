// Labelled controls made of native elements, which keyboards and screen readers support. `options` are
// [value, text] pairs or plain values; `onChange` is called with the new value.

import {createElement} from "./base.js";

let controlCount = 0;
const optionPairs = (options) => options.map((option) => (Array.isArray(option) ? option : [option, option]));

export function select(label, options, value, onChange) {
  const choices = optionPairs(options).map(([key, text]) =>
    createElement("option", {value: key, selected: String(key) === String(value)}, text),
  );
  const element = createElement(
    "select",
    {id: `control-${controlCount++}`, onchange: () => onChange(element.value)},
    ...choices,
  );
  return createElement("div", {class: "control"}, createElement("label", {for: element.id}, label), element);
}

// A choice of one option, with all options in view.
export function radioGroup(label, options, value, onChange) {
  return choiceGroup(
    label,
    options,
    (key) => String(key) === String(value),
    "radio",
    (input) => onChange(input.value),
  );
}

// A choice of one option or more, with all options in view; `onChange` is called with the list of chosen values.
export function checkboxGroup(label, options, values, onChange) {
  const fieldset = choiceGroup(
    label,
    options,
    (key) => values.includes(key),
    "checkbox",
    (input) => {
      const chosen = [...fieldset.querySelectorAll("input:checked")].map((checkbox) => checkbox.value);
      if (chosen.length) onChange(chosen);
      else input.checked = true;
    },
  );
  return fieldset;
}

function choiceGroup(label, options, isChosen, type, onChange) {
  const name = `control-${controlCount++}`;
  const items = optionPairs(options).map(([key, text]) => {
    const input = createElement("input", {
      type,
      name,
      value: key,
      checked: isChosen(key),
      onchange: () => onChange(input),
    });
    return createElement("label", {class: "choice"}, input, text);
  });
  return createElement(
    "fieldset",
    {class: "control"},
    createElement("legend", {}, label),
    createElement("div", {class: "choices"}, ...items),
  );
}

// A slider over the places 0 to `last`, with a button that plays them; `formatPlace` gives the text of a place.
export function slider(label, last, value, formatPlace, onChange) {
  const output = createElement("output", {});
  const input = createElement("input", {
    type: "range",
    id: `control-${controlCount++}`,
    min: 0,
    max: last,
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
    input.setAttribute("aria-valuetext", formatPlace(place));
    output.textContent = formatPlace(place);
    onChange(place);
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
      else set(Math.min(last, Number(input.value) + Math.max(1, Math.round(last / 200))));
    }, 80);
  }
  function stop() {
    clearInterval(timer);
    timer = null;
    button.textContent = "\u25b6";
  }
  input.setAttribute("aria-valuetext", formatPlace(value));
  output.textContent = formatPlace(value);
  const element = createElement(
    "div",
    {class: "control slider"},
    createElement("label", {for: input.id}, label),
    createElement("div", {class: "track"}, button, input, output),
  );
  return Object.assign(element, {set, stop});
}

// Replaces the controls of a bar; the control at the place of the focused one is focused.
export function arrange(bar, controls) {
  const inner = () => [...bar.querySelectorAll("select, input, button")];
  const place = inner().indexOf(document.activeElement);
  bar.replaceChildren(...controls);
  inner()[place]?.focus();
}
