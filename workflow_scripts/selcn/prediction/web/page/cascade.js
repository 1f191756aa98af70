// The cascade of one bundle: segmentation, symmetry and lesion networks, run by onnxruntime-web.

import { foldOf } from "./folds.js";
import { boxMask, laeBox } from "./lae.js";
import { meanOf, rowsOf, scaled } from "./numbers.js";

const ERRORS = 3; // onnxruntime also warns of what does not matter

function tensorsOf(ort, { packed, masks, cam }) {
  const { width: size, data } = packed;
  return {
    images: () => new ort.Tensor("uint8", data, [1, size, size, 3]),
    masks: () => new ort.Tensor("uint8", masks, [1, size, size]),
    cams: () => new ort.Tensor("float32", cam.data, [1, cam.height, cam.width]),
  };
}

const camOf = ({ dims: [, height, width], data }) => ({ width, height, data });

export class Cascade {
  // ort: onnxruntime-web; metadata: the bundle's; read: returns the bytes of a file of the bundle.
  constructor(ort, metadata, read) {
    Object.assign(this, { ort, metadata, read, files: metadata.onnx.files, sessions: new Map() });
  }

  // Return the session of a file, opened when it is first needed: a fold's network may never be.
  session(name) {
    if (!this.sessions.has(name)) {
      const opened = this.read(name).then((bytes) =>
        this.ort.InferenceSession.create(bytes, { executionProviders: ["wasm"], logSeverityLevel: ERRORS }),
      );
      this.sessions.set(name, opened);
    }
    return this.sessions.get(name);
  }

  async run(name, values) {
    const session = await this.session(name);
    const tensors = tensorsOf(this.ort, values);
    return session.run(Object.fromEntries(session.inputNames.map((input) => [input, tensors[input]()])));
  }

  // Return what lies over an image for a network that takes none, the mask (seg) or the LAE box (lae).
  laidOver(kind, { mask, box, found }, size) {
    if (kind === "none") return new Uint8Array(size * size).fill(1);
    return kind === "seg" && found ? mask : boxMask(box, size);
  }

  // Return the fold whose network of a stage serves an image: that of a known image, else one by its SHA-256.
  foldOf(stage, sha256, known) {
    const folds = Object.keys(this.files[stage]).map(Number);
    const own = known?.[`${stage}_fold`];
    return folds.includes(own) ? own : foldOf(sha256, folds);
  }

  async segment(packed, sha256, known) {
    const fold = this.foldOf("segmentation", sha256, known);
    const { masks } = await this.run(this.files.segmentation[fold], { packed });
    return { mask: masks.data, fold, ...laeBox(masks.data, packed.width, this.metadata.lae) };
  }

  async judgeSymmetry(packed, lesion, sha256, known) {
    const fold = this.foldOf("symmetry", sha256, known);
    const masks = this.laidOver(this.metadata.symmetry.mask, lesion, packed.width);
    const { probabilities, cams } = await this.run(this.files.symmetry[fold], { packed, masks });
    return { fold, probabilities: [...probabilities.data], cam: camOf(cams) };
  }

  async classify(packed, lesion, cam) {
    const { classes, lesion: { mask, temperature } } = this.metadata;
    const masks = this.laidOver(mask, lesion, packed.width);
    const { networks, lesion_cams: cams } = await this.run(this.files.lesion, { packed, masks, cam });
    const rows = rowsOf(networks.data, classes.length);
    return {
      networks: rows.map((row) => scaled(row, temperature)),
      probabilities: scaled(meanOf(rows), temperature),
      cam: camOf(cams),
      unlike: await this.unlike(packed),
    };
  }

  // Return how unlike the training data an image is, and whether it is marked.
  async unlike(packed) {
    const { threshold } = this.metadata.unlike;
    const { scores } = await this.run(this.files.unlike, { packed });
    const [score] = scores.data;
    return { score, threshold, marked: score > threshold };
  }

  // Return what the cascade says of a packed image; `known`: the study's image that it is, if it is one.
  async predict(packed, sha256, known) {
    const lesion = await this.segment(packed, sha256, known);
    const symmetry = await this.judgeSymmetry(packed, lesion, sha256, known);
    return { lesion, symmetry, classes: await this.classify(packed, lesion, symmetry.cam) };
  }
}
