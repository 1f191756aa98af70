// Pictures of a prediction: the packed image with a CAM, the outline of the mask and the LAE box over it.

import { asImageData } from "./decoding.js";

const SVG = "http://www.w3.org/2000/svg";
// matplotlib's inferno at 16 equal steps, as in the report.
const INFERNO = "000004 0c0826 240c4f 420a68 5d126e 781c6d 932667 ae305c c73e4c dd513a ed6925 f8850f fca50a fac62d f2e661 fcffa4"
  .split(" ")
  .map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));

// Return the red, green and blue (0 to 255) of a CAM's value (0 to 1).
export function colourOf(value) {
  const position = value * (INFERNO.length - 1);
  const below = Math.min(Math.floor(position), INFERNO.length - 2);
  return INFERNO[below].map((low, i) => Math.round(low + (position - below) * (INFERNO[below + 1][i] - low)));
}

function canvasOf(pixels, name) {
  const canvas = Object.assign(document.createElement("canvas"), { width: pixels.width, height: pixels.height });
  canvas.className = name;
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}

// One pixel a value; the style sheet scales it.
function camCanvas({ width, height, data }) {
  const colours = Array.from(data, colourOf).flat();
  return canvasOf(asImageData({ width, height, data: colours }), "cam");
}

// Return the SVG path of a mask's outline: each run of pixel edges with the lesion on one side only.
export function outlineOf(mask, size) {
  const at = (x, y) => x >= 0 && y >= 0 && x < size && y < size && mask[y * size + x] === 1;
  const path = [];
  const runs = (isEdge, line, write) => {
    for (let start = 0; start < size; start++) {
      if (!isEdge(start, line)) continue;
      let end = start + 1;
      while (end < size && isEdge(end, line)) end++;
      path.push(write(start, end, line));
      start = end;
    }
  };
  for (let line = 0; line <= size; line++) {
    runs((x, y) => at(x, y - 1) !== at(x, y), line, (start, end, y) => `M${start} ${y}H${end}`);
    runs((y, x) => at(x - 1, y) !== at(x, y), line, (start, end, x) => `M${x} ${start}V${end}`);
  }
  return path.join("");
}

function shape(tag, name, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries({ ...attributes, class: name })) element.setAttribute(key, value);
  return element;
}

// Each line twice: a dark one below a light one is seen on any skin.
function linesOf({ mask, box: [x, y, right, bottom] }, size) {
  const svg = shape("svg", "lines", { viewBox: `0 0 ${size} ${size}` });
  const outline = { d: outlineOf(mask, size) };
  const box = { x, y, width: right - x, height: bottom - y };
  svg.append(shape("path", "halo", outline), shape("path", "outline", outline));
  svg.append(shape("rect", "halo", box), shape("rect", "box", box));
  return svg;
}

// Return a figure of the packed image, with a CAM ({width, height, data}) if one is given.
export function picture({ packed, lesion }, caption, label, cam) {
  const frame = document.createElement("div");
  frame.className = "frame";
  frame.setAttribute("role", "img");
  frame.setAttribute("aria-label", label);
  frame.append(canvasOf(asImageData(packed), "image"), ...(cam ? [camCanvas(cam)] : []), linesOf(lesion, packed.width));
  const figure = document.createElement("figure");
  const text = document.createElement("figcaption");
  text.textContent = caption;
  figure.append(frame, text);
  return figure;
}
