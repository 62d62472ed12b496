// What pages do with a script: search, choose columns, fold rows, compare a pair. All
// text is put in as text, never as markup.
"use strict";
(() => {
  const data = () => window.spawnspec || {};
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const root = document.body.dataset.root;

  // An earlier id leads on at once.
  const moved = document.querySelector("[data-moved]");
  if (moved) location.replace(moved.href + location.hash);

  const search = document.querySelector("[data-search]");
  if (search && data().search) {
    search.hidden = false;
    const words = new Map(data().search.map((b) => [b.id, b.words]));
    const items = all("li[data-id]").map((item) => ({ item, words: words.get(item.dataset.id) || "" }));
    const chapters = all("[data-chapter]");
    const input = document.getElementById("words");
    const found = document.getElementById("found");
    const run = () => {
      const asked = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let n = 0;
      for (const { item, words } of items) {
        const hit = asked.every((word) => words.includes(word));
        if (item.hidden === hit) item.hidden = !hit;
        if (hit) n++;
      }
      for (const chapter of chapters) chapter.hidden = !chapter.querySelector("li[data-id]:not([hidden])");
      for (const other of all("[data-unsearched]")) other.hidden = asked.length > 0;
      found.textContent = asked.length ? `${n} of ${items.length} behaviours` : "";
      history.replaceState(null, "", asked.length ? "#q=" + encodeURIComponent(input.value) : location.pathname);
    };
    search.addEventListener("submit", (event) => {
      event.preventDefault();
      const first = document.querySelector("li[data-id]:not([hidden]) a");
      if (first) location.href = first.href;
    });
    input.addEventListener("input", run);
    if (location.hash.startsWith("#q=")) {
      try { input.value = decodeURIComponent(location.hash.slice(3)); } catch { /* not written by this page */ }
      run();
    }
  }

  const columns = document.querySelector("[data-columns]");
  if (columns && data().table) {
    columns.hidden = false;
    const { columns: names, cells } = data().table;
    const boxes = all("[data-columns] input");
    const most = 8;
    const show = () => {
      const shown = boxes.filter((box) => box.checked).map((box) => Number(box.value));
      const full = shown.length >= most;
      for (const box of boxes) box.disabled = full && !box.checked;
      document.getElementById("columns-status").textContent = full ? "Eight are shown: take one away to choose another." : "";
      const head = document.querySelector(".matrix thead tr");
      head.replaceChildren(head.firstElementChild, ...shown.map((i) => {
        const cell = document.createElement("th");
        cell.scope = "col";
        const link = Object.assign(document.createElement("a"), { textContent: names[i], href: root + "p/" + encodeURIComponent(names[i]) + ".html" });
        cell.append(link);
        return cell;
      }));
      for (const row of all("tr[data-id]")) {
        row.replaceChildren(row.firstElementChild, ...shown.map((i) => {
          const [text, tone, variant] = cells[row.dataset.id][i];
          const cell = document.createElement("td");
          cell.className = tone;
          cell.append(text);
          if (variant) cell.append(" ", Object.assign(document.createElement("b"), { textContent: variant }));
          return cell;
        }));
      }
    };
    for (const box of boxes) box.addEventListener("change", show);
    show();
  }
  const fold = document.getElementById("fold");
  if (fold) {
    const equal = all("tr[data-equal]");
    document.querySelector("[data-fold]").hidden = equal.length === 0;
    fold.addEventListener("change", () => {
      for (const row of equal) row.hidden = fold.checked;
      document.getElementById("folded").textContent = fold.checked ? `${equal.length} equal in all` : "";
    });
  }

  const compare = document.querySelector("[data-compare]");
  if (compare && data().names) {
    compare.hidden = false;
    const load = (name) => new Promise((done, failed) => {
      if (data()[name]) return done(data()[name]);
      const script = document.createElement("script");
      script.src = root + "data/recording-" + encodeURIComponent(name) + ".js";
      script.onload = () => done(data()[name]);
      script.onerror = () => failed(new Error(script.src + " cannot be loaded"));
      document.head.append(script);
    });
    const element = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
    compare.addEventListener("submit", async (event) => {
      event.preventDefault();
      const names = ["before", "after"].map((id) => document.getElementById(id).value);
      const status = document.getElementById("compared");
      const place = document.getElementById("differences");
      place.replaceChildren();
      try {
        const [before, after] = await Promise.all(names.map(load));
        const both = Object.keys(before).filter((key) => Object.hasOwn(after, key));
        const tried = (trial) => !["does not apply", "could not be tried"].includes(trial.answer);
        const table = document.createElement("table");
        const head = table.createTHead().insertRow();
        for (const text of ["Trial", "Value", ...names]) {
          const cell = element("th", text);
          cell.scope = "col";
          head.append(cell);
        }
        let n = 0;
        for (const key of both) {
          const [a, b] = [before[key], after[key]];
          if (!tried(a) || !tried(b)) continue;
          const rows = Object.keys(a.values).filter((name) => Object.hasOwn(b.values, name) && a.values[name] !== b.values[name])
            .map((name) => [name, a.values[name], b.values[name]]);
          if (a.answer !== b.answer) rows.unshift(["", a.answer, b.answer]);
          if (rows.length) n++;
          rows.forEach((cells, i) => {
            const row = table.insertRow();
            const trial = document.createElement("th");
            trial.scope = "row";
            if (i === 0) {
              const link = element("a", key);
              link.href = root + "b/" + encodeURIComponent(key.split(" @ ")[0]) + ".html";
              trial.append(link);
            }
            row.append(trial, ...cells.map((text) => element("td", text)));
          });
        }
        status.textContent = `${n} of ${both.length} trials differ`;
        if (n) place.append(table);
      } catch (error) {
        status.textContent = error.message;
      }
    });
  }
})();
