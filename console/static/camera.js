// The camera of the check-in page. The browser reads codes by itself where it can; elsewhere
// (Safari on iPhones) a decoder of ours does. Without a camera the six digits and the list remain.
// `said`, `enter` and `tell` are those of door.js.
"use strict";

const PAUSE = 250;
// A code that fills a third of the picture is read at this size; more pixels only take time.
const LONGEST = 640;
const scan = document.getElementById("scan");
const camera = document.getElementById("camera");

async function readsItself() {
  if (!("BarcodeDetector" in window)) return false;
  const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
  return formats.includes("qr_code");
}

function load(address) {
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", done);
    script.addEventListener("error", failed);
    document.head.append(script);
  });
}

// What looks at the camera's picture and says the text of the code in it, or nothing.
function browserReader() {
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  return async () => {
    const found = await detector.detect(camera).catch(() => []);
    return found.length ? found[0].rawValue : "";
  };
}

function ownReader() {
  const canvas = document.createElement("canvas");
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  return async () => {
    const scale = Math.min(1, LONGEST / Math.max(camera.videoWidth, camera.videoHeight));
    canvas.width = Math.round(camera.videoWidth * scale);
    canvas.height = Math.round(camera.videoHeight * scale);
    // The first pictures of a camera may still have no size.
    if (!canvas.width || !canvas.height) return "";
    brush.drawImage(camera, 0, 0, canvas.width, canvas.height);
    const picture = brush.getImageData(0, 0, canvas.width, canvas.height);
    const found = jsQR(picture.data, canvas.width, canvas.height, { inversionAttempts: "dontInvert" });
    return found ? found.data : "";
  };
}

async function watch(read, stream) {
  let last = "";
  while (stream.active && !camera.hidden) {
    const text = await read();
    if (text && text !== last && !enter(text)) tell(said.saidUnknown, "bad");
    if (text) last = text;
    await new Promise((done) => setTimeout(done, PAUSE));
  }
}

function face(isOpen) {
  camera.hidden = !isOpen;
  scan.textContent = isOpen ? said.wordStop : said.wordScan;
}

function close() {
  for (const track of camera.srcObject.getTracks()) track.stop();
  camera.srcObject = null;
  face(false);
}

async function look(makeReader) {
  if (!camera.hidden) {
    close();
    return;
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    camera.srcObject = stream;
    face(true);
    await camera.play();
    watch(makeReader(), stream);
  } catch (fault) {
    if (!camera.hidden) close();
    tell(fault.name === "NotAllowedError" ? said.saidForbidden : said.saidBlind, "warn");
  }
}

async function prepare() {
  // Without https, or without any camera in the browser, there is nothing to offer.
  if (!navigator.mediaDevices) return;
  let makeReader = browserReader;
  if (!(await readsItself())) {
    // Now, not when the button is pressed: by then the network may be away.
    try {
      await load(said.decoder);
    } catch {
      return;
    }
    makeReader = ownReader;
  }
  scan.addEventListener("click", () => look(makeReader));
  scan.hidden = false;
}

prepare();
