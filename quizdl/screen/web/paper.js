// The exam in a browser. What happened is a list of events; what is shown is a fold over them, as in quizdl itself.

const count = data.options.length;
const limit = data.limit;
const store = openStore("quizdl-exam-" + data.exam);
const questions = [...document.querySelectorAll(".question")];
const WARNINGS = [600000, 300000];
const KEEP_EVERY = 5000;

let log = { events: [], elapsed: 0, at: 0, timed: true, finished: false };
let state = fold([]);
let lastTick = 0;
let lastKept = 0;
let elsewhere = false;
let handedOver = true;

function fold(events) {
  const start = { chosen: Array(count).fill(-1), flagged: new Set(), seen: new Set([0]), current: 0 };
  return events.reduce(step, start);
}

function step(now, [kind, number, position]) {
  if (kind === "visit") {
    now.current = number;
    now.seen.add(number);
  } else if (kind === "choose") {
    now.chosen[number] = position;
    now.seen.add(number);
  } else if (kind === "clear") now.chosen[number] = -1;
  else if (kind === "flag") now.flagged.add(number);
  else if (kind === "unflag") now.flagged.delete(number);
  return now;
}

// --- what happens ---

function happen(kind, number, position = -1) {
  if (log.finished || elsewhere) return;
  tick();
  if (log.finished) return;
  const event = [kind, number, position, Date.now(), Math.round(log.elapsed)];
  log.events.push(event);
  handedOver = false;
  keep();
  state = step(state, event);
  show();
}

function keep() {
  if (elsewhere) return;
  lastKept = log.elapsed;
  store.write(log);
  showTrouble();
}

function tick() {
  const now = Date.now();
  const passed = Math.max(now - lastTick, 0);
  lastTick = now;
  if (view() === "start" || log.finished || elsewhere || !log.timed) return;
  const before = limit - log.elapsed;
  const began = log.events.length ? log.events[0][3] : now;
  if (data.clock === "running") log.elapsed = Math.max(log.elapsed, now - began);
  else if (!document.hidden) log.elapsed += Math.min(passed, KEEP_EVERY); // a computer asleep is nobody at the desk
  log.elapsed = Math.min(log.elapsed, limit);
  const left = limit - log.elapsed;
  for (const warning of WARNINGS) {
    if (left <= warning && warning < before) say(fill(words.minutesLeft, { minutes: warning / 60000 }));
  }
  if (left <= 0) finish(words.timeIsUp);
  else if (log.elapsed - lastKept >= KEEP_EVERY) keep();
  showTime();
}

function begin(timed) {
  log.timed = timed;
  lastTick = Date.now();
  turn("question");
  happen("visit", 0);
}

function goOn() {
  state = fold(log.events);
  lastTick = Date.now();
  lastKept = log.elapsed;
  turn(log.finished ? "done" : "question");
  happen("resume", -1);
  show();
}

function finish(why) {
  log.finished = true;
  log.at = Date.now();
  keep();
  turn("done");
  say(why);
  show();
}

// --- the file ---

function answers() {
  const body = {
    quizdl: "quizdl-paper-answers", format: 1, exam: data.exam, sheet: data.sheet, timed: log.timed,
    finished: log.finished, at: log.finished ? log.at : Date.now(), elapsed: Math.round(log.elapsed), events: log.events,
  };
  const checksum = crc32(new TextEncoder().encode(JSON.stringify(body)));
  return JSON.stringify({ ...body, checksum: checksum.toString(16).padStart(8, "0") });
}

function save() {
  tick();
  download("answers.json", answers(), "application/json");
  handedOver = true;
}

function takeUp(text) {
  let file = null;
  try {
    file = JSON.parse(text);
    const { checksum, ...body } = file;
    const found = crc32(new TextEncoder().encode(JSON.stringify(body))).toString(16).padStart(8, "0");
    if (body.exam !== data.exam || body.sheet !== data.sheet || found !== checksum) file = null;
  } catch {
    file = null;
  }
  if (!file) return say(words.notThisExam);
  log = { events: file.events, elapsed: file.elapsed, at: file.at, timed: file.timed, finished: file.finished };
  keep();
  return goOn();
}

// --- what is shown ---

const view = () => document.documentElement.dataset.view;

function turn(name) {
  document.documentElement.dataset.view = name;
  byId("sure").hidden = true;
  scrollTo(0, 0);
}

function say(text) {
  byId("news").textContent = text;
  byId("news").hidden = !text;
}


function minutesAndSeconds(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, place) => String(part).padStart(place ? 2 : 1, "0")).join(":");
}

function showTime() {
  const left = limit - log.elapsed;
  const time = byId("time");
  byId("clock").hidden = !log.timed;
  time.textContent = minutesAndSeconds(left);
  time.classList.toggle("near", left <= WARNINGS[0] && left > WARNINGS[1]);
  time.classList.toggle("bad", left <= WARNINGS[1]);
  const done = state.chosen.filter((position) => position >= 0).length;
  const ahead = Math.trunc(((done * limit) / count - log.elapsed) / 60000);
  const pace = ahead < 0 ? words.behind : words.ahead;
  byId("pace").textContent = ahead ? fill(pace, { minutes: Math.abs(ahead) }) : words.onPlan;
}

