// Pages that follow: what has an id and data-live="KIND KIND:REF …" changes when the server tells of such a change.
// The stream is read by fetch and not by EventSource, which hides the comments by which the server says that it is there:
// without them the light could not be honest. A page that is not looked at holds no connection; seen again, it asks for what
// it missed. A region with data-source looks there, and not at the page's own address. The light is not on every page.
"use strict";
{
  const light = document.querySelector(".live[data-on]");
  const [state, since] = light?.children ?? [];
  const words = light?.dataset ?? {};
  const relative = new Intl.RelativeTimeFormat(document.documentElement.lang || "en");
  const silence = 40_000; // the server speaks every 15 seconds
  const patience = 2_500; // so long a change may wait before the page calls itself behind

  let last = document.querySelector("[data-from]").dataset.from; // the id of the last event that this page knows
  let stream = null; // aborts the open stream
  let open = false, live = false; // the stream is there; the server hears every change
  let trying = true; // nothing has failed since the page was last live
  let over = false; // the session has ended
  let failures = 0, heard = 0, changed = 0;
  const waiting = new Set(); // the ids of what must be looked at again
  let behind = 0; // since when; 0: the page shows what is
  let missed = false; // it has to do with a time when nothing was heard
  let timer = 0, looking = false;

  const ago = (at) => {
    const seconds = Math.max(1, Math.round((Date.now() - at) / 1000));
    if (seconds < 60) return relative.format(-seconds, "second");
    return seconds < 3600 ? relative.format(-Math.floor(seconds / 60), "minute") : relative.format(-Math.floor(seconds / 3600), "hour");
  };
  const say = (el, text) => { if (el.textContent !== text) el.textContent = text; };
  const show = () => {
    if (open && Date.now() - heard > silence) stream.abort();
    if (!light) return;
    const late = missed || (behind && Date.now() - behind > patience);
    const now = open ? (live && !late ? "on" : "catching") : trying ? "catching" : "off";
    const more = now === "on" && changed ? words.changed.replace("{ago}", ago(changed)) : now === "off" && heard ? words.heard.replace("{ago}", ago(heard)) : "";
    light.hidden = false;
    light.className = light.className.replace(/( off| catching)?$/, now === "on" ? "" : " " + now);
    say(state, words[now] + (more && "."));
    say(since, more);
  };

  // A region is looked at again a moment later, so that many changes are one, and not by all pages at the same time.
  const want = (concerned, spread) => {
    const regions = [...document.querySelectorAll("[data-live][id]")].filter((region) => region.dataset.live.split(" ").some(concerned));
    for (const region of regions) waiting.add(region.id);
    plan((missed ? 50 : 1000) + Math.random() * spread);
    return regions.length > 0;
  };
  const plan = (pause) => {
    behind = waiting.size === 0 && !looking ? 0 : behind || Date.now();
    if (waiting.size > 0 && !timer && !looking && !document.hidden) timer = setTimeout(look, pause);
  };
  const look = async () => {
    const ids = [...waiting], sources = new Map();
    for (const id of ids) {
      const source = document.getElementById(id)?.dataset.source ?? location.href.split("#")[0];
      sources.set(source, [...(sources.get(source) ?? []), id]);
    }
    waiting.clear();
    timer = 0;
    looking = true;
    let pause = 1000;
    try {
      for (const [source, regions] of sources) {
        const response = await fetch(source, { headers: { "X-Live": "1" }, cache: "no-store" });
        if (response.redirected || [401, 403, 404].includes(response.status)) return end();
        if (!response.ok) throw new Error(response.statusText);
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        const focus = document.activeElement;
        for (const id of regions) {
          const old = document.getElementById(id), next = page.getElementById(id);
          if (old && next) change(old, next);
        }
        if (focus !== document.activeElement && focus.isConnected) focus.focus({ preventScroll: true });
      }
      behind = 0;
      missed = false;
    } catch {
      for (const id of ids) waiting.add(id);
      pause = 3000 + Math.random() * 4000;
    }
    looking = false;
    plan(pause);
    show();
  };
  const end = () => { // only a new page can tell more
    over = true;
    trying = open = false;
    stream?.abort();
    show();
  };

  const take = (event) => {
    if (event.id) last = event.id;
    if (!event.data) return;
    const data = JSON.parse(event.data);
    if (event.event === "reset") {
      want(() => true, Math.max(2000, data.spread));
      missed = behind > 0;
    } else if (want((kind) => kind === data.kind || kind === data.kind + ":" + data.ref || (!data.ref && kind.startsWith(data.kind + ":")), data.spread)) {
      changed = missed ? Date.parse(data.at) : Date.now();
    }
  };
  const read = async (body) => {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "", event = {};
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      heard = Date.now();
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        const colon = line.indexOf(":");
        if (colon === 0) {
          live = line === ": live";
          missed = missed && behind > 0; // what came before the first comment was missed, what comes now is new
          trying = true;
          failures = 0;
        } else if (line === "") {
          take(event);
          event = {};
        } else event[line.slice(0, colon)] = line.slice(colon + 1).trimStart();
      }
      show();
    }
  };
  const connect = async () => {
    if (stream || over || document.hidden) return;
    stream = new AbortController();
    let pause = 0;
    try {
      const headers = last ? { "Last-Event-ID": last } : {};
      const response = await fetch("/live", { headers, cache: "no-store", signal: stream.signal });
      if (response.redirected || response.status === 401) return end();
      if (!response.ok) pause = 1000 * (response.headers.get("Retry-After") || 2);
      if (!response.ok) throw new Error(response.statusText);
      open = missed = true;
      heard = Date.now();
      if (!last) want(() => true, 1000);
      await read(response.body);
      pause = Math.random() * 500; // the server closed it, in order: it will be there again, or not, at once
    } catch {
      trying = document.hidden;
      pause = Math.max(pause, Math.min(1000 * 2 ** failures++, 20_000) * (1 + Math.random()));
    } finally {
      stream = null;
      open = live = false;
      if (!over && !document.hidden) setTimeout(connect, pause);
      show();
    }
  };

  let leave = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(leave);
    if (document.hidden) {
      leave = setTimeout(() => stream?.abort(), 30_000);
      return;
    }
    missed = behind > 0;
    plan(0);
    connect();
    show();
  });
  window.addEventListener("pagehide", () => stream?.abort());
  window.addEventListener("pageshow", (e) => { if (e.persisted) connect(); });
  window.addEventListener("offline", () => stream?.abort());
  window.addEventListener("online", connect);
  setInterval(show, 1000);
  connect();

  // change makes a part of the page what it is now, and leaves alone what is the same: focus, ticks, open details and scrolled
  // tables stay. A row is known by its id, or by what its first box or link stands for; one that is new or says something else
  // fades once.
  const rows = "tr, li, .tiles > div";
  const keyOf = (node) => {
    if (node.nodeType !== Node.ELEMENT_NODE) return "";
    if (node.id || !node.matches("tr, li")) return node.id;
    const first = node.querySelector("input[value], a[href]");
    return first ? first.getAttribute("value") || first.getAttribute("href") : "";
  };
  const says = (row) => { // without times, whose words grow old by themselves
    const copy = row.cloneNode(true);
    for (const time of copy.querySelectorAll("time")) time.replaceWith(time.dateTime);
    return copy.textContent.replace(/\s+/g, " ");
  };
  const change = (old, next) => {
    if (old.isEqualNode(next)) return;
    for (const { name } of [...old.attributes]) if (!next.hasAttribute(name) && name !== "open") old.removeAttribute(name);
    for (const { name, value } of next.attributes) if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
    const keyed = new Map(), plain = [];
    for (const node of old.childNodes) {
      const key = keyOf(node);
      if (key && !keyed.has(key)) keyed.set(key, node);
      else plain.push(node);
    }
    const match = (node) => {
      const key = keyOf(node);
      const found = key ? keyed.get(key) : plain.find((p) => p.nodeName === node.nodeName && !keyOf(p));
      if (key) keyed.delete(key);
      else if (found) plain.splice(plain.indexOf(found), 1);
      return found?.nodeName === node.nodeName ? found : null;
    };
    const pairs = [...next.childNodes].map((node) => [match(node), node]);
    const kept = new Set(pairs.map(([found]) => found));
    for (const node of [...old.childNodes]) if (!kept.has(node)) node.remove();
    let place = old.firstChild;
    for (let [found, node] of pairs) {
      const row = node.nodeType === Node.ELEMENT_NODE && node.matches(rows);
      const before = row && found ? says(found) : "";
      if (!found) found = document.importNode(node, true);
      else if (node.nodeType === Node.ELEMENT_NODE) change(found, node);
      else if (found.data !== node.data) found.data = node.data;
      if (row && before !== says(found)) found.classList.add("fresh");
      if (found === place) place = place.nextSibling;
      else old.insertBefore(found, place);
    }
  };
  document.addEventListener("animationend", (e) => e.target.classList.remove("fresh"));
}
