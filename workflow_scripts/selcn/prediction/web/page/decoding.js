// Image files as pixels, as OpenCV reads them: stored colours and orientation, whatever a profile or EXIF says.

// Segments of a JPEG that say how pixels are stored: JFIF and Adobe's colour transform; of a PNG, its critical chunks.
const KEPT_SEGMENTS = new Set([0xe0, 0xee]);
const KEPT_CHUNKS = new Set(["IHDR", "PLTE", "IDAT", "IEND"]);
const START_OF_SCAN = 0xda;
const JPEG = [0xff, 0xd8, 0xff];
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const QUALITY = 0.95;

export class UnusableImage extends Error {}

const begins = (bytes, signature) => signature.every((byte, i) => bytes[i] === byte);

// Return the parts of a JPEG without profile, EXIF and comments.
function jpegParts(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = [bytes.subarray(0, 2)];
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== START_OF_SCAN) {
    const marker = bytes[at + 1];
    const end = at + 2 + view.getUint16(at + 2);
    if (marker < 0xe0 || marker > 0xef || KEPT_SEGMENTS.has(marker)) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return [...parts, bytes.subarray(at)];
}

function pngParts(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = [bytes.subarray(0, PNG.length)];
  for (let at = PNG.length; at + 12 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (KEPT_CHUNKS.has(kind)) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return parts;
}

function withoutMetadata(bytes) {
  if (begins(bytes, JPEG)) return new Blob(jpegParts(bytes), { type: "image/jpeg" });
  if (begins(bytes, PNG)) return new Blob(pngParts(bytes), { type: "image/png" });
  return new Blob([bytes]);
}

// Return {width, height, data: RGB} of a file's bytes.
export async function decode(bytes) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(withoutMetadata(bytes), { colorSpaceConversion: "none" });
  } catch {
    throw new UnusableImage("The browser cannot read it as an image; expected an undamaged JPEG or PNG file.");
  }
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new UnusableImage(`It has ${width}×${height} pixels, too many for this browser.`);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    if (data[4 * i + 3] < 255) throw new UnusableImage("It has transparent pixels; save it without transparency.");
    rgb.set(data.subarray(4 * i, 4 * i + 3), 3 * i);
  }
  return { width, height, data: rgb };
}

// Return an image as RGBA, for a canvas.
export function asImageData({ width, height, data }) {
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) rgba[4 * i + c] = data[3 * i + c];
  return new ImageData(rgba, width, height);
}

// Return an image after it was written as a JPEG and read again, as the study does with images without hair.
export async function throughJpeg(image) {
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext("2d").putImageData(asImageData(image), 0, 0);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  return decode(new Uint8Array(await blob.arrayBuffer()));
}
