// Core of the report's viewer: data, names, links. Comes before the other viewer_*.js, which extend `selcn`.
// Data are script files that call selcn.add, because a page opened from disk cannot fetch.
window.selcn = (() => {
  "use strict";

  const values = new Map();
  const loading = new Map();
  const SVG_TAGS = new Set(["svg", "path", "rect", "line"]);

  // Called by each data file; `name` is its path below the report's folder, without .js.
  function add(name, value) {
    values.set(name, value);
  }

  // Return a promise of the value in <name>.js, which is loaded at most once.
  function load(name) {
    if (!loading.has(name)) {
      loading.set(name, values.has(name) ? Promise.resolve(values.get(name)) : loadScript(name));
    }
    return loading.get(name);
  }

  function loadScript(name) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${name.split("/").map(encodeURIComponent).join("/")}.js`;
      script.onload = () => {
        script.remove();
        if (values.has(name)) resolve(values.get(name));
        else reject(new Error(`${name}.js does not contain "${name}". Make the report again.`));
      };
      script.onerror = () => {
        script.remove();
        reject(new Error(`${name}.js is missing beside this page. Copy the report with its whole folder.`));
      };
      document.head.append(script);
    });
  }

  // Return a new element; attributes named on... are listeners; false and undefined are left out. Text is never parsed.
  function el(tag, attributes = {}, ...children) {
    const element = SVG_TAGS.has(tag)
      ? document.createElementNS("http://www.w3.org/2000/svg", tag)
      : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
    return element;
  }

  // Fill a <select> with [value, text, disabled] options and choose one, if it is there and enabled.
  function fill(select, options, chosen) {
    select.replaceChildren(...options.map(([value, text, disabled]) => el("option", { value, disabled }, text)));
    const enabled = options.filter(([, , disabled]) => !disabled).map(([value]) => value);
    select.value = enabled.includes(chosen) ? chosen : enabled[0];
    select.closest(".viewer-choice").hidden = options.length < 2;
  }

  // Return "1 image", "2,000 images", "7 classes".
  function count(number, noun) {
    return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : noun.endsWith("s") ? "es" : "s"}`;
  }

  const names = {
    dataset: (key) => selcn.galleries.datasets[key] ?? key,
    // A class's full name without its label: "melanoma".
    class: (label) => (selcn.galleries.classes[label] ?? label).replace(` (${label})`, ""),
    cell: (key) => selcn.galleries.cells[key] ?? key,
    // A cell's short name, "model 4"; sham controls have none.
    model: (key) => names.cell(key).split(":")[0],
    symmetry: (key) => selcn.galleries.models[key] ?? key,
  };

  function hasSheet(dataset, id) {
    return selcn.sheets.get(dataset)?.has(id) ?? false;
  }

  // Tell the reader, also through a screen reader; an empty text removes the message.
  function say(text) {
    const message = document.getElementById("viewer-message");
    message.textContent = text;
    message.hidden = !text;
  }

  // Replace the address's fragment without a jump, so that the address can be shared; "" removes it.
  function setLink(fragment) {
    history.replaceState(null, "", `${location.href.split("#")[0]}${fragment ? `#${fragment}` : ""}`);
  }

  function link(kind, ...parts) {
    return `${kind}=${parts.map(encodeURIComponent).join("/")}`;
  }

  // Open what the address's fragment names: an image's sheet or a confusion matrix. Other fragments are the page's.
  function followLink() {
    const match = /^#(image|matrix)=(.+)$/.exec(location.hash);
    if (!match) return;
    let parts;
    try {
      parts = match[2].split("/").map(decodeURIComponent);
    } catch {
      say("This link is damaged: it contains a % that stands for no character.");
      return;
    }
    if (match[1] === "image") selcn.showSheet(parts[0], parts.slice(1).join("/"));
    else selcn.showMatrix(parts[0], parts[1], parts.slice(2).join("/") || "mean");
  }

  async function start() {
    const viewer = document.getElementById("viewer");
    if (!viewer) return;
    try {
      selcn.galleries = await load("galleries");
    } catch (error) {
      say(error.message);
      return;
    }
    selcn.sheets = new Map(Object.entries(selcn.galleries.sheets).map(([key, ids]) => [key, new Set(ids)]));
    viewer.hidden = false;
    selcn.startSheets();
    selcn.startGalleries();
    await selcn.startMatrices();
    window.addEventListener("hashchange", followLink);
    followLink();
  }

  document.addEventListener("DOMContentLoaded", start);
  return { add, load, el, fill, count, names, hasSheet, say, setLink, link };
})();
