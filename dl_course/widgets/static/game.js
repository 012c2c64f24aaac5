// A game: read digits that a network found hard, by clicks or keys; then compare.
//
// Shared with Python: `pictures` (bytes, one square after the other, 0 to 255), `count` and `limit`
// (seconds for a picture, 0 for no limit) never change. `answers` and `seconds` go there, `result`
// comes back once every picture has an answer. An answer that came too late is -1.

const DIGITS = [..."0123456789"];

function render({ model, el }) {
  const count = model.get("count");
  const limit = model.get("limit");
  const pictures = split(model.get("pictures"), count);
  el.classList.add("dl-widget", "dl-game");
  el.dataset.lmSuppressShortcuts = "true"; // in JupyterLab, 1 would make the cell a heading
  let since = null; // when the game began, on the browser's clock
  let timer = null;

  const show = () => {
    clearTimeout(timer);
    const shown = model.get("answers").length;
    if (model.get("result")) showEnd();
    else if (shown === count) showWait();
    else if (shown === 0 && since === null) showStart();
    else ask(shown);
  };

  const start = () => {
    since = performance.now();
    model.set({ answers: [], seconds: 0, result: null });
    model.save_changes();
    show();
  };

  const answer = (digit) => {
    if (!el.querySelector(".dl-keys")) return; // nothing is asked
    since ??= performance.now() - 1000 * model.get("seconds"); // begun in another view
    const seconds = (performance.now() - since) / 1000;
    model.set({ answers: [...model.get("answers"), digit], seconds });
    model.save_changes();
  };

  const showStart = () => {
    const time = limit ? `You have ${limit} seconds for each.` : "Your time is measured.";
    el.innerHTML = `
      <p class="dl-headline">Can you read the digits that the network found hard?</p>
      <p>${count} digits, one after another. Click, or press the keys 0 to 9. ${time}</p>
      <button type="button" class="dl-start">Start</button>`;
    el.querySelector("button").addEventListener("click", start);
  };

  const ask = (shown) => {
    if (!el.querySelector(".dl-keys")) showTable();
    el.querySelector(".dl-progress").textContent = `Picture ${shown + 1} of ${count}`;
    paint(el.querySelector(".dl-picture"), pictures[shown]);
    if (limit) race();
  };

  const showTable = () => {
    el.innerHTML = `
      <p class="dl-progress" aria-live="polite"></p>
      <canvas class="dl-picture" role="img" aria-label="A digit to read"></canvas>
      <div class="dl-limit" ${limit ? "" : "hidden"}><span></span></div>
      <div class="dl-keys" role="group" aria-label="Your answer" tabindex="-1">
        ${DIGITS.map((digit) => `<button type="button">${digit}</button>`).join("")}
      </div>`;
    el.querySelectorAll("button").forEach((button, digit) => {
      button.addEventListener("click", () => answer(digit));
    });
    el.querySelector(".dl-keys").focus({ preventScroll: true });
  };

  const race = () => {
    timer = setTimeout(() => answer(-1), 1000 * limit);
    const rest = el.querySelector(".dl-limit span");
    rest.animate([{ width: "100%" }, { width: "0%" }], { duration: 1000 * limit, fill: "forwards" });
  };

  const showWait = () => {
    el.innerHTML = `<p class="dl-headline">Waiting for the result …</p>`;
  };

  const showEnd = () => {
    const { human, network, seconds, rows } = model.get("result");
    since = null;
    const lead = ["The network wins.", "A draw.", "You win!"][1 + Math.sign(human - network)];
    el.innerHTML = `
      <p class="dl-headline" role="status">${lead}
        You read ${human} of ${count} correctly in ${seconds.toFixed(0)} s,
        the network ${network} of ${count}.</p>
      <ul class="dl-cards"></ul>
      <button type="button">Play again</button>`;
    rows.forEach((row, n) => el.querySelector(".dl-cards").append(card(pictures[n], row)));
    el.querySelector("button").addEventListener("click", start);
  };

  const press = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !DIGITS.includes(event.key)) return;
    event.preventDefault();
    if (!event.repeat) answer(Number(event.key));
  };

  el.addEventListener("keydown", press);
  model.on("change:answers change:result", show);
  show();
  return () => {
    clearTimeout(timer);
    el.removeEventListener("keydown", press);
    model.off("change:answers change:result", show);
  };
}

// Cut bytes into `count` parts of equal length.
function split(bytes, count) {
  const length = bytes.byteLength / count;
  const part = (_, n) => new Uint8Array(bytes.buffer, bytes.byteOffset + n * length, length);
  return Array.from({ length: count }, part);
}

// Grey bytes, a square of them, into a canvas with as many pixels.
function paint(canvas, bytes) {
  const side = Math.sqrt(bytes.length);
  canvas.width = canvas.height = side;
  const pixels = new ImageData(side, side);
  bytes.forEach((grey, n) => pixels.data.set([grey, grey, grey, 255], 4 * n));
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

// A picture with its label and both answers.
function card(bytes, { label, human, network }) {
  const line = (who, said) => {
    const isCorrect = said === label;
    const text = `${isCorrect ? "✓" : "✗"} ${said < 0 ? "–" : said}`;
    const word = isCorrect ? "correct" : "wrong";
    return `<span>${who}</span><b class="dl-${word}"
      aria-label="${word}: ${said < 0 ? "no answer" : said}">${text}</b>`;
  };
  const item = document.createElement("li");
  item.innerHTML = `<canvas class="dl-picture" role="img" aria-label="A ${label}"></canvas>
    <span>it is</span><b>${label}</b>${line("you", human)}${line("network", network)}`;
  paint(item.querySelector("canvas"), bytes);
  return item;
}

export default { render };
