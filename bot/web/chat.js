// The web chat: a phone in the browser. This file wires the parts; stream.js is the line to the
// server, bubbles.js makes messages. All words come from the server, as words.json.

import { clock, counted, dayName, fileElement, make, messageElement, showDelivery, takeChoice } from "/web/bubbles.js";
import { Recorder, recordingKind } from "/web/recorder.js";
import { Stream } from "/web/stream.js";

const TYPING_LASTS = 8000;
const NEAR_THE_END = 90;

const root = document.documentElement;
const part = Object.fromEntries(
  [...document.querySelectorAll("[id]")].map((element) => [element.id, element]),
);
const seen = new Set();
const mine = new Map();
let words = {};
let stream;
let unread = 0;
let typingTimer = 0;
let lastDay = "";

start();

async function start() {
  setTheme(localStorage.getItem("theme") ?? (darkSystem().matches ? "dark" : "light"));
  setProfile(localStorage.getItem("profile") ?? "web");
  const answer = await fetch("/web/words.json", { credentials: "same-origin" });
  words = await answer.json();
  document.documentElement.lang = words.lang;
  sayWords();
  listen();
  stream = new Stream(root.dataset.profile, {
    message: receive,
    ack: acknowledge,
    refused: refuse,
    typing: (event) => showTyping(event.on),
    state: showState,
    status: showStatus,
  });
  stream.connect();
}

function sayWords() {
  const sayings = { word: "textContent", wordPlaceholder: "placeholder" };
  for (const [mark, property] of Object.entries(sayings)) {
    const attribute = mark.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    for (const element of document.querySelectorAll(`[data-${attribute}]`)) {
      element[property] = words[element.dataset[mark]];
    }
  }
  for (const element of document.querySelectorAll("[data-word-label]")) {
    element.setAttribute("aria-label", words[element.dataset.wordLabel]);
    if (element.tagName === "BUTTON") element.title = words[element.dataset.wordLabel];
  }
  document.title = words.title;
  for (let number = 1; words[`try_${number}`]; number += 1) {
    const button = make("button", "", words[`try_${number}`]);
    button.type = "button";
    button.addEventListener("click", () => say(button.textContent));
    part.tries.append(make("li", "", button));
  }
}

function listen() {
  part.composer.addEventListener("submit", (event) => {
    event.preventDefault();
    sayWhatIsWritten();
  });
  part.text.addEventListener("input", growField);
  part.text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      sayWhatIsWritten();
    }
  });
  part.demo.addEventListener("click", () => say(words.demo_send));
  part.latest.addEventListener("click", () => scrollDown("smooth"));
  part.scroller.addEventListener("scroll", () => atTheEnd() && markRead());
  document.addEventListener("visibilitychange", () => atTheEnd() && markRead());
  part.picker.addEventListener("change", (event) => setProfile(event.target.value));
  part.theme.addEventListener("click", () => {
    setTheme(root.dataset.theme === "dark" ? "light" : "dark");
    localStorage.setItem("theme", root.dataset.theme);
  });
  darkSystem().addEventListener("change", (event) => {
    if (!localStorage.getItem("theme")) setTheme(event.matches ? "dark" : "light");
  });
  listenForFiles();
  if (words.hears && recordingKind()) new Recorder(part, words, Number(words.hears), upload);
  showClock();
  setInterval(showClock, 15000);
}

function listenForFiles() {
  part.attach.addEventListener("click", () => part.file.click());
  part.file.addEventListener("change", () => {
    for (const file of part.file.files) upload(file);
    part.file.value = "";
  });
  part.screen.addEventListener("dragover", (event) => {
    event.preventDefault();
    part.screen.classList.add("dragging");
  });
  part.screen.addEventListener("dragleave", (event) => {
    if (!part.screen.contains(event.relatedTarget)) part.screen.classList.remove("dragging");
  });
  part.screen.addEventListener("drop", (event) => {
    event.preventDefault();
    part.screen.classList.remove("dragging");
    for (const file of event.dataTransfer.files) upload(file);
  });
}

// Saying something

function sayWhatIsWritten() {
  const text = part.text.value.trim();
  if (!text) return;
  part.text.value = "";
  growField();
  say(text);
}

function say(text) {
  post({ type: "message", text }, { text });
  part.text.focus({ preventScroll: true });
}

function choose(choice) {
  post({ type: "choice", send: choice.send }, { text: choice.label, said: choice.send });
  part.text.focus({ preventScroll: true });
}

function post(message, shown) {
  const element = show({ ...shown, from: "user", at: new Date().toISOString() });
  mine.set(stream.send(message), element);
  const open = stream.socket.readyState === WebSocket.OPEN;
  showDelivery(element, open ? words.sending : words.not_sent, true);
  scrollDown();
}

