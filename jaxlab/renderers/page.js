// Beside the viewer's frame: hands it the page's theme, and takes its height from it. The output
// is held weakly: a cell that is run again drops it, a notebook that scrolls only detaches it.
(() => {
  const own = document.currentScript?.closest(".jaxlab-report");
  const held = new WeakRef(own ?? [...document.querySelectorAll(".jaxlab-report")].pop());
  const isDark = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const parts = getComputedStyle(at).backgroundColor.match(/[\d.]+/g);
      if (parts && (parts.length < 4 || +parts[3] > 0.5)) {
        return 0.299 * parts[0] + 0.587 * parts[1] + 0.114 * parts[2] < 128;
      }
    }
    return false;
  };
  const tell = () => {
    const output = held.deref();
    const theme = output && isDark(output) ? "dark" : "light";
    const frame = output?.querySelector("iframe");
    frame?.contentWindow?.postMessage({ jaxlab: 1, kind: "theme", theme }, "*");
  };
  const hear = (event) => {
    const output = held.deref();
    if (!output) {
      removeEventListener("message", hear);
      watcher.disconnect();
      return;
    }
    const frame = output.querySelector("iframe");
    if (event.data?.jaxlab !== 1 || !frame || event.source !== frame.contentWindow) return;
    if (event.data.kind === "height") frame.style.height = `${event.data.height}px`;
    if (event.data.kind === "ready") {
      for (const other of output.querySelectorAll("[data-static]")) other.hidden = true;
      tell();
    }
  };
  const watcher = new MutationObserver(tell);
  for (const at of [document.documentElement, document.body]) {
    watcher.observe(at, { attributes: true });
  }
  addEventListener("message", hear);
})();
