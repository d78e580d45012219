// The chat: rooms, lines in their order, what is on its way, what was read, who writes and who is here.
// Everything that people wrote goes into the page as text, never as markup.

import { csrfToken } from "../site.js";
import { draftKey, keep, kept } from "./drafts.js";

const TYPING_SHOWN = 4000; // milliseconds
const TYPING_SAID = 2000;
const DRAFT_SHOWN = 30_000; // then what the mediator was writing is taken for broken off
const PATIENCE = 4000; // then a line goes by the API instead of the socket
const AT_ONCE = 30;
const FINAL = new Set(["lapsed", "withdrawn", "executed", "closed"]);

const say = (text, facts) => text.replace(/%\((\w+)\)s/g, (_all, name) => facts[name] ?? "");
const newId = () =>
  crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** One room: a tab, a panel, and the lines in it. */
class Room {
  constructor(tab, panel, given) {
    Object.assign(this, given);
    this.tab = tab;
    this.panel = panel;
    this.log = panel.querySelector(".log");
    this.list = panel.querySelector(".lines");
    this.read = 0;
    this.marks = new Map(); // user → { delivered, read }
    this.typing = new Map(); // user → timer
    this.isLoaded = this.list.children.length > 0 || this.lastSeq === 0;
  }

  lineAt(seq) {
    return this.list.querySelector(`[data-seq="${seq}"]`);
  }

  get isAtEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
  }

  scrollToEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }
}

