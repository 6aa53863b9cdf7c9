"use strict";
const plots = [...document.querySelectorAll(".plot")];
const dark = window.matchMedia("(prefers-color-scheme: dark)");

// Text and grid of a figure follow the page; on paper they are always those of the light page.
function paint(onPaper) {
  const styles = getComputedStyle(document.documentElement);
  const colour = (name, light) => (onPaper ? light : styles.getPropertyValue(name).trim());
  const text = colour("--text", "#1b1f24"), soft = colour("--soft", "#59616d");
  const grid = colour("--grid", "#e8ebef"), line = colour("--line", "#dde1e6");
  const axis = {gridcolor: grid, linecolor: line, tickfont: {color: soft}, showgrid: true};
  const changes = {"font.color": text, "hoverlabel.bgcolor": colour("--hover", "#ffffff"), "hoverlabel.font.color": text};
  for (const [key, value] of Object.entries(axis)) {
    changes["xaxis." + key] = value;
    changes["yaxis." + key] = value;
  }
  const solid = {};
  for (const name of ["xaxis", "yaxis", "zaxis"]) {
    for (const [key, value] of Object.entries(axis)) solid["scene." + name + "." + key] = value;
    solid["scene." + name + ".backgroundcolor"] = "rgba(0,0,0,0)";
  }
  // Half the width of a sheet of A4 or Letter; back on the screen, as wide as there is room.
  Object.assign(changes, onPaper ? {width: 330, autosize: false} : {width: null, autosize: true});
  return Promise.all(plots.map((plot) => {
    return Plotly.relayout(plot, plot.layout.scene ? {...changes, ...solid} : changes);
  }));
}

function show(section) {
  const hidden = [...section.querySelectorAll('.chips button[aria-pressed="false"]')].map((chip) => chip.dataset);
  for (const plot of section.querySelectorAll(".plot")) {
    const visible = plot.data.map(({meta}) => !hidden.some((chip) => String(meta[chip.key]) === chip.value));
    if (visible.length) Plotly.restyle(plot, {visible});
  }
}

for (const chip of document.querySelectorAll(".chips button")) {
  chip.addEventListener("click", () => {
    chip.setAttribute("aria-pressed", chip.getAttribute("aria-pressed") === "false");
    show(chip.closest("section"));
  });
}

const options = {responsive: true, displaylogo: false, showTips: false, modeBarButtonsToRemove: ["lasso2d", "select2d"]};
Promise.all(plots.map((plot) => {
  const {data, layout} = JSON.parse(document.getElementById(plot.dataset.figure).textContent);
  return Plotly.newPlot(plot, data, layout, options);
})).then(() => paint(false)).then(() => document.body.classList.add("drawn"));
dark.addEventListener("change", () => paint(false));
window.addEventListener("beforeprint", () => paint(true));
window.addEventListener("afterprint", () => paint(false));
