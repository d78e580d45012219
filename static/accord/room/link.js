// The socket of a room: connects, says who we are by the session's cookie, asks for what was missed, and comes back when it is lost.

const FIRST_WAIT = 500; // milliseconds before the first try to come back, doubled up to LONGEST_WAIT, with jitter
const LONGEST_WAIT = 15_000;
const SILENCE = 40_000; // a living server says something at least every 15 s
const GONE = new Set([4401, 4404]); // not signed in any more, or no such case any more

/** Events: "state" (detail: connecting | ready | lost), and each frame of the server by its own `type` (detail: the frame). */
export class Link extends EventTarget {
  constructor(dispute, cursor) {
    super();
    this.cursor = cursor;
    this.ready = false;
    this.wait = FIRST_WAIT;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.address = `${scheme}//${location.host}/ws/disputes/${dispute}/`;
  }

  open() {
    clearTimeout(this.retry);
    this.tell("connecting");
    const socket = (this.socket = new WebSocket(this.address));
    socket.addEventListener("open", () => socket.send(JSON.stringify({ type: "auth", after: this.cursor })));
    socket.addEventListener("message", (event) => this.take(event));
    socket.addEventListener("close", (event) => this.closed(socket, event.code));
    this.listen();
    window.addEventListener("online", () => this.hurry(), { once: true });
  }

  take(event) {
    let frame;
    try {
      frame = JSON.parse(event.data);
    } catch {
      return; // not ours to understand
    }
    if (frame.cursor) this.cursor = frame.cursor;
    if (frame.type === "ready") {
      this.ready = true;
      this.wait = FIRST_WAIT;
      this.tell("ready");
    }
    this.listen();
    this.dispatchEvent(new CustomEvent(frame.type, { detail: frame }));
  }

  /** Wait for the next word of the server, but not for ever. */
  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.socket.close(), SILENCE);
  }

  closed(socket, code) {
    if (socket !== this.socket) return;
    clearTimeout(this.silence);
    this.ready = false;
    if (GONE.has(code)) {
      location.reload(); // leads to the sign-in page, or says that there is nothing here
      return;
    }
    this.tell("lost");
    this.retry = setTimeout(() => this.open(), this.wait * (0.5 + Math.random()));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  hurry() {
    if (this.ready || this.socket.readyState === WebSocket.CONNECTING) return;
    this.wait = FIRST_WAIT;
    this.open();
  }

  tell(state) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }

  /** Whether it could be handed over; an answer of the server says more. */
  send(frame) {
    if (!this.ready || this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }
}
