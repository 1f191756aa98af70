// Counting of a confusion matrix from the predictions of each image. A "row" is an image, or a variant of one, in the
// order of the data file; -1 stands for a class that a network did not predict, or that the matrix does not have.
(() => {
  "use strict";
  const { count } = selcn;
  const MEAN = "mean";

  const classAt = (string, row) => (string[row] === "-" ? -1 : parseInt(string[row], 36));
  const lengths = (fields) => fields.reduce((sum, rows) => sum + rows.length, 0);

  // Return the rows in each field, [label][predicted], for a network's name or "mean".
  function fieldsOf(matrix, model, network) {
    const predictions = network === MEAN ? model.mean : model.predicted[model.networks.indexOf(network)];
    const fields = matrix.classes.map(() => matrix.classes.map(() => []));
    for (let row = 0; row < matrix.images.length; row++) {
      fields[classAt(matrix.labels, row)]?.[classAt(predictions, row)]?.push(row);
    }
    return fields;
  }

  // Return accuracy and balanced accuracy (mean recall over the classes in the truth), 0 to 1, and their counts.
  function scoresOf(fields) {
    const totals = fields.map(lengths);
    const all = totals.reduce((sum, total) => sum + total, 0);
    const right = fields.reduce((sum, row, i) => sum + row[i].length, 0);
    const recalls = fields.map((row, i) => row[i].length / totals[i]).filter((recall) => !Number.isNaN(recall));
    const balanced = recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
    return { all, right, accuracy: right / all, balanced, classes: recalls.length };
  }

  // What a row is: the thesis's validation set has several variants of an image.
  const nounOf = (matrix) => (matrix.variants ? "image variant" : "image");

  function nameOf(matrix, label, predicted, number) {
    return `label ${matrix.classes[label]}, predicted ${matrix.classes[predicted]}: ${count(number, nounOf(matrix))}`;
  }

  // Return how many networks the mean of a row is over: "4", or "1 to 4".
  function networksOfMean(matrix, model) {
    let [least, most] = [Infinity, 0];
    for (let row = 0; row < matrix.images.length; row++) {
      const number = model.predicted.filter((predictions) => predictions[row] !== "-").length;
      least = Math.min(least, number);
      most = Math.max(most, number);
    }
    return least === most ? `${most}` : `${least} to ${most}`;
  }

  // Return the sentences below a matrix.
  function describe(matrix, model, network, scores) {
    const noun = nounOf(matrix);
    if (scores.all === 0) return `This network predicted no ${noun} of this set.`;
    const sentences = [
      `Accuracy ${scores.accuracy.toFixed(3)} (${scores.right.toLocaleString("en")} of ${count(scores.all, noun)}).`,
      `Balanced accuracy ${scores.balanced.toFixed(3)} (mean recall over ${count(scores.classes, "class")}).`,
    ];
    if (network === MEAN) {
      sentences.push(
        `The predicted class of an ${noun} has the highest mean probability over the networks that predicted it ` +
          `(${networksOfMean(matrix, model)} of ${model.networks.length}).`,
        "The tables give the mean of the networks' own accuracies instead.",
      );
    }
    const left = matrix.images.length - scores.all;
    const reason = "without a prediction or with a label of another class";
    if (left) sentences.push(`Not counted: ${count(left, noun)} ${reason}.`);
    return sentences.join(" ");
  }

  // Return rows by the mean's probability of the predicted class, highest first. Where the mean is of another class,
  // as it may be for a single network, the row comes last.
  function mostConfidentFirst(model, rows, predicted) {
    const confidence = (row) => (classAt(model.mean, row) === predicted ? 1 : -1) * model.probability[row];
    return [...rows].sort((a, b) => confidence(b) - confidence(a) || a - b);
  }

  // Return a row's card.
  function itemOf(matrix, model, row) {
    const variant = matrix.variants ? `variant ${matrix.variants[row]}: ` : "";
    const probability = (model.probability[row] / 10000).toFixed(3);
    const text = `${variant}${matrix.classes[classAt(model.mean, row)]} ${probability}`;
    return { dataset: matrix.dataset, images: [matrix.images[row]], text };
  }

  Object.assign(selcn, { MEAN, lengths, fieldsOf, scoresOf, nounOf, nameOf, describe, mostConfidentFirst, itemOf });
})();
