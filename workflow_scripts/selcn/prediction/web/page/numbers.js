// Arithmetic of the cascade's probabilities.

// The smallest normal number of single precision, in which a probability may have become 0.
const TINY = 2 ** -126;

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
  const logits = probabilities.map((probability) => Math.log(Math.max(probability, TINY)) / temperature);
  const highest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

export function indexOfHighest(values) {
  return values.indexOf(Math.max(...values));
}
