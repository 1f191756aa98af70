// How unlike the training data an image is; see selcn/prediction/unlike.py.

// Return the float32 arrays of a safetensors file, by name, as {shape, data}.
export function readSafetensors(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  const arrays = Object.entries(header).filter(([name]) => name !== "__metadata__");
  return Object.fromEntries(
    arrays.map(([name, { shape, data_offsets: [from, to] }]) => {
      const data = new Float32Array(bytes.slice(start + from, start + to).buffer);
      return [name, { shape, data }];
    }),
  );
}

const lengthOf = (vector) => Math.hypot(...vector);
const product = (one, other) => one.reduce((sum, value, i) => sum + value * other[i], 0);

// Return the mean of a feature map (1, C, h, w) over its pixels, scaled to length 1; 0 stays 0.
function directionOf({ dims: [, channels], data }) {
  const pixels = data.length / channels;
  const pooled = Array.from({ length: channels }, (_, channel) => {
    let sum = 0;
    for (let i = 0; i < pixels; i++) sum += data[channel * pixels + i];
    return sum / pixels;
  });
  const length = lengthOf(pooled) || 1;
  return pooled.map((value) => value / length);
}

// Return the distance of a feature map's direction from the subspace of the training images' directions.
export function unlikeScore(features, { mean, components }) {
  const deviation = directionOf(features).map((value, i) => value - mean.data[i]);
  const [count, channels] = components.shape;
  const rest = [...deviation];
  for (let k = 0; k < count; k++) {
    const component = components.data.subarray(k * channels, (k + 1) * channels);
    const along = product(deviation, component);
    component.forEach((value, i) => { rest[i] -= along * value; });
  }
  return lengthOf(rest);
}
