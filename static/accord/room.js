// The room of a case: what makes its page live. Everything here only adds to a page that works without it.
// Each module does one thing; this one introduces them to each other.

import { connectCalmer } from "./room/calmer.js";
import { Chat } from "./room/chat.js";
import { connectDrafts } from "./room/drafts.js";
import { Link } from "./room/link.js";
import { connectParts, refresh, REFRESHED_BY } from "./room/parts.js";
import { connectSections } from "./room/sections.js";
import { connectSignature } from "./room/signature.js";
import { connectSource } from "./room/source.js";
import { connectUploads } from "./room/uploads.js";

const page = document.getElementById("room");
const data = JSON.parse(document.getElementById("room-data").textContent);

const link = new Link(data.dispute, data.cursor);
const chat = new Chat(document.getElementById("chat"), data, link);
const sections = connectSections(page, () => chat.shown());
connectDrafts(page, data);
connectUploads(page, data);
connectSignature(page);
connectSource();
connectParts(page, data.words, () => chat.showPresence(), () => link.ready);
chat.isVisible = () => sections.shows("chat");
chat.connect();
connectCalmer(document.getElementById("composer"), data);

link.addEventListener("status", (event) => {
  const { about, status } = event.detail;
  for (const name of REFRESHED_BY[about] ?? REFRESHED_BY.dispute) refresh(name);
  if (about === "participants") chat.lookForRooms();
  chat.followStatus(status);
});
link.open();
