/** Sample files, made in the page. */
export interface Sample {
  readonly label: string;
  make(): Promise<File>;
}

/** The harmless text that every virus scanner reports, in two parts so that no scanner reports this script. */
const EICAR = ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR", "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"];

export const SAMPLES: readonly Sample[] = [
  { label: "a picture", make: picture },
  { label: "a file of 20 MB", make: async () => new File([noise(20 * 1024 * 1024)], "archive.pdf", { type: "application/pdf" }) },
  { label: "a file that the scan rejects", make: async () => new File(EICAR, "suspicious.txt", { type: "text/plain" }) },
  { label: "a program, which is not allowed", make: async () => new File(["MZ"], "setup.exe") },
];

const SIDE = 320;

/** A small landscape. */
async function picture(): Promise<File> {
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  const sky = context.createLinearGradient(0, 0, 0, SIDE);
  sky.addColorStop(0, "#274a7a");
  sky.addColorStop(0.7, "#f3a66b");
  context.fillStyle = sky;
  context.fillRect(0, 0, SIDE, SIDE);
  context.fillStyle = "#ffe9b8";
  context.beginPath();
  context.arc(SIDE * 0.68, SIDE * 0.5, SIDE * 0.11, 0, 2 * Math.PI);
  context.fill();
  hill(context, "#35556b", 0.62, 0.3);
  hill(context, "#1d3540", 0.76, 2.2);
  return new File([await canvas.convertToBlob()], "evening.png", { type: "image/png" });
}

function hill(context: OffscreenCanvasRenderingContext2D, color: string, height: number, phase: number): void {
  context.fillStyle = color;
  context.beginPath();
  context.moveTo(0, SIDE);
  for (let x = 0; x <= SIDE; x += 4) context.lineTo(x, SIDE * (height + 0.07 * Math.sin(x / 45 + phase)));
  context.lineTo(SIDE, SIDE);
  context.fill();
}

/** Random bytes, in portions because browsers give at most 65,536 at once. */
function noise(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let from = 0; from < size; from += 65_536) crypto.getRandomValues(bytes.subarray(from, from + 65_536));
  return bytes;
}
