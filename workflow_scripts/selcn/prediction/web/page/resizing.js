// Resizing as OpenCV's `resize` does it, and fitting into the packed square; see selcn/data/packing.py.
// An image is {width, height, data}, its data a Uint8Array of red, green and blue.

const CHANNELS = 3;
// Shares of a source pixel that are too small to count, in OpenCV.
const LEAST_SHARE = 1e-3;
const FIXED_POINT = 2048;

// Return each target position's source positions and their weights, for averaging over areas.
function areaWeights(source, target) {
  const scale = source / target;
  return Array.from({ length: target }, (_, position) => {
    const start = position * scale;
    const width = Math.min(scale, source - start);
    const end = start + scale;
    const last = Math.min(Math.floor(end), source - 1);
    const first = Math.min(Math.ceil(start), last);
    const taps = [];
    if (first - start > LEAST_SHARE) taps.push([first - 1, (first - start) / width]);
    for (let at = first; at < last; at++) taps.push([at, 1 / width]);
    if (end - last > LEAST_SHARE) taps.push([last, Math.min(end - last, 1, width) / width]);
    return taps.map(([at, weight]) => [at, Math.fround(weight)]);
  });
}

// Return the same for bicubic interpolation: four source positions, those outside repeating the edge.
function cubicWeights(source, target) {
  const scale = source / target;
  const a = -0.75;
  return Array.from({ length: target }, (_, position) => {
    const centre = Math.fround((position + 0.5) * scale - 0.5);
    const first = Math.floor(centre);
    const x = Math.fround(centre - first);
    const weights = [
      ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a,
      ((a + 2) * x - (a + 3)) * x * x + 1,
      ((a + 2) * (1 - x) - (a + 3)) * (1 - x) * (1 - x) + 1,
    ];
    weights.push(1 - weights[0] - weights[1] - weights[2]);
    return weights.map((weight, i) => {
      const at = Math.min(Math.max(first - 1 + i, 0), source - 1);
      return [at, roundHalfEven(weight * FIXED_POINT) / FIXED_POINT];
    });
  });
}

function roundHalfEven(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}

// Return the weighted means of an image's pixels; halves go to the even number, as a Uint8ClampedArray rounds.
function weighted({ width, data }, columns, rows) {
  const resized = new Uint8ClampedArray(rows.length * columns.length * CHANNELS);
  const sums = new Float32Array(columns.length * CHANNELS);
  const lines = new Map();
  const lineOf = (y) => {
    if (!lines.has(y)) lines.set(y, weightedLine(data.subarray(y * width * CHANNELS), columns));
    return lines.get(y);
  };
  rows.forEach((taps, y) => {
    sums.fill(0);
    for (const [at, weight] of taps) lineOf(at).forEach((value, i) => { sums[i] += Math.fround(value * weight); });
    resized.set(sums, y * sums.length);
    for (const at of lines.keys()) if (at < taps[0][0]) lines.delete(at);
  });
  return { width: columns.length, height: rows.length, data: new Uint8Array(resized.buffer) };
}

// Products and sums are rounded to single precision, as in OpenCV.
function weightedLine(pixels, columns) {
  const line = new Float32Array(columns.length * CHANNELS);
  columns.forEach((taps, x) => {
    for (let channel = 0; channel < CHANNELS; channel++) {
      let sum = 0;
      for (const [at, weight] of taps) sum = Math.fround(sum + Math.fround(pixels[at * CHANNELS + channel] * weight));
      line[x * CHANNELS + channel] = sum;
    }
  });
  return line;
}

// Return the means of blocks of whole pixels, which OpenCV adds as integers; of 2x2, halves go up.
function meanOfBlocks({ width, data }, columns, rows, across, down) {
  const resized = new Uint8ClampedArray(rows * columns * CHANNELS);
  const area = across * down;
  for (let i = 0; i < resized.length; i++) {
    const x = Math.floor(i / CHANNELS) % columns;
    const y = Math.floor(i / CHANNELS / columns);
    let sum = 0;
    for (let row = y * down; row < (y + 1) * down; row++) {
      for (let column = x * across; column < (x + 1) * across; column++) {
        sum += data[(row * width + column) * CHANNELS + (i % CHANNELS)];
      }
    }
    resized[i] = across === 2 && down === 2 ? (sum + 2) >> 2 : Math.fround(sum * Math.fround(1 / area));
  }
  return { width: columns, height: rows, data: new Uint8Array(resized.buffer) };
}

// Return an image of a size: averaged over areas if neither side grows, else bicubic.
export function resize(image, width, height) {
  const [across, down] = [image.width / width, image.height / height];
  if (Number.isInteger(across) && Number.isInteger(down)) return meanOfBlocks(image, width, height, across, down);
  const weights = across >= 1 && down >= 1 ? areaWeights : cubicWeights;
  return weighted(image, weights(image.width, width), weights(image.height, height));
}

function stretch(image, size) {
  return resize(image, size, size);
}

// As Python's round: halves to the even number.
function pad(image, size) {
  const longer = Math.max(image.width, image.height);
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, roundHalfEven((side * size) / longer)));
  const [left, top] = [width, height].map((side) => Math.floor((size - side) / 2));
  const { data } = resize(image, width, height);
  const padded = new Uint8Array(size * size * CHANNELS);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width * CHANNELS, (y + 1) * width * CHANNELS);
    padded.set(row, ((top + y) * size + left) * CHANNELS);
  }
  return { width: size, height: size, data: padded };
}

function crop(image, size) {
  const side = Math.min(image.width, image.height);
  const [left, top] = [image.width, image.height].map((length) => Math.floor((length - side) / 2));
  const square = new Uint8Array(side * side * CHANNELS);
  for (let y = 0; y < side; y++) {
    const start = ((top + y) * image.width + left) * CHANNELS;
    square.set(image.data.subarray(start, start + side * CHANNELS), y * side * CHANNELS);
  }
  return resize({ width: side, height: side, data: square }, size, size);
}

const FITTING = { stretch, pad, crop };

// Fit an image into the packed square by the bundle's settings {size, fit}.
export function pack(image, { size, fit }) {
  return FITTING[fit](image, size);
}
