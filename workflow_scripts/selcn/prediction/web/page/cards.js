// The list of images: a card each, with what the cascade says of it.

import { indexOfHighest } from "./numbers.js";
import { picture } from "./pictures.js";

const clone = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

function element(tag, text, className = "") {
  return Object.assign(document.createElement(tag), { textContent: text, className });
}

const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

// Return a bar of a probability, 0 to 1, with a line from the lowest to the highest of networks.
function barOf(probability, range) {
  const bar = element("div", "", "bar");
  bar.append(element("div", "", "amount"));
  bar.style.setProperty("--amount", probability);
  if (range) {
    bar.append(element("div", "", "spread"));
    range.forEach((end, i) => bar.style.setProperty(["--low", "--high"][i], end));
  }
  return bar;
}

// Return a table of probabilities: entries are {name, probability, range}.
function tableOf(caption, entries) {
  const table = clone("scores");
  const best = indexOfHighest(entries.map(({ probability }) => probability));
  table.caption.textContent = caption;
  for (const [i, { name, probability, range }] of entries.entries()) {
    const row = table.tBodies[0].insertRow();
    row.className = i === best ? "best" : "";
    row.dataset.probability = probability;
    row.append(Object.assign(element("th", name), { scope: "row" }));
    row.insertCell().append(barOf(probability, range));
    const number = element("td", probability.toFixed(3), "number");
    if (range) number.append(element("span", range.map((end) => end.toFixed(3)).join("–"), "line"));
    row.append(number);
  }
  return table;
}

function lesionTable({ probabilities, networks }, { classes }, classNames) {
  const entries = classes.map((label, i) => {
    const values = networks.map((row) => row[i]);
    const range = networks.length > 1 && [Math.min(...values), Math.max(...values)];
    return { name: classNames[label] ?? label, probability: probabilities[i], range };
  });
  const of = networks.length === 1 ? "" : `, mean of ${networks.length} networks (lowest–highest)`;
  return tableOf(`Lesion${of}`, entries);
}

function symmetryTable({ probabilities }, { symmetry_classes: classes, lesion }) {
  const used = lesion.takes_cams ? "" : ", shown but not used by the lesion networks";
  return tableOf(`Symmetry${used}`, classes.map((name, i) => ({ name, probability: probabilities[i] })));
}

function marksOf({ study, classes: { unlike }, lesion }, texts) {
  const marks = [];
  if (unlike.marked) marks.push(["bad", texts.unlike]);
  if (study) {
    const seen = study.trained_on ? "networks were trained on" : "no network was trained on";
    marks.push([study.trained_on ? "bad" : "", `The same file as ${study.image}, which ${seen}.`]);
  }
  if (!lesion.found) marks.push(["", texts.no_lesion]);
  if (!study) marks.push(["aside", texts.unrecognised]);
  return marks.map(([kind, text]) => element("li", text, kind));
}

function detailsOf({ sha256, hairShare, lesion, symmetry, seconds, classes: { unlike } }, { segmentation }) {
  const details = {
    Hair: hairShare === null ? "not removed" : `${percent(hairShare)} of the pixels replaced`,
    Networks: `segmentation ${segmentation.averaged ? "by all folds" : `fold ${lesion.fold}`}, symmetry fold ${symmetry.fold}`,
    "Unlike score": `${unlike.score.toFixed(3)}, marked above ${unlike.threshold.toFixed(3)}`,
    "SHA-256": `${sha256.slice(0, 16)}…`,
    Time: `${seconds.toFixed(2)} s`,
  };
  return Object.entries(details).flatMap(([term, text]) => [element("dt", term), element("dd", text)]);
}

function picturesOf(prediction, symmetryClasses) {
  const { symmetry, classes } = prediction;
  const judged = symmetryClasses[indexOfHighest(symmetry.probabilities)];
  const isEmpty = (cam) => cam.data.every((value) => value === 0);
  const withCam = (name, cam) => {
    const caption = `${name}${isEmpty(cam) ? ", empty" : ""}`;
    return picture(prediction, caption, caption, isEmpty(cam) ? undefined : cam);
  };
  return [
    picture(prediction, "Lesion mask and LAE box", "The image with the lesion mask and the LAE box"),
    withCam(`Symmetry CAM (${judged})`, symmetry.cam),
    withCam("Lesion CAM of the predicted class", classes.cam),
  ];
}

// Return a card of a file, in the list's end.
export function addCard(list, name) {
  const card = clone("card");
  card.querySelector(".name").textContent = name;
  list.append(card);
  return card;
}

export function showStarted(card) {
  card.querySelector(".verdict").textContent = "Working …";
}

export function showRefused(card, reason) {
  card.classList.add("refused");
  card.querySelector(".verdict").textContent = `Not predicted: ${reason}`;
}

export function showPrediction(card, prediction, metadata, { class_names: classNames, marks: texts }) {
  const { classes } = prediction;
  const predicted = metadata.classes[indexOfHighest(classes.probabilities)];
  const probability = Math.max(...classes.probabilities);
  card.querySelector(".verdict").textContent = `${classNames[predicted] ?? predicted}, probability ${probability.toFixed(3)}`;
  card.querySelector(".pictures").append(...picturesOf(prediction, metadata.symmetry_classes));
  card.querySelector(".lesion").append(lesionTable(classes, metadata, classNames));
  card.querySelector(".symmetry").append(symmetryTable(prediction.symmetry, metadata));
  card.querySelector(".details").append(...detailsOf(prediction, metadata));
  const marks = marksOf(prediction, texts);
  card.querySelector(".marks").append(...marks);
  card.querySelector(".marks").hidden = marks.length === 0;
  card.classList.toggle("unlike", classes.unlike.marked);
  card.querySelector(".prediction").hidden = false;
  card.classList.add("predicted");
}