function describe(number) {
  const parts = [fill(words.question, { number: number + 1 })];
  if (state.chosen[number] >= 0) parts.push(words.answered);
  else parts.push(state.seen.has(number) ? words.open : words.unseen);
  if (state.flagged.has(number)) parts.push(words.flagged);
  return parts.join(words.comma);
}

function show() {
  const done = state.chosen.filter((position) => position >= 0).length;
  questions.forEach((question, number) => {
    question.classList.toggle("now", number === state.current);
    question.querySelectorAll("input").forEach((input, position) => {
      input.checked = state.chosen[number] === position;
      input.disabled = log.finished;
    });
    const place = map[number];
    place.classList.toggle("answered", state.chosen[number] >= 0);
    place.classList.toggle("flagged", state.flagged.has(number));
    place.classList.toggle("unseen", !state.seen.has(number));
    place.setAttribute("aria-label", describe(number));
    if (number === state.current) place.setAttribute("aria-current", "true");
    else place.removeAttribute("aria-current");
  });
  const flagged = state.flagged.has(state.current);
  byId("flag").setAttribute("aria-pressed", String(flagged));
  byId("place").textContent = fill(words.place, { number: state.current + 1, count });
  byId("back").disabled = state.current === 0;
  byId("next").disabled = state.current === count - 1;
  byId("clear").hidden = state.chosen[state.current] < 0;
  byId("standing").textContent = fill(words.standing, {
    answered: done, open: count - done, flagged: state.flagged.size,
  });
  byId("sheet-done").textContent = fill(words.handedIn, { answered: done, count });
  showTime();
}

// --- what the candidate does ---

function go(number) {
  if (number < 0 || number >= count) return;
  turn("question");
  if (number !== state.current) happen("visit", number);
  else show();
}

function choose(position) {
  if (position < data.options[state.current] && state.chosen[state.current] !== position) {
    happen("choose", state.current, position);
  }
}

const clear = () => state.chosen[state.current] >= 0 && happen("clear", state.current);
const flag = () => happen(state.flagged.has(state.current) ? "unflag" : "flag", state.current);

function ask() {
  byId("sure").hidden = false;
  byId("sure-text").textContent = fill(words.sure, {
    open: state.chosen.filter((position) => position < 0).length, flagged: state.flagged.size,
  });
  byId("yes").focus();
}

const KEYS = {
  ArrowRight: () => go(state.current + 1), n: () => go(state.current + 1),
  ArrowLeft: () => go(state.current - 1), p: () => go(state.current - 1),
  f: flag, 0: clear, Backspace: clear, Delete: clear,
  r: () => turn(view() === "review" ? "question" : "review"),
  ...Object.fromEntries([..."1234", ..."abcd"].map((key, place) => [key, () => choose(place % 4)])),
};

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.matches("textarea, input:not([type=radio])") || !["question", "review"].includes(view())) return;
  const key = event.key.normalize("NFKC"); // with an input method on, digits come full-width
  const act = KEYS[key.length === 1 ? key.toLowerCase() : key];
  if (!act) return;
  event.preventDefault();
  say("");
  act();
}

const map = questions.map((_, number) => {
  const button = make("button", { type: "button" }, String(number + 1));
  button.addEventListener("click", () => go(number));
  byId("map").append(button);
  return button;
});

questions.forEach((question, number) => {
  question.querySelectorAll("input").forEach((input, position) => {
    input.addEventListener("change", () => happen("choose", number, position));
  });
});

const ACTS = {
  start: () => begin(true), enter: () => begin(false), back: () => go(state.current - 1), next: () => go(state.current + 1),
  flag, clear, overview: () => turn("review"), return: () => turn("question"), hand: ask,
  no: () => { byId("sure").hidden = true; },
  yes: () => { tick(); if (!log.finished) finish(""); save(); },
  save, "save-again": save, "here": () => location.reload(),
  "copy": () => { byId("as-text").value = answers(); copyText(byId("as-text")); },
};
for (const [name, act] of Object.entries(ACTS)) byId(name).addEventListener("click", act);
byId("file").addEventListener("change", async (event) => {
  if (event.target.files.length) takeUp(await event.target.files[0].text());
});
byId("news").addEventListener("click", () => say(""));
document.addEventListener("keydown", press);
const keepIfRunning = () => { if (log.events.length && !log.finished) keep(); };
document.addEventListener("visibilitychange", () => { tick(); keepIfRunning(); });
addEventListener("pagehide", keepIfRunning);
addEventListener("beforeunload", (event) => { if (!store.works && !handedOver) event.preventDefault(); });
store.whenTaken(() => {
  elsewhere = true;
  turn("elsewhere");
});

document.documentElement.classList.add("live");
turn("start");
showTrouble();
const kept = store.read();
if (kept && kept.events.length) {
  log = kept;
  goOn();
} else show();
setInterval(tick, 1000);
