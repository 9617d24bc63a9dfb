// Files on the desk: dragged onto the text, pasted into it, or chosen, they are sent at once. Without this the button sends them.
"use strict";
{
  const form = document.querySelector("form.desk");
  const text = form.elements.content;
  const field = form.elements.file;
  const button = form.querySelector("[formaction='/posts/files']");
  const status = document.getElementById("file-status");
  const alt = form.elements.alt;
  button.hidden = true;
  if (!status.textContent) status.textContent = status.dataset.ready;

  const say = (words, name, n) => { status.textContent = words.replace("{name}", name).replace("{n}", n); };
  const insert = (words) => {
    const { selectionStart: from, value } = text;
    const before = from && value[from - 1] !== "\n" ? "\n\n" : "";
    text.focus();
    text.setSelectionRange(from, text.selectionEnd);
    if (!document.execCommand("insertText", false, before + words + "\n\n")) { // which can be undone by Ctrl+Z
      text.setRangeText(before + words + "\n\n", from, text.selectionEnd, "end");
      text.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (words.startsWith("![]")) text.setSelectionRange(from + before.length + 2, from + before.length + 2);
  };
  const send = (file) => new Promise((done) => {
    const name = file.name || status.dataset.pasted;
    const data = new FormData(form);
    data.delete("file");
    data.append("file", file, name);
    const request = new XMLHttpRequest();
    request.open("POST", button.formAction);
    request.responseType = "document";
    request.upload.addEventListener("progress", (e) => { if (e.lengthComputable) say(status.dataset.sending, name, Math.floor(100 * e.loaded / e.total)); });
    request.addEventListener("loadend", () => {
      const page = request.response;
      const made = page?.getElementById("file-status")?.dataset.markdown;
      if (made) {
        insert(made);
        say(made.startsWith("![]") ? status.dataset.describe : status.dataset.added, name);
        document.getElementById("file-list").replaceWith(document.adoptNode(page.getElementById("file-list")));
      } else {
        say(status.dataset.failed, name);
        const why = page?.getElementById("file-error") || page?.getElementById("alt-error");
        if (why) status.textContent += " " + why.textContent;
      }
      done(Boolean(made));
    });
    request.send(data);
  });
  let last = Promise.resolve();
  const take = (files) => {
    for (const file of files) last = last.then(() => send(file)).then((made) => { if (made) alt.value = ""; });
  };
  field.addEventListener("change", () => {
    take([...field.files]);
    field.value = "";
  });
  text.addEventListener("paste", (e) => {
    const files = [...e.clipboardData.files];
    if (!files.length || e.clipboardData.types.includes("text/plain")) return; // of words with a picture of them, the words are meant
    e.preventDefault();
    take(files);
  });
  form.addEventListener("dragover", (e) => { if (e.dataTransfer.types.includes("Files")) e.preventDefault(); });
  form.addEventListener("drop", (e) => {
    if (!e.dataTransfer.files.length || e.target === field) return;
    e.preventDefault();
    take([...e.dataTransfer.files]);
  });
}
