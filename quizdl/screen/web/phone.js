// A day's menu on a phone. Acts are only ever added; the code holds all of them, so that it may be handed over often.

const count = data.keys.length;
const store = openStore("quizdl-pack-" + data.pack);
const questions = [...document.querySelectorAll(".question")];
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LONGEST_THOUGHT = 3600;
const [ANSWER, FLAG, UNFLAG] = [0, 1, 2];

let log = { copy: "", acts: [] };
let round = [...questions.keys()]; // what is asked now: at first all, then what was missed
let place = 0;
let shownAt = Date.now();
let hinted = new Set();
let redoing = new Set();
let elsewhere = false;
let handedOver = true;

// --- what happened ---

// The latest answer to a question, as [kind, question, position, hinted, after, seconds].
const last = (number) => log.acts.findLast(([kind, question]) => kind === ANSWER && question === number);
const isRight = (number) => last(number)?.[2] === data.keys[number];
const isFlagged = (number) => log.acts.findLast(([kind, on]) => kind !== ANSWER && on === number)?.[0] === FLAG;
const isOpen = (number) => !last(number) || redoing.has(number);

function add(kind, number, position = 0, seconds = 0) {
  const after = Math.floor(Date.now() / 1000) - data.at;
  log.acts.push([kind, number, position, hinted.has(number) ? 1 : 0, after, seconds]);
  handedOver = false;
  keep();
}

function keep() {
  if (!elsewhere) store.write(log);
  showTrouble();
}

// --- the code: see quizdl/exchange/phone.py ---

function bytesOf(number) {
  const bytes = [];
  for (; number > 127; number = Math.floor(number / 128)) bytes.push((number % 128) + 128);
  return [...bytes, number];
}

const zigzag = (value) => (value >= 0 ? 2 * value : -2 * value - 1);

function fromBase32(text) {
  const bytes = [];
  let held = 0;
  let bits = 0;
  for (const digit of text) {
    held = (held << 5) | DIGITS.indexOf(digit);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push(held >> bits);
      held &= (1 << bits) - 1;
    }
  }
  return bytes;
}

function toBase32(bytes) {
  let digits = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; held &= (1 << bits) - 1) {
      bits -= 5;
      digits += DIGITS[held >> bits];
    }
  }
  if (bits) digits += DIGITS[held << (5 - bits)];
  return digits.replace(/(.{5})(?=.)/g, "$1-");
}

function code() {
  const copy = [0, 2].map((start) => parseInt(log.copy.slice(start, start + 2), 16));
  const bytes = [1, ...fromBase32(data.pack), ...copy, ...bytesOf(log.acts.length)];
  let before = 0;
  for (const [kind, number, position, hint, after, seconds] of log.acts) {
    bytes.push(...bytesOf(4 * number + kind), ...bytesOf(zigzag(after - before)));
    if (kind === ANSWER) bytes.push(...bytesOf(2 * position + hint), ...bytesOf(seconds));
    before = after;
  }
  const check = crc32(bytes);
  return "QUIZ-" + toBase32([...bytes, check >>> 24, (check >>> 16) & 255, (check >>> 8) & 255, check & 255]);
}

// --- what is shown ---

const view = () => document.documentElement.dataset.view;
const current = () => round[place];

function turn(name) {
  document.documentElement.dataset.view = name;
  if (name === "over" || name === "end") {
    byId("code").value = code();
    byId("news").textContent = "";
  }
  scrollTo(0, 0);
}

function show() {
  const now = current();
  questions.forEach((question, number) => {
    const open = isOpen(number);
    const answer = last(number);
    question.classList.toggle("now", number === now);
    question.classList.toggle("answered", !open);
    question.querySelectorAll(".option").forEach((option, position) => {
      const input = option.querySelector("input");
      const chosen = !open && answer[2] === position;
      input.disabled = !open;
      if (!open) input.checked = chosen;
      option.classList.toggle("right", !open && position === data.keys[number]);
      option.classList.toggle("wrong", chosen && position !== data.keys[number]);
    });
    question.querySelectorAll(".reason").forEach((reason, position) => {
      reason.classList.toggle("chosen", !open && answer[2] === position);
    });
    question.querySelector(".answer").open = !open;
    question.querySelector(".verdict").textContent = open ? "" : isRight(number) ? words.right : words.wrong;
    question.querySelector(".check").disabled = !question.querySelector("input:checked");
    const ask = question.querySelector(".ask-hint");
    if (ask) ask.disabled = !question.querySelector(".hint[hidden]");
    question.querySelector(".flag").setAttribute("aria-pressed", String(isFlagged(number)));
    const button = map[number];
    button.className = `${open ? "" : isRight(number) ? "right" : "wrong"} ${isFlagged(number) ? "flagged" : ""}`;
    const mark = open ? "" : isRight(number) ? " ✓" : " ✗";
    button.textContent = `${number + 1}${mark}`;
  });
  const done = questions.filter((_, number) => last(number)).length;
  const right = questions.filter((_, number) => isRight(number)).length;
  byId("place").textContent = fill(words.place, { number: place + 1, count: round.length });
  byId("score").textContent = fill(words.score, { right, done });
  byId("total").textContent = fill(words.total, { right, done, count });
  byId("again").hidden = right === done;
  byId("back").disabled = place === 0;
  byId("next").classList.toggle("main", !isOpen(now));
}

