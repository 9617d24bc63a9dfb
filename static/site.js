// Small conveniences. Every page works without them.
"use strict";

// A menu closes on Escape and on a click outside it.
const closeMenus = (except) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
};
document.addEventListener("click", (e) => closeMenus(e.target.closest("details.menu")));
document.addEventListener("keydown", (e) => {
  const menu = e.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  const inside = menu.contains(document.activeElement);
  closeMenus();
  if (inside) menu.querySelector("summary").focus();
});

// data-count="characters|words|minutes" data-for="ID": the words stand in data-one, data-few, data-many, data-other.
const lang = document.documentElement.lang || "en";
const plural = new Intl.PluralRules(lang);
const number = new Intl.NumberFormat(lang);
const wordsIn = (text) => (text.match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu) || []).length;
const counts = {
  characters: (text) => [...text.trim()].length,
  words: wordsIn,
  minutes: (text, el) => Math.ceil(wordsIn(text) / (el.dataset.rate || 220)),
};
for (const el of document.querySelectorAll("[data-count]")) {
  const field = document.getElementById(el.dataset.for);
  if (!field || !counts[el.dataset.count]) continue;
  const say = () => {
    const n = counts[el.dataset.count](field.value, el);
    const form = el.dataset[plural.select(n)] || el.dataset.other;
    el.classList.toggle("over", n > (el.dataset.max || Infinity));
    const max = number.format(el.dataset.max || 0);
    el.textContent = n === 0 && el.dataset.count === "minutes" ? "" : form.replace("{n}", number.format(n)).replace("{max}", max);
  };
  field.addEventListener("input", say);
  say();
}

// data-copy="ID": a button, hidden until here, that copies a field's value; data-done is what it then says.
for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  if (!source) continue;
  const label = button.textContent;
  const status = button.parentNode.appendChild(document.createElement("span"));
  status.className = "said";
  status.setAttribute("role", "status");
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = source.value ?? source.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      if (!source.select) return;
      source.select();
      if (!document.execCommand("copy")) return;
    }
    button.textContent = status.textContent = button.dataset.done || label;
    setTimeout(() => { button.textContent = label; status.textContent = ""; }, 3000);
  });
}

// form[data-unsaved]: asks before the page is left with words that are not saved yet.
for (const form of document.querySelectorAll("form[data-unsaved]")) {
  const written = () => JSON.stringify([...new FormData(form)].filter(([, value]) => typeof value === "string"));
  // After an error or a preview what stands in the form is not saved either.
  const before = form.dataset.unsaved === "already" ? "" : written();
  let leaving = false;
  form.addEventListener("submit", () => { leaving = true; });
  window.addEventListener("pageshow", () => { leaving = false; });
  window.addEventListener("beforeunload", (e) => { if (!leaving && written() !== before) e.preventDefault(); });
}

// Code and tables wider than their place can be reached and scrolled by the keyboard.
for (const el of document.querySelectorAll(".prose pre, .prose > table")) if (el.scrollWidth > el.clientWidth) el.tabIndex = 0;

// data-ticks="ID": a box that ticks all boxes of that form, and says whether all are.
for (const all of document.querySelectorAll("[data-ticks]")) {
  const boxes = () => [...document.querySelectorAll(`[type=checkbox][name][form=${all.dataset.ticks}]`)];
  const say = () => {
    const list = boxes(), ticked = list.filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === list.length;
    all.indeterminate = ticked > 0 && !all.checked;
  };
  all.hidden = false;
  all.addEventListener("change", () => { for (const box of boxes()) box.checked = all.checked; });
  document.addEventListener("change", say);
  window.addEventListener("pageshow", say);
  say();
}

// What the desk kept in this browser goes once it is saved.
for (const el of document.querySelectorAll("[data-saved]")) {
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith("desk:") && name.endsWith(":" + el.dataset.saved)) localStorage.removeItem(name);
  } catch { /* a browser that keeps nothing */ }
}