export class Chat {
  constructor(section, data, link) {
    this.section = section;
    this.data = data;
    this.words = data.words;
    this.link = link;
    this.api = `/api/disputes/${data.dispute}/messages`;
    this.composer = section.querySelector("#composer");
    this.state = section.querySelector(".link-state");
    this.template = document.getElementById("line-template");
    this.rooms = new Map();
    this.pending = new Map(); // client id → { content, room, line }
    this.online = new Set();
    this.isVisible = () => true;
    this.title = document.title;
    this.clock = new Intl.DateTimeFormat(data.locale, { timeStyle: "short", timeZone: data.zone });
    this.day = new Intl.DateTimeFormat(data.locale, { dateStyle: "long", timeZone: data.zone });
    this.dayKey = new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone: data.zone });
    for (const given of data.tabs) this.addRoom(given);
    for (const mark of data.marks) this.takeMark(mark.stream, mark.user, mark);
    this.open = this.rooms.get(data.open);
  }

  addRoom(given) {
    const tab = this.section.querySelector(`[data-room="${given.key}"]`);
    const panel = this.section.querySelector(`[data-panel="${given.key}"]`);
    if (tab && panel) this.rooms.set(given.key, new Room(tab, panel, given));
  }

  byStream(stream) {
    return [...this.rooms.values()].find((room) => room.stream === stream);
  }

  // --- connecting ---------------------------------------------------------------------------------------------------
  connect() {
    this.section.querySelector(".rooms").addEventListener("click", (event) => {
      const tab = event.target.closest("a[data-room]");
      if (!tab || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.choose(this.rooms.get(tab.dataset.room));
    });
    this.section.addEventListener("click", (event) => {
      const older = event.target.closest("a[data-older]");
      if (older) {
        event.preventDefault();
        this.loadOlder(older);
      }
    });
    this.section.addEventListener("submit", (event) => {
      if (!event.target.matches("form.use")) return;
      event.preventDefault();
      this.changeUse(event.target);
    });
    const link = this.link;
    link.addEventListener("state", (event) => this.showState(event.detail));
    link.addEventListener("ready", () => this.resend());
    link.addEventListener("message", (event) => this.take(event.detail));
    link.addEventListener("ack", (event) => this.settle(event.detail));
    link.addEventListener("error", (event) => this.refused(event.detail));
    link.addEventListener("typing", (event) => this.showTyping(event.detail));
    link.addEventListener("presence", (event) => this.presence(event.detail));
    link.addEventListener("receipt", (event) => this.receipt(event.detail));
    link.addEventListener("ai_delta", (event) => this.showDraft(event.detail));
    document.addEventListener("visibilitychange", () => this.shown());
    addEventListener("focus", () => this.shown());
    this.connectComposer();
    this.open.scrollToEnd();
    this.shown();
  }

  connectComposer() {
    const form = this.composer;
    if (!form) return;
    const text = form.querySelector("textarea");
    const fit = () => {
      text.style.height = "auto";
      text.style.height = `${Math.min(text.scrollHeight + 2, 160)}px`;
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const content = text.value.trim();
      if (!content) {
        text.focus();
        return;
      }
      const ask = form.elements.ask_mediator;
      this.post(content, { asks: Boolean(ask?.checked) && !this.open.isPrivate });
      if (ask) ask.checked = false;
      text.value = "";
      this.keepDraft("");
      fit();
      text.focus();
    });
    text.addEventListener("keydown", (event) => {
      const sends = event.key === "Enter" && !event.shiftKey && !event.isComposing;
      if (sends && (event.ctrlKey || event.metaKey || matchMedia("(hover: hover) and (pointer: fine)").matches)) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    text.addEventListener("input", () => {
      fit();
      this.keepDraft(text.value);
      this.tellTyping();
    });
    text.setAttribute("enterkeyhint", "send");
    if (!text.value) text.value = kept(this.draft());
    fit();
  }

  draft(room = this.open) {
    return draftKey(this.data, `chat.${room.key}`);
  }

  keepDraft(text) {
    keep(this.draft(), text);
  }

  showState(state) {
    const text = { connecting: this.wasLost ? this.words.lost : this.words.connecting, lost: this.words.lost, ready: "" }[state];
    this.state.textContent = text;
    this.state.classList.toggle("lost", state === "lost" || (state === "connecting" && Boolean(this.wasLost)));
    if (state === "lost") {
      this.wasLost = true;
      this.online.clear();
      this.showPresence();
    }
    if (state === "ready" && this.wasLost) {
      this.wasLost = false;
      this.state.textContent = this.words.back;
      setTimeout(() => {
        if (this.state.textContent === this.words.back) this.state.textContent = "";
      }, 4000);
    }
  }

  // --- rooms ------------------------------------------------------------------------------------------------------------
  choose(room) {
    if (!room) return;
    const text = this.composer?.querySelector("textarea");
    if (text) this.keepDraft(text.value);
    this.open = room;
    for (const each of this.rooms.values()) {
      each.panel.hidden = each !== room;
      if (each === room) each.tab.setAttribute("aria-current", "true");
      else each.tab.removeAttribute("aria-current");
    }
    if (this.composer) {
      this.composer.elements.room.value = room.key;
      const ask = this.composer.querySelector(".asks");
      if (ask) ask.hidden = room.isPrivate;
      text.value = kept(this.draft());
      this.allowWriting(room.mayPost);
    }
    this.load(room).then(() => {
      room.scrollToEnd();
      this.shown();
    });
  }

  allowWriting(may) {
    if (!this.composer) return;
    this.composer.hidden = !may;
    const closed = this.section.querySelector(".closed");
    if (closed) closed.hidden = may;
  }

  /** The case has moved on; in one that has ended nothing can be written any more. */
  followStatus(status) {
    if (!FINAL.has(status)) return;
    for (const room of this.rooms.values()) room.mayPost = false;
    this.allowWriting(false);
  }

  /** Somebody joined or left: rooms that are new to this page are taken from a fresh copy of it. */
  async lookForRooms() {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const data = JSON.parse(fresh.getElementById("room-data").textContent);
    Object.assign(this.data.names, data.names);
    for (const given of data.tabs) {
      if (this.rooms.has(given.key)) continue;
      const tab = fresh.querySelector(`[data-room="${given.key}"]`)?.closest("li");
      const panel = fresh.querySelector(`[data-panel="${given.key}"]`);
      if (!tab || !panel) continue;
      panel.hidden = true;
      this.section.querySelector(".rooms ul").append(document.adoptNode(tab));
      [...this.section.querySelectorAll(".panel")].at(-1).after(document.adoptNode(panel));
      this.addRoom(given);
    }
    this.showPresence();
  }

  // --- reading ----------------------------------------------------------------------------------------------------------
  async fetchLines(room, before) {
    const query = new URLSearchParams({ stream: room.stream, limit: String(AT_ONCE) });
    if (before) query.set("before", before);
    const answer = await fetch(`${this.api}?${query}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  async load(room) {
    if (room.isLoaded) return;
    room.isLoaded = true;
    room.log.setAttribute("aria-busy", "true");
    try {
      const page = await this.fetchLines(room);
      for (const line of page.results.reverse()) this.insert(room, line);
      this.offerOlder(room, page.next);
    } catch {
      room.isLoaded = false;
    } finally {
      room.log.removeAttribute("aria-busy");
    }
  }

  offerOlder(room, next) {
    let row = room.panel.querySelector(".older");
    const before = next && new URL(next).searchParams.get("before");
    if (!before) {
      row?.remove();
      return;
    }
    if (!row) {
      row = this.section.querySelector(".older")?.cloneNode(true) ?? this.makeOlder();
      room.log.prepend(row);
    }
    const link = row.querySelector("a");
    link.dataset.older = before;
    link.href = `?room=${room.key}&before=${encodeURIComponent(before)}#chat`;
  }

  makeOlder() {
    const row = document.createElement("p");
    row.className = "older";
    const link = document.createElement("a");
    link.textContent = this.words.older;
    row.append(link);
    return row;
  }

  async loadOlder(link) {
    const room = [...this.rooms.values()].find((each) => each.panel.contains(link));
    const { log } = room;
    if (log.getAttribute("aria-busy")) return;
    log.setAttribute("aria-busy", "true");
    try {
      const page = await this.fetchLines(room, link.dataset.older);
      const height = log.scrollHeight;
      for (const line of page.results) this.insert(room, line);
      this.offerOlder(room, page.next);
      log.scrollTop += log.scrollHeight - height;
    } catch {
      this.state.textContent = this.words.noConnection;
    } finally {
      log.removeAttribute("aria-busy");
    }
  }

  take(frame) {
    const room = this.byStream(frame.stream);
    if (!room) {
      this.lookForRooms();
      return;
    }
    if (frame.client_id && this.pending.has(frame.client_id)) {
      this.settle(frame);
      return;
    }
    room.lastSeq = Math.max(room.lastSeq, frame.seq);
    this.stopTyping(room, frame.sender_id);
    if (!room.isLoaded) {
      this.count();
      return;
    }
    const stays = room.isAtEnd;
    if (frame.sender_type === "ai") this.dropDraft(room);
    this.insert(room, frame);
    if (stays) room.scrollToEnd();
    this.shown();
    this.count();
  }

  /** Put a line where its number says; one that is there already stays. */
  insert(room, line) {
    if (room.lineAt(line.seq)) return;
    const item = this.make(line);
    const followers = [...room.list.querySelectorAll(".line")];
    const after = followers.findLast((each) => each.dataset.seq && Number(each.dataset.seq) < line.seq);
    const next = after ? after.nextElementSibling : room.list.firstElementChild;
    let place = next;
    if (place?.matches(".day") && place.dataset.day === this.dayOf(line.created_at)) place = place.nextElementSibling;
    room.list.insertBefore(item, place);
    this.separate(room, item);
    const empty = room.panel.querySelector(".empty");
    if (empty) empty.hidden = true;
    this.tick(room, item);
  }

  make(line) {
    const item = this.template.content.firstElementChild.cloneNode(true);
    const isMine = line.sender_type === "user" && line.sender_id === this.data.me;
    item.classList.add(isMine ? "mine" : line.sender_type === "user" ? "theirs" : line.sender_type);
    item.dataset.at = line.created_at;
    if (line.seq) item.dataset.seq = line.seq;
    item.querySelector(".author").textContent = isMine ? this.words.you : this.nameOf(line);
    item.querySelector(".words").textContent = line.content;
    const time = item.querySelector("time");
    time.dateTime = line.created_at;
    time.textContent = this.clock.format(new Date(line.created_at));
    if (isMine && "may_use" in line) this.offerUse(item, line.id, line.may_use);
    return item;
  }

  /** Under one's own line to the mediator: whether it may be used for proposals, each line by itself. */
  offerUse(item, id, mayUse) {
    if (!this.data.mayPermit || item.querySelector(".use")) return;
    const form = document.createElement("form");
    form.className = "use";
    form.dataset.line = id;
    const button = document.createElement("button");
    button.className = "quiet small";
    form.append(button);
    this.showUse(button, mayUse);
    item.append(form);
  }

  showUse(button, mayUse) {
    button.classList.toggle("given", mayUse);
    button.textContent = mayUse ? this.words.used : this.words.use;
  }

  async changeUse(form) {
    const button = form.querySelector("button");
    const mayUse = button.classList.contains("given");
    button.disabled = true;
    const answer = await fetch(`${this.api}/${form.dataset.line}/permission`, {
      method: mayUse ? "DELETE" : "POST",
      headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
    }).catch(() => null);
    button.disabled = false;
    button.focus();
    if (answer?.ok) this.showUse(button, !mayUse);
    else this.state.textContent = this.words.noConnection;
  }

  nameOf(line) {
    if (line.sender_type === "ai") return this.words.ai;
    if (line.sender_type === "system") return "Accord";
    return this.data.names[line.sender_id] ?? this.words.somebody;
  }

  dayOf(at) {
    return this.dayKey.format(new Date(at));
  }

  /** A separator stands before a line with which another day begins, and nowhere else. */
  separate(room, item) {
    const day = this.dayOf(item.dataset.at);
    const before = item.previousElementSibling;
    const isNew = !before || (before.matches(".day") ? before.dataset.day !== day : this.dayOf(before.dataset.at) !== day);
    if (isNew) {
      const row = document.createElement("li");
      row.className = "day";
      row.dataset.day = day;
      const words = document.createElement("span");
      words.textContent = this.dayInWords(item.dataset.at, day);
      row.append(words);
      item.before(row);
    }
    const next = item.nextElementSibling;
    if (next?.matches(".day") && next.dataset.day === day) next.remove();
  }

  dayInWords(at, day) {
    if (day === this.dayOf(Date.now())) return this.words.today;
    if (day === this.dayOf(Date.now() - 86_400_000)) return this.words.yesterday;
    return this.day.format(new Date(at));
  }

  // --- writing ----------------------------------------------------------------------------------------------------------
  post(content, { asks = false } = {}) {
    const room = this.open;
    const clientId = newId();
    const line = this.make({
      sender_type: "user",
      sender_id: this.data.me,
      content,
      created_at: new Date().toISOString(),
    });
    line.classList.add("pending");
    line.querySelector(".tick").textContent = this.words.sending;
    const empty = room.panel.querySelector(".empty");
    if (empty) empty.hidden = true;
    room.list.append(line);
    this.separate(room, line);
    room.scrollToEnd();
    this.pending.set(clientId, { clientId, content, room, line, asks });
    this.deliver(this.pending.get(clientId));
  }

  frameOf(item) {
    const { room } = item;
    const frame = { content: item.content, client_id: item.clientId, is_private: room.isPrivate };
    if (room.recipient) frame.recipient_id = room.recipient;
    if (item.asks) frame.ask_mediator = true;
    return frame;
  }

  deliver(item) {
    if (this.link.send({ type: "message", ...this.frameOf(item) })) return;
    item.line.querySelector(".tick").textContent = this.words.waiting;
    clearTimeout(item.timer);
    item.timer = setTimeout(() => {
      if (this.pending.has(item.clientId) && !this.link.ready) this.deliverByApi(item);
    }, PATIENCE);
  }

  /** Without a socket: the API takes the same line under the same id, so nothing is posted twice. */
  async deliverByApi(item) {
    let answer;
    try {
      answer = await fetch(this.api, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          Accept: "application/json",
          "Accept-Language": this.data.locale,
          "X-CSRFToken": csrfToken(),
        },
        body: JSON.stringify(this.frameOf(item)),
      });
    } catch {
      item.timer = setTimeout(() => this.pending.has(item.clientId) && this.deliver(item), PATIENCE);
      return;
    }
    const body = await answer.json().catch(() => ({}));
    if (answer.ok) this.settle({ ...body, client_id: item.clientId });
    else if (answer.status >= 500 || answer.status === 429 || body.code === "line_in_flight")
      item.timer = setTimeout(() => this.pending.has(item.clientId) && this.deliver(item), PATIENCE);
    else this.refused({ client_id: item.clientId, detail: body.errors?.[0]?.detail ?? body.detail });
  }

  resend() {
    for (const item of this.pending.values()) if (!item.line.matches(".failed")) this.deliver(item);
  }

  /** A line of ours is committed: it gets its number, its time and its place. */
  settle(done) {
    const item = this.pending.get(done.client_id);
    if (!item) return;
    this.pending.delete(done.client_id);
    clearTimeout(item.timer);
    const { room, line } = item;
    room.lastSeq = Math.max(room.lastSeq, done.seq);
    room.read = Math.max(room.read, done.seq);
    const separator = line.previousElementSibling;
    line.remove();
    if (separator?.matches(".day") && !separator.nextElementSibling) separator.remove();
    const use = room.key === "mediator" ? { may_use: false } : {};
    this.insert(room, { sender_type: "user", sender_id: this.data.me, content: item.content, ...use, ...done });
    const stays = room.isAtEnd || room === this.open;
    if (stays) room.scrollToEnd();
    this.count();
  }

  refused(error) {
    const item = this.pending.get(error.client_id);
    if (!item) {
      if (error.detail) this.state.textContent = error.detail;
      return;
    }
    const { line } = item;
    line.classList.replace("pending", "failed");
    const tick = line.querySelector(".tick");
    tick.textContent = `${this.words.failed} ${error.detail ?? ""} `;
    const again = document.createElement("button");
    again.type = "button";
    again.className = "link again";
    again.textContent = this.words.again;
    again.addEventListener("click", () => {
      line.classList.replace("failed", "pending");
      tick.textContent = this.words.sending;
      this.deliver(item);
    });
    tick.append(again);
  }

  // --- who writes, who is here, who has read ----------------------------------------------------------------------------
  tellTyping() {
    if (Date.now() - (this.lastTyping ?? 0) < TYPING_SAID) return;
    const frame = { type: "typing", is_private: this.open.isPrivate };
    if (this.open.recipient) frame.recipient_id = this.open.recipient;
    if (this.link.send(frame)) this.lastTyping = Date.now();
  }

  showTyping({ user_id: user, stream }) {
    const room = this.byStream(stream);
    if (!room || user === this.data.me) return;
    clearTimeout(room.typing.get(user));
    room.typing.set(
      user,
      setTimeout(() => this.stopTyping(room, user), TYPING_SHOWN),
    );
    this.sayTyping(room);
  }

  stopTyping(room, user) {
    clearTimeout(room.typing.get(user));
    if (room.typing.delete(user)) this.sayTyping(room);
  }

  sayTyping(room) {
    const names = [...room.typing.keys()].map((user) => this.data.names[user] ?? this.words.somebody);
    room.panel.querySelector(".typing").textContent = names.length ? say(this.words.typing, { name: names.join(", ") }) : "";
  }

  /** What the mediator is writing, piece by piece, until its line is there. */
  showDraft({ stream, draft_id: draft, text }) {
    const room = this.byStream(stream);
    if (!room?.isLoaded) return;
    const stays = room.isAtEnd;
    if (room.draft?.dataset.draft !== draft) {
      this.dropDraft(room);
      room.draft = this.make({ sender_type: "ai", content: "", created_at: new Date().toISOString() });
      room.draft.classList.add("writing");
      room.draft.dataset.draft = draft;
      room.draft.setAttribute("aria-hidden", "true"); // the finished line is announced, not its pieces
      room.list.append(room.draft);
      this.separate(room, room.draft);
    }
    room.draft.querySelector(".words").textContent += text;
    clearTimeout(room.draftTimer);
    room.draftTimer = setTimeout(() => this.dropDraft(room), DRAFT_SHOWN);
    if (stays) room.scrollToEnd();
  }

  dropDraft(room) {
    clearTimeout(room.draftTimer);
    const before = room.draft?.previousElementSibling;
    room.draft?.remove();
    if (before?.matches(".day") && !before.nextElementSibling) before.remove();
    room.draft = null;
  }

  presence({ user_id: user, status }) {
    if (status === "online") this.online.add(user);
    else this.online.delete(user);
    this.showPresence();
  }

  showPresence() {
    for (const dot of document.querySelectorAll("[data-presence]")) {
      const is = this.online.has(dot.dataset.presence) || (dot.dataset.presence === this.data.me && this.link.ready);
      dot.classList.toggle("online", is);
      const words = dot.querySelector(".visually-hidden");
      const text = `${is ? this.words.online : this.words.offline}: `;
      if (words && words.textContent !== text) words.textContent = text;
      dot.title = is ? this.words.online : this.words.offline;
    }
  }

  takeMark(stream, user, { delivered, read }) {
    const room = this.byStream(stream);
    if (!room) return null;
    const before = room.marks.get(user) ?? { delivered: 0, read: 0 };
    room.marks.set(user, {
      delivered: Math.max(before.delivered, delivered ?? 0),
      read: Math.max(before.read, read ?? 0),
    });
    if (user === this.data.me) room.read = Math.max(room.read, read ?? 0);
    return room;
  }

  receipt({ stream, delivered = {}, read = {} }) {
    let room = null;
    for (const user of new Set([...Object.keys(delivered), ...Object.keys(read)])) {
      room = this.takeMark(stream, user, { delivered: delivered[user], read: read[user] });
    }
    if (!room) return;
    for (const item of room.list.querySelectorAll(".line.mine[data-seq]")) this.tick(room, item);
    this.count();
  }

  tick(room, item) {
    if (!item.matches(".mine") || !item.dataset.seq) return;
    const seq = Number(item.dataset.seq);
    const others = [...room.marks].filter(([user]) => user !== this.data.me);
    const readers = others.filter(([, mark]) => mark.read >= seq).map(([user]) => this.data.names[user]).filter(Boolean);
    const state = readers.length ? "read" : others.some(([, mark]) => mark.delivered >= seq) ? "delivered" : "sent";
    let tick = item.querySelector(".tick");
    if (!tick) {
      tick = document.createElement("span");
      item.querySelector(".meta").append(tick);
    }
    tick.className = `tick ${state}`;
    if (tick.textContent !== this.words[state]) tick.textContent = this.words[state];
    if (readers.length) tick.title = say(this.words.readBy, { names: readers.join(", ") });
  }

  /** The open room is on the screen of somebody who looks: what it holds is read. */
  shown() {
    const room = this.open;
    if (document.visibilityState === "visible" && this.isVisible() && room.isLoaded && room.lastSeq > (room.told ?? room.read)) {
      if (this.link.send({ type: "read", stream: room.stream, seq: room.lastSeq })) room.told = room.lastSeq;
      room.read = room.lastSeq;
    }
    this.count();
  }

  count() {
    let all = 0;
    for (const room of this.rooms.values()) {
      const unread = Math.max(0, room.lastSeq - room.read);
      all += unread;
      const badge = room.tab.querySelector("[data-unread]");
      badge.hidden = unread === 0;
      badge.textContent = String(unread);
      badge.setAttribute("aria-label", say(this.words.unread, { count: unread }));
    }
    const total = document.getElementById("unread-all");
    if (total) {
      total.hidden = all === 0;
      total.textContent = String(all);
    }
    document.title = all ? `(${all}) ${this.title}` : this.title;
  }
}
