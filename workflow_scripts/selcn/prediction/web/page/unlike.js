// How unlike the training data an image is.

// Return {score, unlike}, by the lesion network's features; null where the bundle has no reference for it.
export function unlikeScore() {
  return null;
}
