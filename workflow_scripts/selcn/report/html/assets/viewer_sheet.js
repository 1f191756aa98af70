// What a sheet shows of one protocol: mask, CAMs and probabilities.
(() => {
  "use strict";
  const { el, names } = selcn;
  const MASKS = ["none", "seg", "lae"];
  const SOURCES = ["off", ...MASKS];
  const SYMMETRY_CLASSES = ["asymmetric", "symmetric"];

  const inGrid = (cell) => SOURCES.includes(cell.split("_sym-")[1]);
  const shortName = (cell) => names.model(cell).split(":")[0]; // "model 4"

  function figure(frame, ...caption) {
    return el("figure", { class: "viewer-figure" }, frame, el("figcaption", {}, ...caption));
  }

  // Return a predicted class with a word on whether it is right; without it where the label is of another kind.
  function verdict(predicted, label, comparable = true) {
    if (!comparable) return el("span", {}, predicted);
    const right = predicted === label;
    return el("span", { class: right ? "viewer-good" : "viewer-bad" }, `${predicted}, ${right ? "right" : "wrong"}`);
  }

  // Return the figure of a CAM; a tile that says so where the image has none.
  function camFigure(sheet, protocol, map, name, comparable) {
    if (!map) return el("div", { class: "viewer-figure viewer-nocam" }, name, el("span", {}, "no CAM"));
    const label = `CAM of ${name}${map.empty ? ", empty" : ""}`;
    return figure(
      selcn.frame(sheet, { protocol, cam: map.empty ? undefined : map, label }),
      name,
      el("br"),
      verdict(map.predicted, sheet.label, comparable),
      map.empty && el("span", { class: "viewer-muted" }, " (empty CAM)"),
      el("span", { class: "viewer-network" }, map.network),
    );
  }

  function maskFigure(sheet, protocol, { mask, dice }) {
    const text = !mask ? "Empty mask" : dice === null || dice === undefined ? "Mask" : `Mask, Dice ${dice.toFixed(2)}`;
    return figure(selcn.frame(sheet, { protocol, label: text }), text, !sheet.truth && [el("br"), "no true mask"]);
  }

  function symmetryFigures(sheet, protocol, { symmetry }) {
    const comparable = SYMMETRY_CLASSES.includes(sheet.label);
    return Object.entries(symmetry).map(([model, map]) =>
      camFigure(sheet, protocol, map, `Symmetry model, ${names.mask(model)}`, comparable),
    );
  }

  // Lay out the twelve cells as input mask by CAM source, sham controls in rows below.
  function lesionGrid(sheet, protocol, { lesion }) {
    const source = (key) => (key === "off" ? "no CAMs" : `CAMs: ${names.mask(key)}`);
    const cellOf = (mask, key) => `cls-${mask}_sym-${key}`;
    const inStudy = (mask, key) => cellOf(mask, key) in selcn.galleries.cells;
    const masks = MASKS.filter((mask) => SOURCES.some((key) => inStudy(mask, key)));
    const sources = SOURCES.filter((key) => MASKS.some((mask) => inStudy(mask, key)));
    const tile = (mask, key) => {
      const cell = cellOf(mask, key);
      return el("td", {}, inStudy(mask, key) && camFigure(sheet, protocol, lesion[cell], shortName(cell)));
    };
    return el(
      "table",
      { class: "viewer-grid" },
      el("caption", {}, "Lesion models by input mask (rows) and CAMs given (columns)"),
      el("thead", {}, el("tr", {}, el("td", {}), sources.map((key) => el("th", { scope: "col" }, source(key))))),
      el(
        "tbody",
        {},
        masks.map((mask) =>
          el("tr", {}, el("th", { scope: "row" }, names.mask(mask)), sources.map((key) => tile(mask, key))),
        ),
      ),
    );
  }

  function shamFigures(sheet, protocol, { lesion }) {
    return Object.entries(lesion)
      .filter(([cell]) => !inGrid(cell))
      .map(([cell, map]) => camFigure(sheet, protocol, map, names.model(cell)));
  }

  // A model's name; that of a cell in the grid without its description where the sheet is narrow.
  function nameOfRow(key) {
    if (!inGrid(key)) return names.model(key);
    const short = shortName(key);
    return [short, el("span", { class: "viewer-wide" }, names.model(key).slice(short.length))];
  }

  // Return a row of mean probabilities, which are in per mille.
  function probabilityRow(sheet, classes, cell, { mean, of }) {
    const best = mean.indexOf(Math.max(...mean));
    const value = (probability, i) =>
      el(
        "td",
        { class: i === best && "viewer-best", style: `--share: ${probability / 1000}` },
        (probability / 1000).toFixed(2),
      );
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, nameOfRow(cell)),
      el("td", {}, verdict(classes[best], sheet.label)),
      mean.map(value),
      el("td", { class: "viewer-muted" }, String(of)),
    );
  }

  function probabilityTable(sheet, { classes, cells }) {
    const column = (...text) => el("th", { scope: "col" }, ...text);
    const headOf = (key) => column(key, key === sheet.label && el("span", { class: "viewer-full" }, "label"));
    const table = el(
      "table",
      { class: "viewer-probabilities" },
      el(
        "thead",
        {},
        el("tr", {}, column("Model"), column("Prediction"), classes.map(headOf), column("Networks")),
      ),
      el("tbody", {}, Object.entries(cells).map(([cell, values]) => probabilityRow(sheet, classes, cell, values))),
    );
    return [
      el("h4", {}, "Probabilities, mean over the networks that predicted this image"),
      el("div", { class: "viewer-scroll", role: "region", tabindex: "0", "aria-label": "Probabilities" }, table),
    ];
  }

  // Return the part of a sheet on one protocol.
  function protocolPart(sheet, protocol) {
    const part = sheet.protocols[protocol];
    const shams = shamFigures(sheet, protocol, part);
    const { probabilities } = part;
    const predicted = Object.keys(probabilities?.cells ?? {}).length > 0;
    return el(
      "section",
      { class: "viewer-part", "data-protocol": protocol },
      el("h3", {}, "Protocol ", el("span", { class: `protocol ${protocol}` }, protocol)),
      part.seen.length > 0 && [
        el("h4", {}, "What had seen this image"),
        el("ul", { class: "viewer-seen" }, part.seen.map((sentence) => el("li", {}, sentence))),
      ],
      el("h4", {}, "Mask; CAMs and predictions of one network per model"),
      predicted && el("p", {}, "The table below has means over all networks, which may predict another class."),
      el(
        "div",
        { class: "viewer-row" },
        maskFigure(sheet, protocol, part),
        symmetryFigures(sheet, protocol, part),
      ),
      Object.keys(part.lesion).length > 0
        ? lesionGrid(sheet, protocol, part)
        : el("p", { class: "viewer-muted" }, "This protocol has no lesion CAMs of this image."),
      shams.length > 0 && [el("h4", {}, "Sham controls"), el("div", { class: "viewer-row" }, shams)],
      predicted && probabilityTable(sheet, probabilities),
    );
  }

  // Return what a sheet shows of the image itself: photographs and facts.
  function imagePart(sheet) {
    const facts = sheet.facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)));
    const photographs = sheet.original
      ? [
          figure(selcn.frame(sheet, { label: "Original" }), "Original"),
          sheet.hairless && figure(selcn.frame(sheet, { picture: "hairless", label: "Without hair" }), "Without hair"),
        ]
      : [el("p", { class: "viewer-muted" }, "This report has no photographs: outlines, box and CAMs are on grey.")];
    return el("div", { class: "viewer-top" }, photographs, el("dl", {}, facts));
  }

  Object.assign(selcn, { protocolPart, imagePart });
})();
