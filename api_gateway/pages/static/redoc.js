Redoc.init(
  "/openapi.json",
  {
    nativeScrollbars: true,
    sortRequiredPropsFirst: true,
    jsonSamplesExpandLevel: 3,
    theme: {
      colors: { primary: { main: "#1d4ed8" } },
      typography: {
        fontFamily: "system-ui, sans-serif",
        headings: { fontFamily: "system-ui, sans-serif", fontWeight: "600" },
        code: { fontFamily: "ui-monospace, monospace", color: "#1b2430", backgroundColor: "#f5f7fa" },
      },
    },
  },
  document.getElementById("redoc"),
);
