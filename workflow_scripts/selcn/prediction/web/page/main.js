// The page: it takes files, hands them to the worker one after another, and shows what comes back.

import { addCard, showPrediction, showRefused, showStarted } from "./cards.js";

const [state, progress, files, drop, cards] = ["state", "progress", "files", "drop", "cards"].map((id) =>
  document.getElementById(id),
);
const worker = new Worker("worker.js", { type: "module" });
const cardOf = new Map();
let opened = null;

const waiting = () => [...cardOf.values()].filter((card) => !card.matches(".predicted, .refused"));
const megabytes = (bytes) => (bytes / 1e6).toFixed(0);

function showProgress({ name, loaded, total }) {
  if (loaded === total && opened) return showReady();
  state.textContent = `Loading ${name}: ${megabytes(loaded)}${total ? ` of ${megabytes(total)}` : ""} MB`;
  progress.hidden = false;
  if (total) progress.value = loaded / total;
}

function showReady() {
  state.textContent = "Ready. Several images are predicted one after another.";
  progress.hidden = true;
}

const element = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });

function open({ metadata, settings }) {
  opened = { metadata, settings };
  document.getElementById("model").textContent = settings.summary;
  document.getElementById("demo").hidden = !settings.demo;
  document.getElementById("about").hidden = false;
  const facts = settings.about.flatMap(([term, text]) => [element("dt", term), element("dd", text)]);
  document.getElementById("facts").append(...facts);
  document.getElementById("differences").append(...settings.differences.map((text) => element("li", text)));
  showReady();
}

function fail(reason) {
  state.textContent = reason;
  state.classList.add("failure");
  progress.hidden = true;
  files.disabled = true;
  for (const card of waiting()) showRefused(card, "the model cannot be opened.");
}

const ANSWERS = {
  progress: showProgress,
  ready: open,
  failed: ({ reason }) => fail(`The model cannot be opened. ${reason}`),
  started: ({ id }) => showStarted(cardOf.get(id)),
  refused: ({ id, reason }) => showRefused(cardOf.get(id), reason),
  predicted: ({ id, prediction }) =>
    showPrediction(cardOf.get(id), prediction, opened.metadata, opened.settings),
};
worker.onmessage = ({ data }) => ANSWERS[data.kind](data);
worker.onerror = (error) => fail(`The model cannot be opened. ${error.message ?? "A file of this page is missing."}`);

// Files may come before the model is open: the worker predicts them once it is.
function take(chosen) {
  if (files.disabled) return;
  document.getElementById("tools").hidden = false;
  for (const file of chosen) {
    const id = cardOf.size;
    cardOf.set(id, addCard(cards, file.name));
    worker.postMessage({ kind: "predict", id, file });
  }
}

files.addEventListener("change", () => {
  take(files.files);
  files.value = "";
});
for (const [kind, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
  addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", over && !files.disabled);
  });
}
addEventListener("drop", (event) => take(event.dataTransfer.files));
document.getElementById("opacity").addEventListener("input", ({ target }) => {
  document.documentElement.style.setProperty("--cam-opacity", target.value / 100);
});
state.textContent = "Opening the model …";
files.disabled = false;
