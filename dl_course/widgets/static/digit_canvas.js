// A place to draw, and beside it what the network sees and what it predicts.
//
// Shared with Python: `strokes` goes there, [[[x, y], ...], ...] in pixels of the drawing; `picture`
// (bytes, 0 to 255), `probabilities` and `error` come back. `size`, `pen` and `names` never change.

const PAUSE = 100; // milliseconds between two messages to Python while the pen is moving

function render({ model, el }) {
  const size = model.get("size");
  const names = model.get("names");
  el.classList.add("dl-widget", "dl-canvas");
  el.innerHTML = `
    <div class="dl-draw">
      <canvas class="dl-paper" role="img"
        aria-label="Drawing area. Draw with a mouse, a finger or a pen."></canvas>
      <button type="button" class="dl-clear">Clear</button>
    </div>
    <div class="dl-see">
      <canvas class="dl-picture" role="img"></canvas>
      <span class="dl-caption">what the network sees</span>
    </div>
    <div class="dl-say">
      <p class="dl-answer" aria-live="polite"></p>
      <ul class="dl-bars"></ul>
      <p class="dl-error" role="alert" hidden></p>
    </div>`;
  const find = (name) => el.querySelector(name);
  const paper = find(".dl-paper");
  const brush = prepare(paper, size, model.get("pen"));
  const bars = names.map((name) => bar(find(".dl-bars"), name));

  let strokes = [];
  let pen = null; // the pointer that is drawing
  let timer = null;

  const send = () => {
    clearTimeout(timer);
    timer = null;
    model.set("strokes", structuredClone(strokes));
    model.save_changes();
  };

  const place = (event) => {
    const frame = paper.getBoundingClientRect();
    const scale = size / frame.width;
    const numbers = [event.clientX - frame.left, event.clientY - frame.top];
    return numbers.map((number) => Math.round(10 * scale * number) / 10);
  };

  const redraw = () => {
    draw(brush, strokes, size);
    el.classList.toggle("dl-empty", strokes.length === 0);
  };

  paper.addEventListener("pointerdown", (event) => {
    if (pen !== null || event.button !== 0) return;
    event.preventDefault();
    pen = event.pointerId;
    paper.setPointerCapture(pen);
    strokes.push([place(event)]);
    redraw();
  });

  paper.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pen) return;
    strokes.at(-1).push(place(event));
    redraw();
    timer ??= setTimeout(send, PAUSE);
  });

  paper.addEventListener("lostpointercapture", () => {
    pen = null;
    send();
  });

  find(".dl-clear").addEventListener("click", () => {
    strokes = [];
    redraw();
    send();
  });

  const showStrokes = () => {
    if (pen !== null) return; // the hand is ahead of Python
    strokes = structuredClone(model.get("strokes"));
    redraw();
  };

  const showPicture = () => paint(find(".dl-picture"), model.get("picture"));

  const showAnswer = () => {
    const probabilities = model.get("probabilities");
    const best = probabilities.indexOf(Math.max(...probabilities));
    bars.forEach((show, n) => show(probabilities[n], n === best));
    const answer = best < 0 ? "Draw something." : `The network says: ${names[best]}`;
    if (find(".dl-answer").textContent !== answer) find(".dl-answer").textContent = answer;
  };

  const showError = () => {
    find(".dl-error").textContent = model.get("error");
    find(".dl-error").hidden = !model.get("error");
    find(".dl-answer").hidden = Boolean(model.get("error"));
  };

  const shows = {
    "change:strokes": showStrokes,
    "change:picture": showPicture,
    "change:probabilities": showAnswer,
    "change:error": showError,
  };
  for (const [name, show] of Object.entries(shows)) {
    show();
    model.on(name, show);
  }
  return () => {
    clearTimeout(timer);
    for (const [name, show] of Object.entries(shows)) model.off(name, show);
  };
}

// A pen for the paper, sharp on screens with more than one dot a pixel.
function prepare(paper, size, width) {
  const dots = Math.max(1, window.devicePixelRatio);
  paper.width = paper.height = Math.round(size * dots);
  paper.style.width = `${size}px`;
  const brush = paper.getContext("2d");
  brush.scale(paper.width / size, paper.height / size);
  Object.assign(brush, { lineWidth: width, lineCap: "round", lineJoin: "round" });
  brush.strokeStyle = "white";
  return brush;
}

function draw(brush, strokes, size) {
  brush.clearRect(0, 0, size, size);
  for (const stroke of strokes) {
    brush.beginPath();
    brush.moveTo(...stroke[0]);
    for (const place of stroke) brush.lineTo(...place); // a stroke of one place is a dot
    brush.stroke();
  }
}

// Grey bytes, a square of them, into a canvas with as many pixels.
function paint(canvas, bytes) {
  const side = Math.sqrt(bytes.byteLength);
  canvas.width = canvas.height = side;
  canvas.ariaLabel = `What the network sees: ${side} by ${side} pixels.`;
  const pixels = new ImageData(side, side);
  for (let n = 0; n < bytes.byteLength; n++) {
    pixels.data.fill(bytes.getUint8(n), 4 * n, 4 * n + 3);
    pixels.data[4 * n + 3] = 255;
  }
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

// A line of the list: name, bar, percentage. Returns what sets it.
function bar(list, name) {
  const line = document.createElement("li");
  line.innerHTML = `<span class="dl-name"></span><span class="dl-track"><span></span></span>
    <span class="dl-percent"></span>`;
  line.querySelector(".dl-name").textContent = name;
  list.append(line);
  return (probability, isBest) => {
    const percent = 100 * (probability ?? 0);
    line.classList.toggle("dl-best", isBest);
    line.querySelector(".dl-track span").style.width = `${percent}%`;
    const text = probability === undefined ? "" : `${percent.toFixed(0)} %`;
    line.querySelector(".dl-percent").textContent = text;
  };
}

export default { render };