// --- what the learner does ---

function go(to) {
  if (to < 0) return;
  place = Math.min(to, round.length - 1);
  shownAt = Date.now();
  show();
  turn(to < round.length ? "question" : "end");
}

function check() {
  const now = current();
  const chosen = [...questions[now].querySelectorAll("input")].findIndex((input) => input.checked);
  if (chosen < 0 || !isOpen(now)) return;
  const seconds = Math.min(Math.max(Math.round((Date.now() - shownAt) / 1000), 0), LONGEST_THOUGHT);
  redoing.delete(now);
  add(ANSWER, now, chosen, seconds);
  show();
  questions[now].querySelector(".answer").scrollIntoView({ block: "nearest" });
}

function hint() {
  const next = questions[current()].querySelector(".hint[hidden]");
  if (!next || !isOpen(current())) return;
  next.hidden = false;
  hinted.add(current());
  show();
}

function flag() {
  add(isFlagged(current()) ? UNFLAG : FLAG, current());
  show();
}

function again() {
  round = [...questions.keys()].filter((number) => last(number) && !isRight(number));
  redoing = new Set(round);
  hinted = new Set();
  questions.forEach((question) => {
    question.querySelectorAll(".hint").forEach((each) => { each.hidden = true; });
  });
  round.forEach((number) => questions[number].querySelectorAll("input").forEach((input) => { input.checked = false; }));
  go(0);
}

function choose(position) {
  const input = questions[current()].querySelectorAll("input")[position];
  if (input && isOpen(current())) input.checked = true;
  show();
}

const KEYS = {
  Enter: () => (isOpen(current()) ? check() : go(place + 1)), ArrowRight: () => go(place + 1), ArrowLeft: () => go(place - 1),
  h: hint, f: flag, ...Object.fromEntries([..."1234", ..."abcd"].map((key, at) => [key, () => choose(at % 4)])),
};

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || view() !== "question") return;
  const key = event.key.normalize("NFKC"); // with an input method on, digits come full-width
  const act = KEYS[key.length === 1 ? key.toLowerCase() : key];
  const onButton = event.target.matches("button") && event.target.getClientRects().length; // the start is gone by now
  if (!act || (key === "Enter" && onButton)) return;
  event.preventDefault();
  act();
}

function newCopy() {
  const bytes = new Uint8Array(2);
  crypto.getRandomValues(bytes);
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const map = questions.map((_, number) => {
  const button = make("button", { type: "button" });
  button.addEventListener("click", () => {
    if (!round.includes(number)) round = [...questions.keys()];
    go(round.indexOf(number));
  });
  byId("map").append(button);
  return button;
});

for (const question of questions) {
  question.querySelectorAll("input").forEach((input) => input.addEventListener("change", show));
  question.querySelector(".check").addEventListener("click", check);
  question.querySelector(".ask-hint")?.addEventListener("click", hint);
  question.querySelector(".flag").addEventListener("click", flag);
}

const ACTS = {
  start: () => go(firstOpen()), back: () => go(place - 1), next: () => go(place + 1), again,
  hand: () => turn("over"), return: () => turn("question"), here: () => location.reload(),
  copy: async () => { if (await copyText(byId("code"))) { handedOver = true; byId("news").textContent = words.copied; } },
  save: () => { download(`quizdl-${data.pack}.txt`, code() + "\n", "text/plain"); handedOver = true; },
};
for (const [name, act] of Object.entries(ACTS)) byId(name).addEventListener("click", act);
document.addEventListener("keydown", press);
addEventListener("beforeunload", (event) => { if (!store.works && !handedOver) event.preventDefault(); });
store.whenTaken(() => {
  elsewhere = true;
  turn("elsewhere");
});

function firstOpen() {
  const open = round.findIndex(isOpen);
  return open < 0 ? round.length : open;
}

document.documentElement.classList.add("live");
turn("start");
log = store.read() ?? { copy: newCopy(), acts: [] };
keep();
show();
if (log.acts.length) go(firstOpen());
