// A voice note with the browser's own recorder: recorded after a press, handed over as a file.
// Nothing is recorded before the press, and nothing leaves before the second one.

const ENDINGS = { "audio/webm": "webm", "audio/ogg": "ogg", "audio/mp4": "m4a" };
const SHOWN_FOR = 6000;

/** Return the kind of recording this browser can make, "" where it makes none we could read. */
export function recordingKind() {
  if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) return "";
  return Object.keys(ENDINGS).find((kind) => MediaRecorder.isTypeSupported(kind)) ?? "";
}

export class Recorder {
  /** `part` has the composer's elements by id; `done` takes the recording as a file. */
  constructor(part, words, seconds, done) {
    this.part = part;
    this.words = words;
    this.seconds = seconds;
    this.done = done;
    this.recorder = null;
    this.starting = false;
    part.record.hidden = false;
    part.record.addEventListener("click", () => (this.recorder ? this.stop() : this.start()));
    part.discard.addEventListener("click", () => this.drop());
    part.composer.addEventListener("keydown", (event) => event.key === "Escape" && this.drop());
    addEventListener("pagehide", () => this.drop());
  }

  async start() {
    if (this.starting) return;
    this.starting = true;
    try {
      const sound = await navigator.mediaDevices.getUserMedia({ audio: true });
      this.listenTo(sound);
    } catch {
      this.say(this.words.record_denied);
    } finally {
      this.starting = false;
    }
  }

  listenTo(sound) {
    const kind = recordingKind();
    const pieces = [];
    this.kept = true;
    this.recorder = new MediaRecorder(sound, { mimeType: kind });
    this.recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    this.recorder.addEventListener("stop", () => {
      for (const track of sound.getTracks()) track.stop();
      this.show(false);
      const content = new Blob(pieces, { type: kind });
      if (this.kept && content.size) this.done(new File([content], `voice.${ENDINGS[kind]}`, { type: kind }));
    });
    this.recorder.start();
    this.began = Date.now();
    this.show(true);
  }

  /** End the recording and send it. */
  stop() {
    if (this.recorder?.state === "recording") this.recorder.stop();
  }

  /** End the recording and keep nothing of it. */
  drop() {
    this.kept = false;
    this.stop();
  }

  show(on) {
    const { record, discard, attach, text, recording, send } = this.part;
    if (!on) this.recorder = null;
    const label = this.words[on ? "record_stop" : "record"];
    record.setAttribute("aria-label", label);
    record.title = label;
    record.classList.toggle("live", on);
    for (const element of [attach, text, send]) element.hidden = on;
    for (const element of [discard, recording]) element.hidden = !on;
    clearInterval(this.ticking);
    if (on) {
      this.tick();
      this.ticking = setInterval(() => this.tick(), 500);
    }
    (on ? record : text).focus({ preventScroll: true });
  }

  tick() {
    const passed = Math.floor((Date.now() - this.began) / 1000);
    const clock = `${Math.floor(passed / 60)}:${String(passed % 60).padStart(2, "0")}`;
    this.part.recording.textContent = this.words.recording.replace("#", clock);
    if (passed >= this.seconds) this.stop();
  }

  /** Say for a while, over the composer, why nothing is recorded. */
  say(words) {
    this.part.note.textContent = words;
    this.part.note.hidden = false;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => (this.part.note.hidden = true), SHOWN_FOR);
  }
}
