// Drawing of one image in the packed square's frame: photograph, CAM, outlines and LAE box.
(() => {
  "use strict";
  const { el } = selcn;

  // matplotlib's inferno at 16 equal steps, as in the figures.
  const INFERNO = (
    "000004 0c0826 240c4f 420a68 5d126e 781c6d 932667 ae305c c73e4c dd513a ed6925 f8850f fca50a fac62d f2e661 fcffa4"
  )
    .split(" ")
    .map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));

  // Return the red, green and blue (0 to 255) of a CAM's value (0 to 255).
  function colour(value) {
    const position = (value / 255) * (INFERNO.length - 1);
    const below = Math.min(Math.floor(position), INFERNO.length - 2);
    return INFERNO[below].map((low, i) => Math.round(low + (position - below) * (INFERNO[below + 1][i] - low)));
  }

  // Return a canvas of the CAM's native grid ([rows, columns]), one pixel a value; the style sheet scales it.
  function drawCam({ grid: [height, width], cam }) {
    const canvas = el("canvas", { class: "viewer-cam", width, height });
    const context = canvas.getContext("2d");
    const pixels = context.createImageData(width, height);
    const bytes = atob(cam);
    for (let i = 0; i < width * height; i++) pixels.data.set([...colour(bytes.charCodeAt(i)), 255], 4 * i);
    context.putImageData(pixels, 0, 0);
    return canvas;
  }

  // A dark line below a light one, so that it is seen on any skin.
  function stroke(tag, kind, attributes) {
    return ["halo", kind].map((name) => el(tag, { ...attributes, class: `viewer-${name} viewer-${kind}-line` }));
  }

  function drawLines(truth, mask, box) {
    const lines = [];
    if (mask) lines.push(...stroke("path", "mask", { d: mask }));
    if (truth) lines.push(...stroke("path", "truth", { d: truth }));
    if (box) {
      const [x, y, right, bottom] = box;
      lines.push(...stroke("rect", "box", { x, y, width: right - x, height: bottom - y }));
    }
    return el("svg", { class: "viewer-lines", viewBox: "0 0 1000 1000", preserveAspectRatio: "none" }, lines);
  }

  // Return an image's frame.
  //   picture: "original" or "hairless", if the report has photographs
  //   protocol: whose mask and box are drawn; none without it
  //   cam: {grid, cam}, drawn over the picture
  //   label: what a screen reader says; the frame is hidden from it without
  function frame(sheet, { picture = "original", protocol, cam, label }) {
    const part = sheet.protocols[protocol];
    return el(
      "div",
      {
        class: "viewer-frame",
        style: `--aspect: ${sheet.aspect}`,
        ...(label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" }),
      },
      sheet[picture] && el("img", { src: sheet[picture], alt: "" }),
      cam && drawCam(cam),
      part && drawLines(sheet.truth, part.mask, part.box),
    );
  }

  // Return the frame of a card: `focus` is what lies over the picture: "mask", "symmetry:<model>" or "lesion:<cell>".
  function thumbnail(sheet, protocol, focus) {
    const shown = protocol in sheet.protocols ? protocol : Object.keys(sheet.protocols)[0];
    const [kind, key] = (focus ?? "").split(":");
    const cam = sheet.protocols[shown]?.[kind]?.[key];
    return frame(sheet, { protocol: focus || !sheet.original ? shown : undefined, cam });
  }

  Object.assign(selcn, { frame, thumbnail });
})();
