// Lesion area extraction: the largest component of a mask and the enlarged box around it; see selcn/masks/lae.py.
// A mask is a Uint8Array of `size` by `size` zeros and ones; a box is [x0, y0, x1, y1] in pixels, half-open.

// Return the edges and the area of each connected component (8 neighbours), in the order of their first pixels.
function componentsOf(mask, size) {
  const seen = new Uint8Array(mask.length);
  const components = [];
  for (let start = 0; start < mask.length; start++) {
    if (!mask[start] || seen[start]) continue;
    const found = { left: size, top: size, right: 0, bottom: 0, area: 0 };
    const open = [start];
    seen[start] = 1;
    while (open.length) {
      const at = open.pop();
      const [x, y] = [at % size, Math.floor(at / size)];
      found.left = Math.min(found.left, x);
      found.top = Math.min(found.top, y);
      found.right = Math.max(found.right, x + 1);
      found.bottom = Math.max(found.bottom, y + 1);
      found.area++;
      for (let row = Math.max(0, y - 1); row <= Math.min(size - 1, y + 1); row++) {
        for (let column = Math.max(0, x - 1); column <= Math.min(size - 1, x + 1); column++) {
          const next = row * size + column;
          if (mask[next] && !seen[next]) open.push(next);
          if (mask[next]) seen[next] = 1;
        }
      }
    }
    components.push(found);
  }
  return components;
}

// Return the range [low, high), grown about its centre and clipped to [0, size).
function grow(low, high, factor, size) {
  const margin = Math.floor(((high - low) * (factor - 1)) / 2 + 0.5);
  return [Math.max(0, low - margin), Math.min(size, high + margin)];
}

// Return {box, found} of a mask by the bundle's settings {factor, empty_masks}.
export function laeBox(mask, size, { factor, empty_masks: emptyMasks }) {
  // Of the largest the topmost, then leftmost.
  const [largest] = componentsOf(mask, size).sort((a, b) => b.area - a.area || a.top - b.top || a.left - b.left);
  if (!largest) return { box: emptyMasks === "whole_image" ? [0, 0, size, size] : [0, 0, 0, 0], found: false };
  const [x0, x1] = grow(largest.left, largest.right, factor, size);
  const [y0, y1] = grow(largest.top, largest.bottom, factor, size);
  return { box: [x0, y0, x1, y1], found: true };
}

// Return a box as a mask.
export function boxMask([x0, y0, x1, y1], size) {
  const mask = new Uint8Array(size * size);
  for (let y = y0; y < y1; y++) mask.fill(1, y * size + x0, y * size + x1);
  return mask;
}
