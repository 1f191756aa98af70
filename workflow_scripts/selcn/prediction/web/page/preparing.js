// Preparation of an image file for the networks; see selcn/prediction/preparing.py.

import { decode, throughJpeg } from "./decoding.js";
import { removeHair } from "./hair.js";
import { pack } from "./resizing.js";

// Return {packed, hairShare} of a file's bytes; without OpenCV (cv: null) no hair is removed, and the share is null.
export async function prepare(bytes, { hair, pack: settings }, cv) {
  const original = await decode(bytes);
  if (!cv) return { packed: pack(original, settings), hairShare: null };
  const { image, share } = removeHair(cv, original, hair.settings);
  return { packed: pack(await throughJpeg(image), settings), hairShare: share };
}
