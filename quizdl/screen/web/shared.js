"use strict";

// What both pages need; each has its own `store`. No sentence stands here: all words come with the page, in its language.

const byId = (name) => document.getElementById(name);
const data = JSON.parse(byId("data").textContent);
const words = data.words;

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// The browser's storage under one key. It may be missing, forbidden or full: `works` says so, and nothing throws.
function openStore(key) {
  const store = { works: true };
  store.write = (value) => {
    try {
      const text = JSON.stringify(value);
      localStorage.setItem(key, text);
      store.works = localStorage.getItem(key) === text;
    } catch {
      store.works = false;
    }
    return store.works;
  };
  store.read = () => {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  };
  try {
    const probe = key + "-probe";
    localStorage.setItem(probe, "1");
    store.works = localStorage.getItem(probe) === "1";
    localStorage.removeItem(probe);
  } catch {
    store.works = false;
  }
  // The same page in another tab has written: whoever wrote last goes on.
  store.whenTaken = (act) => addEventListener("storage", (event) => event.key === key && event.newValue && act());
  return store;
}

function showTrouble() {
  const box = byId("trouble");
  if (box.hidden && !store.works) scrollTo(0, 0);
  box.hidden = store.works;
  byId("kept").hidden = !store.works;
}

const crcTable = Array.from({ length: 256 }, (_, start) => {
  let value = start;
  for (let step = 0; step < 8; step += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = crcTable[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function download(name, text, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = make("a", { href: address, download: name, hidden: "" });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

async function copyText(box) {
  box.focus();
  box.select();
  try {
    await navigator.clipboard.writeText(box.value);
    return true;
  } catch {
    return document.execCommand("copy"); // a page opened from a file may have no clipboard of the new kind
  }
}
