// Hides and marks what isn't asked for, and draws who uses whom. What is asked for
// stands behind `#`, so that it can be passed on: #without=untouched&name=ssl&at=zlib
"use strict";
const boxes = [...document.querySelectorAll("input[type=checkbox]")];
const search = document.querySelector("input[type=search]");
const rows = [...document.querySelectorAll("tbody tr")];
const levels = document.querySelector(".levels");
const nodes = [];
for (const button of levels.querySelectorAll("button")) {
  const name = button.lastChild.textContent;
  nodes[Number(button.id.slice(1))] = { button, name, row: null, users: [], uses: button.dataset.uses.split(" ").filter(Boolean).map(Number) };
}
nodes.forEach((node, number) => node.uses.forEach((used) => nodes[used].users.push(number)));
rows.forEach((row) => { nodes[Number(row.dataset.node)].row = row; });
const card = document.querySelector("aside");
const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
levels.prepend(svg);
// All edges at once can be followed up to about here.
const FEW = 60;
levels.classList.toggle("few", nodes.length <= FEW);
let chosen = null;

// All that can be reached from a node, without itself.
function reached(from, key) {
  const found = new Set();
  const todo = [from];
  while (todo.length) {
    for (const next of nodes[todo.pop()][key]) {
      if (!found.has(next)) { found.add(next); todo.push(next); }
    }
  }
  return found;
}

function draw(at) {
  const above = at === null ? new Set() : reached(at, "uses");
  const below = at === null ? new Set() : reached(at, "users");
  const name = search.value.toLowerCase();
  nodes.forEach(({ button, name: own }, number) => {
    const apart = at !== null && number !== at && !above.has(number) && !below.has(number);
    button.classList.toggle("faint", apart || !own.toLowerCase().includes(name));
    button.classList.toggle("here", number === at);
  });
  const frame = levels.getBoundingClientRect();
  const paths = [];
  const edge = (used, user, kind) => {
    const [from, to] = [nodes[used].button, nodes[user].button];
    if (from.parentNode.hidden || to.parentNode.hidden) return;
    const [a, b] = [from.getBoundingClientRect(), to.getBoundingClientRect()];
    const [x, y] = [a.x + a.width / 2 - frame.x, a.bottom - frame.y];
    const [u, v] = [b.x + b.width / 2 - frame.x, b.y - frame.y];
    const bend = Math.max(12, (v - y) / 2);
    paths.push(`<path class="${kind}" d="M${x},${y} C${x},${y + bend} ${u},${v - bend} ${u},${v}"/>`);
  };
  const few = nodes.length <= FEW;
  nodes.forEach(({ uses }, user) => {
    for (const used of uses) {
      const up = (user === at || above.has(user)) && above.has(used);
      const down = (used === at || below.has(used)) && below.has(user);
      // Of hundreds of users only the first step can be read.
      const near = user === at || used === at;
      if (up && (near || above.size <= FEW)) edge(used, user, "up");
      else if (down && (near || below.size <= FEW)) edge(used, user, "down");
      else if (few && at === null) edge(used, user, "");
    }
  });
  svg.innerHTML = paths.join("");
}

function show(at) {
  draw(at);
  for (const { row } of nodes) row?.classList.remove("here");
  card.hidden = at === null;
  if (at === null) return;
  const { row, name } = nodes[at];
  row.classList.add("here");
  const [, , fate, because] = row.cells;
  const users = reached(at, "users").size;
  card.innerHTML = `<h3></h3><p>${fate.innerHTML}</p>${because.innerHTML}<p>used by ${users}, uses ${reached(at, "uses").size}</p>`;
  card.querySelector("h3").textContent = name;
}

function filter() {
  const without = new Set(boxes.filter((box) => !box.checked).map((box) => box.value));
  const name = search.value.toLowerCase();
  let shown = 0;
  for (const { button, name: own, row } of nodes) {
    const gone = without.has(button.dataset.kind);
    button.parentNode.hidden = gone;
    row.hidden = gone || !own.toLowerCase().includes(name);
    if (!row.hidden) shown += 1;
  }
  for (const level of levels.querySelectorAll(".level")) {
    level.hidden = !level.querySelector("li:not([hidden])");
  }
  document.querySelector("output").textContent = `${shown} of ${nodes.length} shown`;
  show(chosen);
}

function take() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const without = asked.get("without")?.split(",");
  for (const box of boxes) box.checked = without ? !without.includes(box.value) : true;
  search.value = asked.get("name") ?? "";
  const at = nodes.findIndex(({ name }) => name === asked.get("at"));
  chosen = at < 0 ? null : at;
  filter();
}

function keep() {
  const asked = new URLSearchParams();
  const without = boxes.filter((box) => !box.checked).map((box) => box.value);
  if (without.length) asked.set("without", without.join(","));
  if (search.value) asked.set("name", search.value);
  if (chosen !== null) asked.set("at", nodes[chosen].name);
  history.replaceState(null, "", "#" + asked);
  filter();
}

nodes.forEach(({ button, row }, number) => {
  const toggle = () => { chosen = chosen === number ? null : number; keep(); };
  button.addEventListener("click", toggle);
  button.addEventListener("mouseenter", () => show(number));
  button.addEventListener("mouseleave", () => show(chosen));
  button.addEventListener("focus", () => show(number));
  row.addEventListener("click", (event) => { if (!event.target.closest("details")) toggle(); });
});
document.querySelector("form").addEventListener("input", keep);
document.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
addEventListener("resize", () => draw(chosen));
addEventListener("keydown", (event) => { if (event.key === "Escape") { chosen = null; keep(); } });
addEventListener("hashchange", take);
take();
