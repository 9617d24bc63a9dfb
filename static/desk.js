// The desk keeps a copy of what is written in this browser until it is saved, and offers it after a crash. Only on the pages where one writes.
"use strict";
{
  const form = document.querySelector("form[data-desk]");
  const offer = document.getElementById("kept");
  const own = `desk:${form.dataset.user}:${form.dataset.post}:`;
  const key = own + form.dataset.desk;
  const month = 30 * 24 * 3600e3;
  const fields = () => [...form.elements].filter((el) => el.name && el.type !== "hidden" && !/^(submit|button|file)$/.test(el.type));
  const written = () => JSON.stringify(fields().map((el) => [el.name, /^(checkbox|radio)$/.test(el.type) ? el.value + ":" + el.checked : el.value.replace(/\r\n/g, "\n")]));
  // After an error or a preview what stands in the form is not saved either.
  const first = form.dataset.unsaved === "already" ? "" : written();

  // A browser may keep nothing at all, or be full: then one writes as without this.
  const stored = (name) => {
    try {
      return JSON.parse(localStorage.getItem(name));
    } catch {
      return null;
    }
  };
  const names = (prefix) => {
    try {
      return Object.keys(localStorage).filter((name) => name.startsWith(prefix));
    } catch {
      return [];
    }
  };
  const forget = (name) => {
    try {
      localStorage.removeItem(name);
    } catch { /* nothing was kept */ }
  };
  const keep = () => {
    const text = written();
    if (text === first) return forget(key);
    const copy = JSON.stringify({ at: Date.now(), text });
    try {
      localStorage.setItem(key, copy);
    } catch {
      // Older copies of this user's give way, the oldest first.
      const older = names(`desk:${form.dataset.user}:`).filter((name) => name !== key).sort((a, b) => (stored(a)?.at || 0) - (stored(b)?.at || 0));
      for (const name of older) {
        forget(name);
        try {
          return localStorage.setItem(key, copy);
        } catch { /* the next one */ }
      }
    }
  };
  let soon;
  form.addEventListener("input", () => { clearTimeout(soon); soon = setTimeout(keep, 500); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
  window.addEventListener("pagehide", keep);

  // Other windows on the same post are asked which copies are theirs: what they are writing is not offered here.
  const others = new BroadcastChannel("desk");
  const taken = new Set([key]);
  others.addEventListener("message", (e) => {
    if (e.data === own) others.postMessage({ mine: key });
    else if (e.data.mine) taken.add(e.data.mine);
  });
  others.postMessage(own);

  const propose = () => {
    for (const name of names("desk:")) if (Date.now() - (stored(name)?.at || 0) > month) forget(name);
    const left = names(own).filter((name) => !taken.has(name)).map((name) => ({ name, ...stored(name) })).sort((a, b) => b.at - a.at);
    const found = left.find((copy) => {
      if (copy.text !== first && copy.text !== written()) return true;
      forget(copy.name);
      return false;
    });
    offer.hidden = !found;
    if (!found) return;
    const at = new Intl.DateTimeFormat(document.documentElement.lang || "en", { dateStyle: "long", timeStyle: "short" }).format(found.at);
    offer.querySelector("p").textContent = offer.dataset.say.replace("{at}", at);
    offer.onclick = (e) => {
      if (e.target.matches("[data-bring]")) {
        const values = JSON.parse(found.text);
        for (const el of fields()) {
          const i = values.findIndex(([name, value]) => name === el.name && (!/^(checkbox|radio)$/.test(el.type) || value.startsWith(el.value + ":")));
          if (i < 0) continue;
          const [[, value]] = values.splice(i, 1);
          if (/^(checkbox|radio)$/.test(el.type)) el.checked = value.endsWith(":true");
          else el.value = value;
          el.dispatchEvent(new Event("input", { bubbles: true }));
        }
        keep();
      } else if (!e.target.matches("[data-discard]")) return;
      forget(found.name);
      taken.add(found.name);
      propose();
    };
  };
  setTimeout(propose, 250);
}
