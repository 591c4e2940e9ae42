// Hides the rows that aren't asked for. What is asked for stands behind `#`, so
// that it can be passed on: #without=unchanged,data&name=inflate
"use strict";
const boxes = [...document.querySelectorAll("input[type=checkbox]")];
const search = document.querySelector("input[type=search]");
const rows = [...document.querySelectorAll("tbody tr")];
// Mangled and demangled.
const names = rows.map((row) =>
  [...row.querySelectorAll("code, small")].map((name) => name.textContent.toLowerCase()).join(" "),
);

function filter() {
  const without = new Set(boxes.filter((box) => !box.checked).map((box) => box.value));
  const name = search.value.toLowerCase();
  let shown = 0;
  rows.forEach((row, i) => {
    const { kind, change } = row.dataset;
    row.hidden = without.has(kind) || without.has(change) || !names[i].includes(name);
    if (!row.hidden) shown += 1;
  });
  document.querySelector("output").textContent = `${shown} of ${rows.length} shown`;
}

function take() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const without = asked.get("without")?.split(",");
  for (const box of boxes) box.checked = without ? !without.includes(box.value) : box.defaultChecked;
  search.value = asked.get("name") ?? "";
  filter();
}

function keep() {
  const asked = new URLSearchParams();
  const without = boxes.filter((box) => !box.checked).map((box) => box.value);
  asked.set("without", without.join(","));
  if (search.value) asked.set("name", search.value);
  history.replaceState(null, "", "#" + asked);
  filter();
}

document.querySelector("form").addEventListener("input", keep);
document.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", take);
take();
