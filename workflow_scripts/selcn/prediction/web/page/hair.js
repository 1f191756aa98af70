// Hair removal by the black-hat method with OpenCV's WebAssembly build; see selcn/data/hair.

const SMALLEST_KERNEL = 3;

// Return OpenCV; its script sets `cv` of the global scope.
export async function openCv() {
  await import("./libraries/opencv.js");
  return globalThis.cv;
}

function kernelSize(height, { kernel, reference_height: referenceHeight }) {
  return Math.max(SMALLEST_KERNEL, 2 * Math.trunc((kernel * height) / referenceHeight / 2) + 1);
}

// Return {image, share}: an image with its hair inpainted, and the share of pixels that were replaced.
export function removeHair(cv, image, settings) {
  const matrices = [];
  const made = (matrix) => {
    matrices.push(matrix);
    return matrix;
  };
  try {
    const original = made(cv.matFromArray(image.height, image.width, cv.CV_8UC3, image.data));
    const [grey, hat, mask, clean] = Array.from({ length: 4 }, () => made(new cv.Mat()));
    const side = kernelSize(image.height, settings);
    const kernel = made(cv.getStructuringElement(cv.MORPH_CROSS, new cv.Size(side, side)));
    cv.cvtColor(original, grey, cv.COLOR_RGB2GRAY);
    cv.morphologyEx(grey, hat, cv.MORPH_BLACKHAT, kernel);
    cv.threshold(hat, mask, settings.threshold, 1, cv.THRESH_BINARY);
    cv.inpaint(original, mask, clean, settings.radius, cv.INPAINT_TELEA);
    const share = cv.countNonZero(mask) / (image.width * image.height);
    return { image: { ...image, data: new Uint8Array(clean.data) }, share };
  } finally {
    matrices.forEach((matrix) => matrix.delete());
  }
}
