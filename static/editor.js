// The desk: a preview that follows what is written, and keys. The pages work without it, and Tab leaves the text as ever.
"use strict";

{
  const form = document.querySelector("form.desk");
  const text = form.elements.content;
  const frame = document.getElementById("preview");
  const stale = document.getElementById("preview-stale");
  const button = form.querySelector("[formaction='/posts/preview']");

  // What the site makes of the text, as its page would show it, a moment after the last key.
  const beside = matchMedia("(width >= 76rem)");
  let wanted = !frame.hidden, timer = 0, asking = null, shown = "";
  const look = async () => {
    const body = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    if (body.toString() === shown) return;
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const answer = await fetch(button.formAction, { method: "POST", body, signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const made = answer.ok && page.querySelector("#preview .prose");
      if (signal.aborted) return;
      stale.hidden = Boolean(made);
      if (!made) return;
      shown = body.toString();
      frame.querySelector(".prose").replaceWith(document.adoptNode(made));
      frame.hidden = false;
    } catch {
      if (!signal.aborted) stale.hidden = false;
    }
  };
  const soon = (pause) => {
    clearTimeout(timer);
    if (wanted || beside.matches) timer = setTimeout(look, pause);
  };
  form.addEventListener("input", () => soon(600));
  beside.addEventListener("change", () => soon(0));
  if (frame.hidden && (text.value || form.elements.title.value)) soon(0);
  button.addEventListener("click", async (e) => {
    e.preventDefault();
    clearTimeout(timer);
    wanted = true;
    shown = "";
    await look();
    if (!frame.hidden && !beside.matches) frame.scrollIntoView({ block: "start" });
  });

  // Ctrl, or the command key of a Mac, with a letter.
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  const replace = (words, from, to) => {
    text.setSelectionRange(from, to);
    if (!document.execCommand("insertText", false, words)) { // which can be undone by Ctrl+Z
      text.setRangeText(words, from, to, "end");
      text.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };
  const around = (mark) => () => {
    const { selectionStart: from, selectionEnd: to, value } = text;
    const n = mark.length, chosen = value.slice(from, to);
    const stars = Math.min(/\**$/.exec(value.slice(0, from))[0].length, /^\**/.exec(value.slice(to))[0].length);
    if (n === 2 ? stars > 1 : stars % 2) { // ***both***
      replace(chosen, from - n, to + n);
      text.setSelectionRange(from - n, to - n);
    } else {
      replace(mark + chosen + mark, from, to);
      text.setSelectionRange(from + n, to + n);
    }
  };
  const link = () => {
    const { selectionStart: from, selectionEnd: to, value } = text;
    const chosen = value.slice(from, to);
    if (/^https?:\/\/\S+$/.test(chosen)) {
      replace(`[](${chosen})`, from, to);
      text.setSelectionRange(from + 1, from + 1);
    } else {
      replace(`[${chosen}]()`, from, to);
      const at = chosen ? from + chosen.length + 3 : from + 1;
      text.setSelectionRange(at, at);
    }
  };
  const save = () => form.querySelector("[data-keeps]").click();
  const anywhere = { s: save, enter: save };
  const inText = { b: around("**"), i: around("*"), k: link };
  form.addEventListener("keydown", (e) => {
    if (e.altKey || e.shiftKey || e.isComposing || !(mac ? e.metaKey && !e.ctrlKey : e.ctrlKey && !e.metaKey)) return;
    const key = e.key.toLowerCase();
    const act = anywhere[key] || (e.target === text && inText[key]);
    if (!act) return;
    e.preventDefault();
    if (!e.repeat) act();
  });
  const keys = document.getElementById("keys");
  keys.hidden = false;
  for (const key of keys.querySelectorAll("kbd")) key.textContent = (mac ? "⌘" : "Ctrl+") + key.dataset.key;
}
