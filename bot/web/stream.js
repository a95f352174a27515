// The line to the server: one WebSocket that comes back by itself and loses nothing.
//
// What the server sends carries `seq`; a new connection asks for what came after the last one.
// What is sent carries our own id and is sent again until the server has acknowledged it, so the
// server must treat a repeated id as one.

const FIRST_WAIT = 400;
const LONGEST_WAIT = 8000;

export class Stream {
  /** `on` has message, typing, ack, refused, state and status; `profile` says how to render. */
  constructor(profile, on) {
    this.profile = profile;
    this.on = on;
    this.last = 0;
    this.failures = 0;
    this.socket = null;
    this.timer = 0;
    this.unsent = new Map();
    addEventListener("online", () => this.retryNow());
    addEventListener("visibilitychange", () => document.hidden || this.retryNow());
  }

  /** Open the line, unless it is open already. */
  connect() {
    clearTimeout(this.timer);
    if (this.socket && this.socket.readyState <= WebSocket.OPEN) return;
    this.on.status(this.failures ? "offline" : "connecting");
    const url = new URL("/api/v1/stream", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("after", this.last);
    url.searchParams.set("profile", this.profile);
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.onopen = () => this.opened();
    socket.onmessage = (event) => this.received(event.data);
    socket.onclose = () => socket === this.socket && this.closed();
  }

  /** Send `message` now or as soon as the line is open; return the id it goes by. */
  send(message) {
    const id = newId();
    this.unsent.set(id, { ...message, id, profile: this.profile });
    this.flush(id);
    return id;
  }

  retryNow() {
    if (this.socket && this.socket.readyState === WebSocket.OPEN) return;
    this.connect();
  }

  opened() {
    this.failures = 0;
    this.on.status("online");
    for (const id of this.unsent.keys()) this.flush(id);
  }

  closed() {
    this.failures += 1;
    this.on.status("offline");
    // The session's cookie may have run out: the page renews it.
    if (this.failures % 3 === 0) fetch("/", { credentials: "same-origin" }).catch(() => {});
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.failures - 1));
    this.timer = setTimeout(() => this.connect(), wait * (0.75 + Math.random() / 2));
  }

  received(data) {
    let event;
    try {
      event = JSON.parse(data);
    } catch {
      return;
    }
    if (event.type === "message") this.last = Math.max(this.last, event.seq);
    if (event.type === "ack" || event.type === "refused") this.unsent.delete(event.id);
    const listener = this.on[event.type];
    if (listener && event.type !== "status") listener(event);
  }

  flush(id) {
    if (this.socket && this.socket.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify(this.unsent.get(id)));
    }
  }
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // randomUUID is missing on pages that came over plain HTTP from another machine.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
