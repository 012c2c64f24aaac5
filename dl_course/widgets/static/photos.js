// Zones to drop pictures on, or to choose them for. Files go to Python one by one, as they are.
//
// Shared with Python: `classes` (a zone for each; if there are none, one zone for pictures to be
// classified) and `limit` (bytes of a file) never change. What Python says comes back in `answers`,
// [{name, best: [[class, probability], ...], error}, ...], or in `counts`, {class: n}, and `error`.
// A file is sent as messages {kind, id, name, class, isFirst, isLast}, each with a piece of it;
// one that can't be read here as a single message with a `reason`. `isFirst`: first file of a drop.

const PIECE = 4e6; // bytes of a message; Jupyter's server closes a connection at 10 MB

function render({ model, el }) {
  const classes = model.get("classes");
  const waiting = []; // pictures that were sent from here and have no answer yet
  const urls = [];
  let queue = Promise.resolve(); // one file after the other
  el.classList.add("dl-widget", "dl-photos");
  el.dataset.lmSuppressShortcuts = "true"; // in JupyterLab, Enter would go to the cell
  el.innerHTML = `
    <div class="dl-zones"></div>
    <p class="dl-status" role="status"></p>
    <ul class="dl-photo-cards"></ul>
    <p class="dl-error" role="alert" hidden></p>`;
  const find = (name) => el.querySelector(name);

  const take = (name, files) => {
    [...files].forEach((file, n) => {
      if (!classes.length) {
        urls.push(URL.createObjectURL(file));
        waiting.push({ name: file.name, url: urls.at(-1) });
      }
      queue = queue.then(() => send(model, file, name, n === 0));
    });
    showStatus();
  };
  const zones = (classes.length ? classes : [""]).map((name) => zone(find(".dl-zones"), name, take));

  const showStatus = () => {
    const pictures = waiting.length === 1 ? "a picture" : `${waiting.length} pictures`;
    find(".dl-status").textContent = waiting.length ? `Classifying ${pictures} …` : "";
  };

  const showAnswers = () => {
    const answers = model.get("answers") ?? [];
    const cards = find(".dl-photo-cards");
    if (answers.length < cards.childElementCount) cards.replaceChildren(); // started again
    for (const answer of answers.slice(cards.childElementCount)) {
      const mine = waiting.findIndex(({ name }) => name === answer.name);
      const url = mine < 0 ? null : waiting.splice(mine, 1)[0].url; // else dropped elsewhere
      cards.append(card(answer, url));
    }
    showStatus();
  };

  const showCounts = () => classes.forEach((name, n) => zones[n](model.get("counts")[name]));

  const showError = () => {
    find(".dl-error").textContent = model.get("error") ?? "";
    find(".dl-error").hidden = !model.get("error");
  };

  const shows = {
    "change:answers": showAnswers,
    "change:counts": showCounts,
    "change:error": showError,
  };
  for (const [name, show] of Object.entries(shows)) {
    show();
    model.on(name, show);
  }
  return () => {
    urls.forEach((url) => URL.revokeObjectURL(url));
    for (const [name, show] of Object.entries(shows)) model.off(name, show);
  };
}

// A zone of the class `name`, or of none. `take` gets its files; returns what sets the count.
function zone(list, name, take) {
  const place = document.createElement("div");
  place.className = "dl-zone";
  place.role = "group";
  place.ariaLabel = name ? `Pictures of the class ${name}` : "Pictures to classify";
  place.innerHTML = `<b class="dl-zone-name"></b><span>Drop pictures here, or</span>
    <button type="button">Choose pictures …</button>
    <input type="file" accept="image/*" multiple hidden><span class="dl-count" role="status"></span>`;
  const [button, input] = ["button", "input"].map((part) => place.querySelector(part));
  place.querySelector(".dl-zone-name").textContent = name;
  input.ariaLabel = place.ariaLabel;
  if (name) button.ariaLabel = `Choose pictures of the class ${name}`;
  list.append(place);

  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    take(name, input.files);
    input.value = ""; // the same file can be chosen again
  });
  let depth = 0; // entering a child comes before leaving its parent
  const mark = (step) => (event) => {
    event.preventDefault(); // or the browser would open the file
    event.stopPropagation();
    depth = step ? depth + step : 0;
    place.classList.toggle("dl-over", depth > 0);
  };
  place.addEventListener("dragenter", mark(1));
  place.addEventListener("dragleave", mark(-1));
  place.addEventListener("drop", mark(0));
  place.addEventListener("drop", (event) => take(name, event.dataTransfer.files));
  place.addEventListener("dragover", (event) => {
    event.preventDefault();
    event.stopPropagation();
  });
  return (count) => {
    place.querySelector(".dl-count").textContent = `${count} ${count === 1 ? "picture" : "pictures"}`;
  };
}

// Send a file to Python, in pieces; or the reason why it can't be sent.
async function send(model, file, name, isFirst) {
  const about = { kind: "picture", id: `${Math.random()}`, name: file.name, class: name, isFirst };
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  const limit = model.get("limit");
  if (file.size > limit) {
    const reason = `${megabytes(file.size)} is too large, the limit is ${megabytes(limit)}`;
    model.send({ ...about, isLast: true, reason });
    return;
  }
  try {
    const content = await file.arrayBuffer();
    for (let start = 0, isLast = false; !isLast; start += PIECE) {
      isLast = start + PIECE >= content.byteLength;
      model.send({ ...about, isLast }, undefined, [content.slice(start, start + PIECE)]);
    }
  } catch {
    model.send({ ...about, isLast: true, reason: "the browser can't read this file" }); // a folder
  }
}

// A picture with its name and a bar for each class, or with what went wrong.
function card({ name, best, error }, url) {
  const line = document.createElement("li");
  line.innerHTML = `<img alt="" hidden><div><p class="dl-file"></p><ul class="dl-bars"></ul>
    <p class="dl-error" role="alert" hidden></p></div>`;
  const thumbnail = line.querySelector("img");
  thumbnail.onload = () => (thumbnail.hidden = false); // what the browser can't show stays away
  if (url) thumbnail.src = url;
  line.querySelector(".dl-file").textContent = name;
  best.forEach((answer, n) => bar(line.querySelector(".dl-bars"), ...answer, n === 0));
  line.querySelector(".dl-error").textContent = error;
  line.querySelector(".dl-error").hidden = !error;
  return line;
}

// A line of a list: class, bar, percentage.
function bar(list, name, probability, isBest) {
  const line = document.createElement("li");
  line.innerHTML = `<span class="dl-name"></span><span class="dl-track"><span></span></span>
    <span class="dl-percent"></span>`;
  line.classList.toggle("dl-best", isBest);
  line.querySelector(".dl-name").textContent = name;
  line.querySelector(".dl-track span").style.width = `${100 * probability}%`;
  line.querySelector(".dl-percent").textContent = `${(100 * probability).toFixed(0)} %`;
  list.append(line);
}

export default { render };
