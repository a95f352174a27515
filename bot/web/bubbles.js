// Messages as elements. Text from anywhere is only ever set as text, never read as markup.

import { segments } from "/web/segments.js";

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)]/g;

/** Make an element with a class, children or text. */
export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** Make one of the page's icons. */
export function icon(name, className = "") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  if (className) svg.setAttribute("class", className);
  svg.append(use);
  return svg;
}

/** Put a number into words that hold "#", in the singular or the plural. */
export function counted(words, name, number) {
  return number === 1 ? words[`${name}_one`] : words[`${name}_many`].replace("#", number);
}

/** Make the element of a message; `choose` is called with a choice that is taken. */
export function messageElement(message, words, choose) {
  const mine = message.from === "user";
  const element = make("div", `message ${mine ? "user" : "bot"}`);
  const bubble = make("div", "bubble");
  const sender = make("span", "heard", `${mine ? words.from_you : words.from_bot}: `);
  bubble.append(sender);
  if (message.text) bubble.append(textElement(message.text, mine));
  const choices = message.choices ?? [];
  const told = message.profile === "sms" ? "" : numberedText(message.text, choices);
  if (told) bubble.append(make("p", "text numbered", told));
  for (const attachment of message.attachments ?? []) {
    bubble.append(attachmentElement(attachment, words));
  }
  bubble.append(metaElement(message, words, told));
  element.append(bubble);
  if (choices.length) element.append(choicesElement(choices, words, choose));
  return element;
}

/** Show in a bubble of ours what became of it: waiting, sent. */
export function showDelivery(element, text, waiting) {
  element.querySelector(".delivery").textContent = text;
  element.classList.toggle("waiting", waiting);
}

/** Write a moment as the reader's clock shows it. */
export function clock(moment) {
  return moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** Name a day: today, yesterday, else with weekday and month. */
export function dayName(moment, words, now) {
  const days = Math.round((startOfDay(now) - startOfDay(moment)) / 86400000);
  if (days === 0) return words.today;
  if (days === 1) return words.yesterday;
  const year = moment.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return moment.toLocaleDateString(words.lang ?? [], { weekday: "short", day: "numeric", month: "short", year });
}

function startOfDay(moment) {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
}

function textElement(text, mine) {
  const paragraph = make("p", "text");
  let position = 0;
  for (const match of mine ? [] : text.matchAll(LINK)) {
    const link = make("a", "", match[0]);
    link.href = match[0];
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    paragraph.append(text.slice(position, match.index), link);
    position = match.index + match[0].length;
  }
  paragraph.append(text.slice(position));
  return paragraph;
}

/** Write the choices for a view without buttons, unless the text tells what to type. */
function numberedText(text, choices) {
  if (choices.every((choice) => text.includes(choice.send.toUpperCase()))) return "";
  return choices.map((choice, index) => `${index + 1}) ${choice.label}`).join("\n");
}

function metaElement(message, words, told) {
  const moment = new Date(message.at);
  const time = make("time", "", clock(moment));
  time.dateTime = message.at;
  const sms = counted(words, "segments", segments([message.text, told].filter(Boolean).join("\n")));
  const delivery = make("span", "delivery", message.from === "user" && message.seq ? words.sent : "");
  return make("div", "meta", make("span", "segments", sms), time, delivery);
}

function choicesElement(choices, words, choose) {
  const group = make("div", "choices");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", words.choices);
  for (const choice of choices) {
    const button = make("button", "choice", choice.label);
    button.type = "button";
    button.dataset.send = choice.send.toLowerCase();
    button.addEventListener("click", () => choose(choice));
    group.append(button);
  }
  return group;
}

/** Show that what was said took one of the newest open choices: none of them is to press again. */
export function takeChoice(log, said) {
  const wanted = CSS.escape(said.trim().toLowerCase());
  const open = log.querySelectorAll(`.choice[data-send="${wanted}"]:enabled`);
  const taken = open[open.length - 1];
  if (!taken) return;
  taken.classList.add("taken");
  for (const choice of taken.parentElement.children) choice.disabled = true;
}

function attachmentElement(attachment, words) {
  const url = ownAddress(attachment.url);
  if (attachment.kind === "image" && url) return pictureElement(attachment.name, url);
  return fileElement(attachment.name, url, words);
}

function pictureElement(name, url) {
  const image = make("img");
  image.alt = name;
  image.loading = "lazy";
  image.src = url;
  const link = make("a", "picture", image);
  link.href = url;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

/** Make the card of a file; without an address it only names it. */
export function fileElement(name, url, words) {
  const ending = name.includes(".") ? name.split(".").pop().toUpperCase().slice(0, 5) : "";
  const label = make("span", "", make("span", "file-name", name), make("span", "file-kind", ending));
  const card = make(url ? "a" : "span", "file", icon("page"), label);
  if (url) {
    card.href = url;
    card.download = name;
    card.setAttribute("aria-label", `${words.download}: ${name}`);
    card.append(icon("save", "save"));
  }
  return card;
}

/** Return an address of this server, or nothing: files come from nowhere else. */
function ownAddress(address) {
  if (!address) return "";
  try {
    const url = new URL(address, location.href);
    return url.origin === location.origin ? url.href : "";
  } catch {
    return "";
  }
}
