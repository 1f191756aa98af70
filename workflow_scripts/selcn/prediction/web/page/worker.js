// The worker: it opens the bundle, and predicts images one after another while the page stays responsive.

import { Cascade } from "./cascade.js";
import { openCv } from "./hair.js";
import * as ort from "./libraries/ort.wasm.bundle.min.mjs";
import { prepare } from "./preparing.js";

const PAGE = new URL(".", import.meta.url);
const BUNDLE = new URL("..", PAGE);

async function fetched(url) {
  const response = await fetch(url).catch(() => null);
  if (!response?.ok) {
    const found = response ? `the server answered ${response.status}` : "no server answered";
    throw new Error(`${url}: ${found}; serve the whole bundle, as its README.md says, and reload this page.`);
  }
  return response;
}

async function readJson(url) {
  return (await fetched(url)).json();
}

// Return a file's bytes, and tell the page how many of them are there.
async function readBytes(url) {
  const response = await fetched(url);
  const total = Number(response.headers.get("Content-Length"));
  const name = url.pathname.split("/").pop();
  const chunks = [];
  let loaded = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    loaded += value.length;
    postMessage({ kind: "progress", name, loaded, total });
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

async function open() {
  if (!globalThis.crypto.subtle) {
    throw new Error("The browser trusts no page from this address; open it from http://localhost, or over https.");
  }
  const [metadata, settings] = await Promise.all([
    readJson(new URL("metadata.json", BUNDLE)),
    readJson(new URL("settings.json", PAGE)),
  ]);
  const [cv, known] = await Promise.all([
    settings.removes_hair ? openCv() : null,
    settings.known ? readJson(new URL(settings.known, PAGE)) : null,
  ]);
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = await readBytes(new URL("libraries/ort-wasm-simd-threaded.wasm", PAGE));
  const read = (name) => readBytes(new URL(name, BUNDLE));
  const cascade = new Cascade(ort, metadata, read);
  await cascade.session(metadata.onnx.files.lesion);
  postMessage({ kind: "ready", metadata, settings });
  return { metadata, cv, known, cascade };
}

async function sha256Of(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function predict(file, { metadata, cv, known, cascade }) {
  const start = performance.now();
  const bytes = new Uint8Array(await file.arrayBuffer());
  const sha256 = await sha256Of(bytes);
  const prepared = await prepare(bytes, metadata, cv);
  const study = known ? known[sha256] ?? false : null; // null: not known, false: none of the study's images
  const prediction = await cascade.predict(prepared.packed, sha256, study || undefined);
  return { sha256, study, seconds: (performance.now() - start) / 1000, ...prepared, ...prediction };
}

const opening = open();
opening.catch((error) => postMessage({ kind: "failed", reason: error.message }));

let last = opening;
onmessage = ({ data: { id, file } }) => {
  last = last
    .catch(() => null)
    .then(async () => {
      const opened = await opening;
      postMessage({ kind: "started", id });
      postMessage({ kind: "predicted", id, prediction: await predict(file, opened) });
    })
    .catch((error) => postMessage({ kind: "refused", id, reason: error.message }));
};
