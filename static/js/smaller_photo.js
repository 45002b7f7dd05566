// A photograph as JPEG at the size that the shop keeps, for phones on a weak line.
const LARGEST = 2560; // pixels of the longer side; the shop keeps fewer
const SMALL = 700_000; // bytes that need no shrinking

// Whatever the browser can't draw goes as it is: the shop says what is wrong with it.
export const smaller = async (file) => {
  try {
    const image = await createImageBitmap(file);
    const scale = LARGEST / Math.max(image.width, image.height);
    if (scale >= 1 && file.size <= SMALL) return file;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height].map((side) => Math.round(side * Math.min(1, scale)));
    const brush = canvas.getContext("2d");
    brush.fillStyle = "#fff";
    brush.fillRect(0, 0, canvas.width, canvas.height);
    brush.drawImage(image, 0, 0, canvas.width, canvas.height);
    return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.86))) ?? file;
  } catch {
    return file;
  }
};
