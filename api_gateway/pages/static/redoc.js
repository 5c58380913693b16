const SERIF = '"Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, serif';
const MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace";
const LIGHT = {
  ink: "#1c2e4a",
  quiet: "#5c6270",
  line: "#e0dacf",
  ground: "#f9f8f6",
  shade: "#f1ede5",
  accent: "#4d1521",
  panel: "#1c2e4a",
  good: "#1f4d2e",
  warn: "#6b3510",
  bad: "#6d1424",
};
const DARK = {
  ink: "#ece7dd",
  quiet: "#a9a69e",
  line: "#2d3542",
  ground: "#131821",
  shade: "#1b222d",
  accent: "#e8a7b2",
  panel: "#0d1118",
  good: "#acd9b9",
  warn: "#f0c794",
  bad: "#f3b3bc",
};

function themeOf({ ink, quiet, line, ground, shade, accent, panel, good, warn, bad }) {
  return {
    colors: {
      primary: { main: accent },
      success: { main: good },
      warning: { main: warn },
      error: { main: bad },
      text: { primary: ink, secondary: quiet },
      border: { dark: line, light: shade },
      responses: {
        success: { color: good, backgroundColor: shade, tabTextColor: "#acd9b9" },
        error: { color: bad, backgroundColor: shade, tabTextColor: "#f3b3bc" },
        redirect: { color: warn, backgroundColor: shade, tabTextColor: "#f0c794" },
        info: { color: ink, backgroundColor: shade, tabTextColor: "#ece7dd" },
      },
    },
    schema: { linesColor: line, nestedBackground: shade, typeNameColor: quiet, typeTitleColor: ink },
    sidebar: { backgroundColor: shade, textColor: ink, activeTextColor: accent },
    rightPanel: { backgroundColor: panel, textColor: "#ece7dd" },
    codeBlock: { backgroundColor: "#0d1520" },
    fab: { backgroundColor: shade, color: accent },
    typography: {
      fontFamily: "system-ui, sans-serif",
      headings: { fontFamily: SERIF, fontWeight: "600" },
      code: { fontFamily: MONO, color: ink, backgroundColor: shade, wrap: true },
      links: { color: accent, hover: accent },
    },
  };
}

const dark = matchMedia("(prefers-color-scheme: dark)");

function show() {
  const place = document.createElement("div");
  place.id = "redoc";
  document.getElementById("redoc").replaceWith(place);
  Redoc.init(
    "/openapi.json",
    {
      nativeScrollbars: true,
      sortRequiredPropsFirst: true,
      jsonSamplesExpandLevel: 3,
      theme: themeOf(dark.matches ? DARK : LIGHT),
    },
    place,
  );
}

dark.addEventListener("change", show);
show();
