// The page of predictions: cards of images with filters and pages, and a dialog with an image's sheet. Its data come by a
// script of their own, which calls selcn.add, because a page opened from disk cannot fetch. Data become text, not markup.
window.selcn = (() => {
  "use strict";
  const AT_ONCE = 60;
  const at = (id) => document.getElementById(id);

  let data;
  let images = [];
  let shown = [];
  let page = 0;
  let open = 0;

  function el(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
    return element;
  }

  // Control characters, line separators and marks of direction, as escapes; the sheet writes them alike.
  const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
  const visible = (path) => path.replace(HIDDEN, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const picture = (image, kind) => data.pictures[kind].replace("{}", image.name);
  const digits = (value) => (value === null ? "–" : value.toFixed(3));
  const range = (image, k) => `${digits(image.low[k])} to ${digits(image.high[k])}`;
  const numbers = (image, k) => [`${digits(image.probabilities[k])} `, el("span", { class: "range" }, `(${range(image, k)})`)];
  const marked = (image, mark) => image.marks.some(([name]) => name === mark);
  // A class's name without its label in brackets.
  const plain = (k) => data.names[data.classes[k]].replace(` (${data.classes[k]})`, "");

  // The class whose probability is asked for: the chosen one, else the image's predicted class.
  const askedOf = (image) => (at("probability").value === "" ? image.predicted : Number(at("probability").value));
  const asked = (image) => image.probabilities[askedOf(image)] ?? 0;
  const ORDERS = {
    marks: (a, b) => a.rank - b.rank || a.number - b.number,
    highest: (a, b) => asked(b) - asked(a),
    lowest: (a, b) => asked(a) - asked(b),
    name: (a, b) => a.number - b.number,
  };

  // The first mark decides, then how many more there are.
  function rankOf(image) {
    const order = Object.keys(data.marks);
    return image.marks.length === 0 ? order.length * 10 : order.indexOf(image.marks[0][0]) * 10 - image.marks.length;
  }

  function badges(image) {
    return image.marks.map(([mark]) => el("span", { class: `badge ${mark}` }, data.marks[mark]));
  }

  function card(image, place) {
    const [k, other] = [image.predicted, askedOf(image)];
    const unlike = marked(image, "unlike");
    const source = picture(image, "thumbnail");
    return el(
      "li",
      { class: unlike ? "unlike" : false },
      el(
        "button",
        { type: "button", onclick: () => show(place) },
        el("img", { src: source, alt: "", loading: "lazy", width: 192, height: 192 }),
        el("span", { class: "badges" }, badges(image)),
        el("span", { class: "verdict" }, plain(k)),
        el("span", { class: "numbers" }, numbers(image, k)),
        other !== k && el("span", { class: "numbers other" }, `${plain(other)} `, numbers(image, other)),
        el("span", { class: "file" }, visible(image.image)),
      ),
    );
  }

  function choose() {
    const [label, mark, search] = [at("class").value, at("mark").value, at("search").value.trim().toLowerCase()];
    shown = images.filter(
      (image) =>
        (label === "" || image.predicted === Number(label)) &&
        (mark === "" || (mark === "-" ? image.marks.length === 0 : marked(image, mark))) &&
        (search === "" || image.image.toLowerCase().includes(search)),
    );
    shown.sort(ORDERS[at("order").value]);
    turn(0);
  }

  function turn(to) {
    const pages = Math.max(1, Math.ceil(shown.length / AT_ONCE));
    page = Math.min(Math.max(to, 0), pages - 1);
    const first = page * AT_ONCE;
    at("cards").replaceChildren(...shown.slice(first, first + AT_ONCE).map((image, k) => card(image, first + k)));
    at("pager").hidden = pages === 1;
    at("page").textContent = `page ${(page + 1).toLocaleString("en")} of ${pages.toLocaleString("en")}`;
    at("previous").setAttribute("aria-disabled", page === 0);
    at("next").setAttribute("aria-disabled", page === pages - 1);
    const all = images.length.toLocaleString("en");
    at("status").textContent =
      shown.length === images.length ? `${all} images` : `${shown.length.toLocaleString("en")} of ${all} images`;
  }

  function probabilities(image) {
    const unlike = marked(image, "unlike");
    const rows = data.classes.map((label, k) =>
      el(
        "tr",
        { class: k === image.predicted && !unlike ? "predicted" : false },
        el("th", { scope: "row" }, data.names[label]),
        el("td", { class: "number bar", style: `--share: ${image.probabilities[k] ?? 0}` }, digits(image.probabilities[k])),
        el("td", { class: "number" }, range(image, k)),
      ),
    );
    const heads = ["class", "probability", "range of networks"].map((text, k) =>
      el("th", { scope: "col", class: k > 0 && "number" }, text),
    );
    return el(
      "table",
      { class: unlike ? "unlike" : false },
      el("caption", {}, unlike ? "Probabilities of an image unlike the training data" : "Probabilities"),
      el("thead", {}, el("tr", {}, heads)),
      el("tbody", {}, rows),
    );
  }

  function links(image) {
    const kinds = { mask: "mask", box: "LAE box", symmetry_cam: "symmetry CAM", lesion_cam: "lesion CAM" };
    return el(
      "p",
      { class: "downloads" },
      "Pictures: ",
      Object.entries(kinds).flatMap(([kind, text], k) => [k > 0 && ", ", el("a", { href: picture(image, kind) }, text)]),
    );
  }

  function body(image) {
    const sheet = picture(image, "sheet");
    const alt = "Sheet: the image, without hair, segmentation, CAMs of symmetry and lesion networks, probabilities";
    const facts = [["File", visible(image.image)], ...image.facts].map(([name, text]) => el("div", {}, el("dt", {}, name), el("dd", {}, text)));
    return [
      el("ul", { class: "marks" }, image.marks.map(([mark, text]) => el("li", { class: mark }, text))),
      el("a", { class: "picture", href: sheet }, el("img", { src: sheet, alt })),
      el("div", { class: "beside" }, probabilities(image), el("div", {}, el("dl", {}, facts), links(image))),
    ];
  }

  function show(place) {
    open = place;
    const image = shown[place];
    at("sheet-title").textContent = visible(image.image);
    at("sheet-position").textContent = `${(place + 1).toLocaleString("en")} of ${shown.length.toLocaleString("en")}`;
    at("sheet-previous").setAttribute("aria-disabled", place === 0);
    at("sheet-next").setAttribute("aria-disabled", place === shown.length - 1);
    at("sheet-body").replaceChildren(...body(image));
    if (!at("sheet").open) at("sheet").showModal();
    at("sheet").scrollTop = 0;
    at("sheet-title").focus();
  }

  function step(by) {
    if (shown[open + by]) show(open + by);
  }

  function closed() {
    const place = Math.floor(open / AT_ONCE);
    if (place !== page) turn(place);
    at("cards").children[open % AT_ONCE]?.querySelector("button").focus();
  }

  function start() {
    images = data.images.map((values, number) => {
      const image = Object.fromEntries(data.columns.map((name, k) => [name, values[k]]));
      return Object.assign(image, { number, rank: rankOf(image) });
    });
    at("choices").hidden = false;
    at("choices").addEventListener("submit", (event) => event.preventDefault());
    for (const id of ["class", "mark", "probability", "order"]) at(id).addEventListener("change", choose);
    at("search").addEventListener("input", choose);
    const turned = (by) => {
      turn(page + by);
      at("images").scrollIntoView();
    };
    at("previous").addEventListener("click", () => turned(-1));
    at("next").addEventListener("click", () => turned(1));
    at("sheet-previous").addEventListener("click", () => step(-1));
    at("sheet-next").addEventListener("click", () => step(1));
    at("sheet-close").addEventListener("click", () => at("sheet").close());
    at("sheet").addEventListener("close", closed);
    at("sheet").addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      step(by);
    });
    choose();
  }

  function add(name, value) {
    data = value;
    start();
  }

  addEventListener("load", () => {
    if (!data) at("status").textContent = "images.js is missing beside this page. Copy the page with its whole folder.";
  });
  return { add };
})();
