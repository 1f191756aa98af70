// Confusion matrices: selects, table, and the images of a field.
(() => {
  "use strict";
  const { el, fill, count, names, MEAN, lengths, nameOf } = selcn;
  const byId = (id) => document.getElementById(id);
  const thousands = (number) => number.toLocaleString("en");

  function field(state, label, predicted) {
    const number = state.fields[label][predicted].length;
    const total = lengths(state.fields[label]);
    const share = total ? number / total : 0;
    const button = el(
      "button",
      {
        type: "button",
        class: "viewer-field",
        "aria-label": nameOf(state.matrix, label, predicted, number),
        tabindex: label + predicted === 0 ? "0" : "-1",
        style: `--share: ${share.toFixed(4)}`,
        onclick: () => showField(state, label, predicted, button),
      },
      el("span", { class: "viewer-count" }, thousands(number)),
      el("span", { class: "viewer-share" }, total ? `${Math.round(100 * share)} %` : "–"),
    );
    const kind = label === predicted ? "viewer-diagonal" : number === 0 && "viewer-zero";
    return el("td", { class: kind }, button);
  }

  function row(state, label) {
    const key = state.matrix.classes[label];
    const name = names.class(key);
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, key, name !== key && el("span", { class: "viewer-full" }, name)),
      state.matrix.classes.map((_, predicted) => field(state, label, predicted)),
      el("td", {}, thousands(lengths(state.fields[label]))),
    );
  }

  function table(state) {
    const { classes } = state.matrix;
    const column = (predicted) => lengths(state.fields.map((fields) => fields[predicted]));
    return el(
      "table",
      { class: "viewer-table", role: "grid", "aria-labelledby": "viewer-matrix-title", onkeydown: moveBetweenFields },
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          el("td", {}),
          el("th", { scope: "colgroup", colspan: classes.length }, "Predicted class"),
          el("td", {}),
        ),
        el(
          "tr",
          {},
          el("th", { scope: "col" }, "True class"),
          classes.map((key) => el("th", { scope: "col" }, key)),
          el("th", { scope: "col" }, "All"),
        ),
      ),
      el("tbody", {}, classes.map((_, label) => row(state, label))),
      el(
        "tfoot",
        {},
        el(
          "tr",
          {},
          el("th", { scope: "row" }, "All"),
          classes.map((_, predicted) => el("td", {}, thousands(column(predicted)))),
          el("td", {}, thousands(state.scores.all)),
        ),
      ),
    );
  }

  // Arrow keys, Home and End move between fields; Tab enters and leaves them all at once.
  function moveBetweenFields(event) {
    const buttons = [...event.currentTarget.querySelectorAll("button")];
    const width = Math.sqrt(buttons.length);
    const at = buttons.indexOf(event.target);
    const [top, left] = [Math.floor(at / width), at % width];
    const last = width - 1;
    const targets = {
      ArrowUp: [Math.max(top - 1, 0), left],
      ArrowDown: [Math.min(top + 1, last), left],
      ArrowLeft: [top, Math.max(left - 1, 0)],
      ArrowRight: [top, Math.min(left + 1, last)],
      Home: [top, 0],
      End: [top, last],
    };
    if (at < 0 || !(event.key in targets)) return;
    event.preventDefault();
    const [toRow, toColumn] = targets[event.key];
    const button = buttons[toRow * width + toColumn];
    makeTabStop(button);
    button.focus();
  }

  function makeTabStop(chosen) {
    for (const button of chosen.closest("table").querySelectorAll("button")) {
      button.setAttribute("tabindex", button === chosen ? "0" : "-1");
    }
  }

  function idsOf(dataset, ids) {
    const list = el("ul", { class: "viewer-ids" });
    const id = (each) =>
      selcn.hasSheet(dataset, each) ? el("a", { href: `#${selcn.link("image", dataset, each)}` }, each) : each;
    const show = () => list.childElementCount || list.append(...ids.map((each) => el("li", {}, id(each))));
    return el("details", { ontoggle: show }, el("summary", {}, "Image ids"), list);
  }

  // Return the sentences above a field's images.
  function noteOf(state, ids) {
    const sheets = ids.filter((id) => selcn.hasSheet(state.matrix.dataset, id)).length;
    const have = sheets === 1 ? "has" : "have";
    return [
      "The number is the mean probability over the networks that predicted the image;",
      state.network === MEAN ? "most confident first." : "images for which the mean is of another class come last.",
      sheets < ids.length && `Of ${count(ids.length, "image")}, ${thousands(sheets)} ${have} a sheet.`,
    ]
      .filter(Boolean)
      .join(" ");
  }

  // Open the list of a field's images below the matrix, and move the focus there.
  function showField(state, label, predicted, button) {
    const { matrix, model } = state;
    const rows = selcn.mostConfidentFirst(model, state.fields[label][predicted], predicted);
    const title = nameOf(matrix, label, predicted, rows.length);
    const heading = el("h4", { tabindex: "-1" }, title[0].toUpperCase() + title.slice(1));
    const close = () => {
      clearField();
      button.focus();
    };
    const back = el("button", { type: "button", onclick: close }, "Back to the matrix");
    const parts = [el("div", { class: "viewer-field-head" }, heading, back)];
    if (rows.length) {
      const ids = [...new Set(rows.map((each) => matrix.images[each]))];
      const cards = el("div");
      selcn.showCards(cards, rows.map((each) => selcn.itemOf(matrix, model, each)), matrix.protocol);
      parts.push(el("p", {}, noteOf(state, ids)), cards, idsOf(matrix.dataset, ids));
    }
    clearField();
    button.toggleAttribute("data-chosen", true);
    makeTabStop(button);
    byId("viewer-field").replaceChildren(...parts);
    byId("viewer-field").onkeydown = (event) => {
      if (event.key === "Escape") close();
    };
    heading.focus();
  }

  function clearField() {
    byId("viewer-field").replaceChildren();
    byId("viewer-matrix").querySelector("[data-chosen]")?.removeAttribute("data-chosen");
  }


  const nameOfNetwork = (network) => (network === MEAN ? "mean over networks" : network);

  // Fill the select of models; those of the study without predictions on this set, as of failed cells, are disabled.
  function fillModels(matrix, chosen) {
    const { cells, models } = selcn.galleries;
    const keys = new Set([...Object.keys(matrix.task === "lesion" ? cells : models), ...Object.keys(matrix.models)]);
    const options = [...keys].map((key) => {
      const missing = !(key in matrix.models);
      return [key, names.model(key) + (missing ? " (no predictions)" : ""), missing];
    });
    fill(byId("viewer-model"), options, chosen);
  }

  // Draw the chosen matrix; a model or network that it lacks is replaced by the first.
  async function show(entry, cell, network) {
    const { matrices } = selcn.galleries;
    const protocols = [...new Set(matrices.map(({ protocol }) => protocol))];
    const sets = matrices.filter(({ protocol }) => protocol === entry.protocol);
    fill(byId("viewer-protocol"), protocols.map((protocol) => [protocol, protocol]), entry.protocol);
    fill(byId("viewer-set"), sets.map(({ name, title }) => [name, title]), entry.name);
    for (const id of ["viewer-matrix-title", "viewer-scores"]) byId(id).replaceChildren();
    clearField();
    try {
      const matrix = await selcn.load(entry.name);
      if (byId("viewer-set").value === entry.name) draw(entry, matrix, cell, network);
    } catch (error) {
      byId("viewer-matrix").replaceChildren(el("p", {}, error.message));
    }
  }

  function draw(entry, matrix, cell, network) {
    fillModels(matrix, cell);
    const key = byId("viewer-model").value;
    if (!key) {
      byId("viewer-matrix").replaceChildren(el("p", {}, "No model has predictions on this test set."));
      return;
    }
    const model = matrix.models[key];
    fill(byId("viewer-network"), [MEAN, ...model.networks].map((name) => [name, nameOfNetwork(name)]), network);
    const chosen = byId("viewer-network").value;
    const fields = selcn.fieldsOf(matrix, model, chosen);
    const scores = selcn.scoresOf(fields);
    const title = [`Protocol ${entry.protocol}`, entry.title, names.model(key), nameOfNetwork(chosen)];
    byId("viewer-matrix-title").textContent = title.join(" · ");
    byId("viewer-matrix").replaceChildren(table({ matrix, model, network: chosen, fields, scores }));
    byId("viewer-scores").replaceChildren(el("p", {}, selcn.describe(matrix, model, chosen, scores)));
  }

  const entryOf = (name) => selcn.galleries.matrices.find((entry) => entry.name === name);
  const chosen = () => [entryOf(byId("viewer-set").value), byId("viewer-model").value, byId("viewer-network").value];

  function setLink() {
    const [entry, cell, network] = chosen();
    selcn.setLink(selcn.link("matrix", entry.name.replace("matrices/", ""), cell, network));
  }

  // Show the matrix of a test set, `leakfree-ham10000-test`, for a cell and a network ("mean", or "seed 42, fold 0").
  async function showMatrix(name, cell, network = MEAN) {
    const entry = entryOf(`matrices/${name}`);
    byId("viewer-matrices-title").scrollIntoView();
    if (!entry) {
      selcn.say(`The report has no confusion matrix named ${name}.`);
      return;
    }
    selcn.say("");
    await show(entry, cell, network);
    if (cell && byId("viewer-model").value !== cell) {
      selcn.say(`${names.model(cell)} has no predictions on this test set; another model is shown.`);
    } else if (byId("viewer-network").value !== network) {
      selcn.say(`There is no network "${network}" of this model; the mean over its networks is shown.`);
    }
    byId("viewer-matrix").focus({ preventScroll: true });
  }

  async function startMatrices() {
    const { matrices } = selcn.galleries;
    if (matrices.length === 0) {
      byId("viewer-matrix").replaceChildren(el("p", {}, "This study has no predictions of a test set."));
      return;
    }
    const change = async (next) => {
      selcn.say("");
      const [, cell, network] = chosen();
      await show(next(), cell, network);
      setLink();
    };
    byId("viewer-protocol").addEventListener("change", (event) => {
      const [{ task, dataset, subset }] = chosen();
      const there = matrices.filter(({ protocol }) => protocol === event.target.value);
      const same = there.find((each) => each.task === task && each.dataset === dataset && each.subset === subset);
      change(() => same ?? there[0]);
    });
    for (const id of ["viewer-set", "viewer-model", "viewer-network"]) {
      byId(id).addEventListener("change", () => change(() => chosen()[0]));
    }
    await show(matrices[0]);
  }

  Object.assign(selcn, { showMatrix, startMatrices });
})();
