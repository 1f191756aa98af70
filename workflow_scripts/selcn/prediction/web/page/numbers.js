// Arithmetic of the cascade's probabilities and maps.

const HALF = { significand: 10, leastExponent: -14 };

// Return a number of 0 to 1 rounded to float16, halves to even.
export function roundedToHalf(value) {
  if (value === 0) return 0;
  const exponent = Math.max(Math.floor(Math.log2(value)), HALF.leastExponent);
  const step = 2 ** (exponent - HALF.significand);
  const steps = Math.round(value / step);
  return (steps - value / step === 0.5 && steps % 2 ? steps - 1 : steps) * step;
}

// Return the rows of a flat array.
export function rowsOf(values, length) {
  return Array.from({ length: values.length / length }, (_, i) => Array.from(values.slice(i * length, (i + 1) * length)));
}

// Return the mean of rows of equal length.
export function meanOf(rows) {
  return rows[0].map((_, column) => rows.reduce((sum, row) => sum + row[column], 0) / rows.length);
}

// Return probabilities after temperature scaling.
export function scaled(probabilities, temperature) {
  const logits = probabilities.map((probability) => Math.log(probability) / temperature);
  const highest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

// Return a map with its lowest value at 0 and its highest at 1; all 0 if it is constant.
export function spread(map) {
  const [lowest, highest] = [Math.min(...map), Math.max(...map)];
  return Float32Array.from(map, (value) => (highest > lowest ? (value - lowest) / (highest - lowest) : 0));
}

export function indexOfHighest(values) {
  return values.indexOf(Math.max(...values));
}
