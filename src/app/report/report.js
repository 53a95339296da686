"use strict";
// Tables whose headings are buttons are sorted by them; numbers first by what they are worth.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const value = (row, at) => {
    const cell = row.cells[at];
    const number = Number.parseFloat(cell.dataset.value ?? cell.textContent);
    return Number.isNaN(number) ? cell.textContent : number;
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  table.tHead.addEventListener("click", (event) => {
    const heading = event.target.closest("th");
    if (!heading || !event.target.closest("button")) return;
    const falling = heading.getAttribute("aria-sort") !== "descending";
    for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
    const at = heading.cellIndex;
    const rows = [...body.rows].sort((a, b) => compare(value(a, at), value(b, at)));
    if (falling) rows.reverse();
    body.append(...rows);
  });
}
