"use strict";
(() => {
  const form = document.querySelector(".filters");
  const files = [...document.querySelectorAll(".file")];
  const count = form.querySelector("output");
  const nothing = document.querySelector(".nothing");

  function visible(note, wanted, inPath) {
    const matches = inPath || note.textContent.toLowerCase().includes(wanted.query);
    const coded = !wanted.code || note.dataset.code === wanted.code;
    return wanted.states.has(note.dataset.state) && coded && matches;
  }

  function apply() {
    const data = new FormData(form);
    const wanted = {
      query: data.get("query").trim().toLowerCase(),
      code: data.get("code"),
      folder: data.get("folder"),
      states: new Set(data.getAll("state")),
    };
    let notes = 0;
    let shown = 0;
    for (const file of files) {
      const inPath = file.querySelector(".path").textContent.toLowerCase().includes(wanted.query);
      let found = 0;
      for (const note of file.querySelectorAll(".note")) {
        const show = visible(note, wanted, inPath);
        (note.closest("tr, li") || note).hidden = !show;
        found += show;
      }
      file.hidden = !found || (wanted.folder !== "" && file.dataset.folder !== wanted.folder);
      if (!file.hidden) {
        shown += 1;
        notes += found;
      }
    }
    const some = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
    count.textContent = `${some(notes, "finding")} in ${some(shown, "file")}`;
    nothing.hidden = shown > 0;
  }

  function step(forward) {
    const notes = [...document.querySelectorAll(".file:not([hidden]) .note")].filter((n) => !n.closest("tr[hidden], li[hidden]"));
    if (!notes.length) return;
    const at = notes.indexOf(document.activeElement);
    const next = notes[at < 0 ? (forward ? 0 : notes.length - 1) : (at + (forward ? 1 : -1) + notes.length) % notes.length];
    next.closest("details").open = true;
    next.tabIndex = -1;
    next.focus();
    next.scrollIntoView({ block: "center" });
  }

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("click", (event) => {
    const action = event.target.dataset.do;
    if (action) for (const file of files) file.open = action === "open";
  });
  for (const button of document.querySelectorAll(".folder")) {
    button.addEventListener("click", () => {
      form.elements.folder.value = button.dataset.folder;
      apply();
      document.getElementById("files").focus();
    });
  }
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "checkbox";
    if (event.key === "Escape" && typing) event.target.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") {
      event.preventDefault();
      form.elements.query.focus();
    } else if (event.key === "j" || event.key === "k") {
      step(event.key === "j");
    }
  });
  apply();
})();
