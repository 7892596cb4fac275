"use strict";
// Reads out the values of a chart under the pointer, or at the cursor that the arrow keys move.
for (const figure of document.querySelectorAll("figure.chart")) {
  const data = JSON.parse(figure.querySelector("script").textContent);
  const readout = figure.querySelector(".readout");
  const last = data.labels.length - 1;
  let column = -1;

  const figureOf = (value) =>
    data.percent ? (100 * value).toFixed(1) + " %" : value.toLocaleString("en", { maximumSignificantDigits: 6 });

  const show = (place) => {
    column = Math.max(0, Math.min(last, place));
    const parts = data.rows
      .filter(([, values], index) => values[column] !== 0 || index === 0)
      .map(([name, values]) => name + " " + figureOf(values[column]));
    readout.textContent = data.labels[column] + ": " + parts.join(", ");
    for (const svg of figure.querySelectorAll("svg[data-left]")) {
      const left = Number(svg.dataset.left), right = Number(svg.dataset.right);
      const x = left + (right - left) * (column + 0.5) / (last + 1);
      const cursor = svg.querySelector(".cursor");
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
      cursor.classList.add("shown");
    }
  };

  for (const svg of figure.querySelectorAll("svg[data-left]")) {
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
      const left = Number(svg.dataset.left), right = Number(svg.dataset.right);
      const share = ((event.clientX - box.left) * scale - left) / (right - left);
      if (share >= 0 && share <= 1) show(Math.floor(share * (last + 1)));
    });
  }
  figure.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: column - 1, ArrowRight: column + 1, Home: 0, End: last };
    if (event.key in moves) {
      show(moves[event.key]);
      event.preventDefault();
    }
  });
}
document.documentElement.dataset.ready = "yes";
