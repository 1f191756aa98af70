// The dialog with an image's sheet: opening, previous and next, protocols, opacity, outline and box.
(() => {
  "use strict";
  const { el, names } = selcn;
  const BOTH = "both";
  const dialog = () => document.getElementById("viewer-sheet");
  const show = {}; // elements that change from sheet to sheet

  let entries = []; // the list that the sheet was opened from: {dataset, id, protocol}
  let at = 0;
  let sheet;
  let protocol; // shown: a protocol or both
  let linkBefore = "";

  function step(by) {
    const next = at + by;
    if (next >= 0 && next < entries.length) showEntry(next);
  }

  // Arrow keys go through the list, except in controls that use them.
  function onKey(event) {
    if (event.target.matches("input, [role=region]") || event.altKey || event.ctrlKey || event.metaKey) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    step(by);
  }

  function toggle(name, text) {
    const change = (event) => dialog().classList.toggle(`viewer-no-${name}`, !event.target.checked);
    return el("label", {}, el("input", { type: "checkbox", checked: true, onchange: change }), text);
  }

  function opacity() {
    const change = (event) => {
      document.documentElement.style.setProperty("--cam-opacity", event.target.value / 100);
      show.opacity.textContent = `${event.target.value} %`;
    };
    show.opacity = el("output", {}, "50 %");
    const input = el("input", { type: "range", min: 0, max: 100, step: 5, value: 50, oninput: change });
    return el("label", { class: "viewer-opacity" }, "CAM opacity", input, show.opacity);
  }

  function key() {
    const swatch = (kind, text) =>
      el("span", {}, el("i", { class: `viewer-swatch viewer-swatch-${kind}`, "aria-hidden": "true" }), text);
    return el(
      "p",
      { class: "viewer-key" },
      swatch("mask", "mask"),
      swatch("truth", "true mask"),
      swatch("box", "LAE box"),
      swatch("cam", "CAM, 0 to 1"),
    );
  }

  function build() {
    const button = (text, label, onclick) => el("button", { type: "button", "aria-label": label, onclick }, text);
    show.title = el("h2", { id: "viewer-sheet-title", tabindex: "-1", autofocus: true });
    show.position = el("span", { role: "status" });
    show.previous = button("←", "Previous image", () => step(-1));
    show.next = button("→", "Next image", () => step(1));
    show.steps = el("span", { class: "viewer-steps" }, show.previous, show.position, show.next);
    show.protocols = el("fieldset", { class: "viewer-protocols" });
    show.body = el("div", { class: "viewer-body" });
    const close = el("button", { type: "button", onclick: () => dialog().close() }, "Close");
    const [outlines, box] = [toggle("outline", "Outlines"), toggle("box", "LAE box")];
    dialog().append(
      el("header", {}, show.title, el("div", { class: "viewer-nav" }, show.steps, close)),
      el("div", { class: "viewer-tools" }, show.protocols, opacity(), outlines, box, key()),
      show.body,
    );
    dialog().addEventListener("keydown", onKey);
    dialog().addEventListener("close", () => selcn.setLink(linkBefore));
  }

  function showProtocols() {
    const all = Object.keys(sheet.protocols);
    const shown = protocol === BOTH || !all.includes(protocol) ? all : [protocol];
    show.body.replaceChildren(
      el("p", { class: "viewer-muted" }, subtitle()),
      selcn.imagePart(sheet),
      el("div", { class: shown.length > 1 ? "viewer-both" : "" }, shown.map((each) => selcn.protocolPart(sheet, each))),
    );
  }

  // Offer the protocols of this image, and both, where there are two.
  function offerProtocols() {
    const all = Object.keys(sheet.protocols);
    const choices = [...all.map((each) => [each, each]), [BOTH, "both"]];
    const choose = (event) => {
      protocol = event.target.value;
      showProtocols();
    };
    show.protocols.hidden = all.length < 2;
    show.protocols.replaceChildren(
      el("legend", {}, "Protocol"),
      ...choices.map(([value, text]) => {
        const checked = value === (all.includes(protocol) ? protocol : BOTH);
        const radio = el("input", { type: "radio", name: "viewer-shown", value, checked, onchange: choose });
        return el("label", {}, radio, text);
      }),
    );
  }

  function subtitle() {
    const name = names.class(sheet.label);
    const label = name === sheet.label ? name : `${name} (${sheet.label})`;
    const parts = [names.dataset(sheet.dataset), `label ${label}`, sheet.lesion && `lesion ${sheet.lesion}`];
    return [...parts, sheet.size && `${sheet.size.join(" × ")} pixels`].filter(Boolean).join(" · ");
  }

  async function showEntry(index) {
    at = index;
    const entry = entries[index];
    let loaded;
    try {
      loaded = await selcn.load(`sheets/${entry.dataset}/${entry.id}`);
    } catch (error) {
      selcn.say(error.message);
      return;
    }
    if (entries[at] !== entry) return;
    sheet = loaded;
    show.title.textContent = sheet.image_id;
    show.steps.hidden = entries.length < 2;
    show.position.textContent = `${index + 1} of ${entries.length}`;
    show.previous.setAttribute("aria-disabled", index === 0);
    show.next.setAttribute("aria-disabled", index === entries.length - 1);
    offerProtocols();
    showProtocols();
    if (!dialog().open) dialog().showModal();
    dialog().scrollTop = 0;
    selcn.setLink(selcn.link("image", sheet.dataset, sheet.image_id));
  }

  // Open the sheet of entry `index` of a list of {dataset, id, protocol}; Esc closes it and the focus returns.
  function openSheet(list, index) {
    selcn.say("");
    entries = list;
    protocol = list[index].protocol ?? protocol ?? BOTH;
    if (!dialog().open) linkBefore = location.hash.startsWith("#image=") ? "" : location.hash.slice(1);
    return showEntry(index);
  }

  // Open the sheet of an image by itself.
  async function showSheet(dataset, id) {
    if (selcn.hasSheet(dataset, id)) return openSheet([{ dataset, id }], 0);
    document.getElementById("viewer-message").scrollIntoView();
    selcn.say(`${names.dataset(dataset)}: the report has no sheet of image ${id}.`);
  }

  Object.assign(selcn, { startSheets: build, openSheet, showSheet });
})();
