// One camera for several 3-D scenes, which turn together. `plots` gives the Plotly elements whose scenes are drawn.

import {oncePerFrame} from "./base.js";

export function linkedCamera(plots) {
  const HOME = {azimuth: -58, height: 37, far: 2.45}; // degrees, and the eye's distance
  let place = HOME;
  const follow = oncePerFrame(() => {
    for (const plot of plots()) Plotly.relayout(plot, {"scene.camera": current()});
  });
  function moveTo(next) {
    place = next;
    follow();
  }

  // The camera in Plotly's form.
  function current() {
    const [azimuth, height] = [place.azimuth, place.height].map((angle) => (angle * Math.PI) / 180);
    const flat = place.far * Math.cos(height);
    return {
      eye: {x: flat * Math.cos(azimuth), y: flat * Math.sin(azimuth), z: place.far * Math.sin(height)},
      center: {x: 0, y: 0, z: -0.1},
      up: {x: 0, y: 0, z: 1},
    };
  }

  // Turns by degrees around the vertical and towards it, and divides the distance by `nearer`.
  function turn(around, up, nearer = 1) {
    moveTo({
      azimuth: place.azimuth + around,
      height: Math.min(Math.max(place.height + up, -85), 85),
      far: Math.min(Math.max(place.far / nearer, 0.8), 6),
    });
  }

  // Lets a pointer turn the scenes in an element. A finger that moves up or down scrolls the page instead,
  // and so does the mouse wheel.
  function followPointer(element) {
    const SPEED = 0.5; // degrees a pixel
    let last = null;
    const release = () => {
      last = null;
    };
    element.addEventListener("pointerdown", (event) => {
      if (event.button || event.target.tagName !== "CANVAS") return;
      last = [event.clientX, event.clientY];
      element.setPointerCapture(event.pointerId);
    });
    element.addEventListener("pointermove", (event) => {
      if (!last) return;
      turn(SPEED * (last[0] - event.clientX), SPEED * (event.clientY - last[1]));
      last = [event.clientX, event.clientY];
    });
    for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, release);
    // Ctrl and the wheel (a pinch on a touchpad) zoom.
    element.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey || event.target.tagName !== "CANVAS") return;
        event.preventDefault();
        turn(0, 0, Math.exp(-0.002 * event.deltaY));
      },
      {capture: true, passive: false},
    );
    // Without this Plotly would keep a finger or the mouse wheel from scrolling the page.
    for (const move of ["touchmove", "wheel"])
      element.addEventListener(move, (event) => event.stopPropagation(), {capture: true, passive: true});
  }
  return {current, turn, followPointer, reset: () => moveTo(HOME)};
}
