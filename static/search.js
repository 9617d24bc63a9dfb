// data-fills="ID": what is typed into a search is looked for at once, and what the answer has under that id takes the old one's place.
for (const form of document.querySelectorAll("form[data-fills]")) {
  let typing, asked;
  form.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(async () => {
      asked?.abort();
      asked = new AbortController();
      const values = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
      try {
        const address = `${form.action}?${values}`;
        const answer = await fetch(address, { signal: asked.signal });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const news = answer.ok && page.getElementById(form.dataset.fills);
        if (!news) return;
        document.getElementById(form.dataset.fills).replaceWith(news);
        document.title = page.title;
        history.replaceState(null, "", address);
      } catch {} // the button is there
    }, 200);
  });
}
