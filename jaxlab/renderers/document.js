// Inflates the viewer, runs it, and lets it show the data that stands beside it.
(async () => {
  const held = (id) => document.getElementById(id).textContent;
  try {
    const bytes = Uint8Array.from(atob(held("jaxlab-viewer")), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
    globalThis.jaxlabViewer.mount(document.body, held("jaxlab-data"), { page: true });
  } catch (error) {
    const said = document.createElement("p");
    said.textContent = `The viewer can't run in this browser (${error.message}).`;
    document.body.append(said);
  }
})();