async function upload(file) {
  const element = show({ text: "", from: "user", at: new Date().toISOString() });
  element.querySelector(".meta").before(fileElement(file.name, "", words));
  showDelivery(element, words.uploading, true);
  scrollDown();
  const form = new FormData();
  form.append("file", file, file.name);
  const answer = await fetch("/web/upload", { method: "POST", body: form }).catch(() => null);
  if (!answer?.ok) {
    uploadFailed(element, file, answer?.status, await reasonOf(answer));
    return;
  }
  const { file: id } = await answer.json();
  mine.set(stream.send({ type: "file", file: id, name: file.name }), element);
}

/** Return the server's own sentence on why a request failed, if it gave one. */
async function reasonOf(answer) {
  const problem = await answer?.json().catch(() => null);
  return problem?.error?.message ?? "";
}

function uploadFailed(element, file, status, reason) {
  const usual = status === 413 ? words.upload_too_large : words.upload_failed;
  showDelivery(element, reason || usual, true);
  scrollDown();
  if (reason || status === 413) return;
  element.querySelector(".bubble").addEventListener("click", () => {
    element.remove();
    upload(file);
  }, { once: true });
}

// Hearing something

function receive(message) {
  if (message.from === "user" && adopt(message)) return;
  if (seen.has(message.seq)) return;
  seen.add(message.seq);
  const follow = atTheEnd();
  if (message.from === "bot") showTyping(false);
  show(message);
  if (follow && !document.hidden) scrollDown();
  else if (message.from === "bot") countUnread();
}

/** Find the bubble this is the server's copy of: it is not shown twice, but as it was kept. */
function adopt(message) {
  const element = mine.get(message.id);
  if (!element) return false;
  seen.add(message.seq);
  const text = element.querySelector(".text");
  if (text && element.dataset.said !== message.text) text.textContent = message.text;
  return true;
}

function acknowledge({ id, seq }) {
  const element = mine.get(id);
  if (element) showDelivery(element, words.sent, false);
  seen.add(seq);
}

/** Say under a bubble why it was not taken, and give its words back to be sent again. */
function refuse({ id, text }) {
  const element = mine.get(id);
  if (!element) return;
  showDelivery(element, text, true);
  if (!part.text.value) part.text.value = element.dataset.said;
  growField();
}

function show(message) {
  const day = dayName(new Date(message.at), words, new Date());
  if (day !== lastDay) part.log.append(make("div", "day", day));
  lastDay = day;
  const element = messageElement(message, words, choose);
  element.dataset.said = message.said ?? message.text;
  if (message.from === "user") takeChoice(part.log, element.dataset.said);
  part.log.append(element);
  group(element);
  part.empty.hidden = true;
  return element;
}

/** Draw a message closer to the one before when both are from the same side. */
function group(element) {
  const before = element.previousElementSibling;
  const same = ["user", "bot"].some((side) => [element, before].every((it) => it?.classList.contains(side)));
  element.classList.toggle("follows", same);
}

function showTyping(on) {
  clearTimeout(typingTimer);
  const follow = atTheEnd();
  part.typing.hidden = !on;
  showStatus("online");
  if (on) typingTimer = setTimeout(() => showTyping(false), TYPING_LASTS);
  if (on && follow) scrollDown();
}

function showState(state) {
  part.books.textContent = state.linked && state.name ? words.linked_as.replace("#", state.name) : words.not_linked;
  greet();
}

/** Invite to begin as long as nothing has been said. */
function greet() {
  part.empty.hidden = part.log.childElementCount > 0;
}

function showStatus(status) {
  const typing = status === "online" && !part.typing.hidden;
  part.status.textContent = words[typing ? "status_typing" : `status_${status}`];
  root.dataset.line = status;
  // By then a conversation that there is has been shown again.
  if (status === "online") setTimeout(greet, 500);
}

// Looks

function setProfile(profile) {
  root.dataset.profile = profile;
  localStorage.setItem("profile", profile);
  const radio = part.picker.querySelector(`[value="${CSS.escape(profile)}"]`);
  if (radio) radio.checked = true;
  if (stream) stream.profile = profile;
  scrollDown();
}

function setTheme(theme) {
  root.dataset.theme = theme;
}

function darkSystem() {
  return matchMedia("(prefers-color-scheme: dark)");
}

function growField() {
  part.text.rows = Math.min(5, part.text.value.split("\n").length);
  while (part.text.rows < 5 && part.text.scrollHeight > part.text.clientHeight + 2) part.text.rows += 1;
}

function showClock() {
  part.clock.textContent = clock(new Date());
}

// What has been read

function atTheEnd() {
  const { scrollHeight, scrollTop, clientHeight } = part.scroller;
  const near = scrollHeight - scrollTop - clientHeight < NEAR_THE_END;
  part.latest.hidden = near;
  return near;
}

function scrollDown(behavior = "instant") {
  part.scroller.scrollTo({ top: part.scroller.scrollHeight, behavior });
}

function countUnread() {
  unread += 1;
  part.unread.textContent = counted(words, "unread", unread);
  part.latest.hidden = false;
  document.title = `(${unread}) ${words.title}`;
}

function markRead() {
  if (document.hidden) return;
  unread = 0;
  part.unread.textContent = "";
  document.title = words.title;
}
