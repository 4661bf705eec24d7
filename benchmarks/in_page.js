// What benchmarks/viewer.py runs in a page that has the viewer and nothing else. Times are ms.

const frame = () => new Promise(requestAnimationFrame);
const idle = () => new Promise((resolve) => setTimeout(resolve));
/** No hand does one thing after the other faster. */
const hand = () => new Promise((resolve) => setTimeout(resolve, 300));

globalThis.bench = {
  /** From the data, as a page or a notebook holds it, to a painted canvas. */
  async show(data) {
    const host = document.body.appendChild(document.createElement("div"));
    const start = performance.now();
    this.panel = await jaxlabViewer.mount(host, data, { page: true });
    this.root = this.panel.element.shadowRoot;
    await this.still();
    await idle(); // the browser has put it on the screen
    const taken = performance.now() - start;
    this.canvas.focus();
    return taken;
  },

  get graph() {
    return this.root.querySelector("[data-ready]");
  },

  get canvas() {
    return this.graph.querySelector("canvas");
  },

  /** All that was asked for is painted. */
  async still() {
    while (this.graph?.dataset.ready !== "true" || this.graph.dataset.animating !== "false")
      await frame();
  },

  press(key, element = this.canvas) {
    const event = { key, bubbles: true, composed: true, cancelable: true };
    element.dispatchEvent(new KeyboardEvent("keydown", event));
  },

  async expandAll() {
    const start = performance.now();
    this.press("e");
    await this.still();
    return { taken: performance.now() - start, boxes: Number(this.graph.dataset.boxes) };
  },

  /** Looks at a node in the middle of the program, which is open. */
  async lookAtMiddle() {
    const { store } = this.panel;
    const leaf = (node) => this.program.calls(node).length === 0;
    let node = this.program.nodeCount >> 1;
    while (!leaf(node)) node++;
    this.press("0");
    store.select({ stage: store.state.stage, nodes: [node] });
    await this.still();
    store.select(null);
    await this.still();
  },

  /** Turns the wheel in each frame, right across the picture and back: for each frame, what our
   * code takes to paint it, and how long it is from one frame to the next. */
  async pan(frames, zoomBy) {
    await this.lookAtMiddle();
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const at = { clientX: left + width / 2, clientY: top + height / 2, bubbles: true };
    const wheel = (more) => this.canvas.dispatchEvent(new WheelEvent("wheel", { ...at, ...more }));
    for (let done = 0; done < Math.abs(zoomBy); done++) {
      wheel({ deltaY: Math.sign(zoomBy) * 20, ctrlKey: true, cancelable: true });
      await frame();
    }
    const work = [];
    const apart = [];
    let before = 0;
    let drawn = 0;
    for (let at = 0; at < frames; at++) {
      let start = 0;
      requestAnimationFrame(() => {
        start = performance.now();
      });
      const back = at % 120 >= 60 ? -1 : 1; // not only away: what was seen is seen again
      wheel({ deltaX: 37 * back, deltaY: 53, cancelable: true });
      const now = await frame();
      work.push(performance.now() - start);
      if (before > 0) apart.push(now - before);
      before = now;
      drawn = Math.max(drawn, Number(this.graph.dataset.drawn));
    }
    return { work, apart, drawn, zoom: Number(this.graph.dataset.zoom) };
  },

  /** The groups and bodies down to a depth, those with the most in them first. */
  groups(depth, most) {
    const graph = this.program;
    const found = [];
    const walk = (region, level) => {
      for (let node = graph.firstNode(region); node < graph.lastNode(region); node++) {
        const calls = graph.calls(node).map((call) => call.region);
        if (calls.length === 0) continue;
        const long = (region) => graph.lastNode(region) - graph.firstNode(region);
        found.push({ node, wide: Math.max(...calls.map(long)) });
        if (level < depth) for (const inner of calls) walk(inner, level + 1);
      }
    };
    walk(graph.entry, 1);
    return found.sort((a, b) => b.wide - a.wide).slice(0, most);
  },

  get program() {
    const { store } = this.panel;
    return store.report.stages[store.state.stage];
  },

  /** Opens group by group, each from where the groups around it are open: from the key to the
   * painted picture. */
  async open(depth, most) {
    const { store } = this.panel;
    const times = [];
    for (const { node } of this.groups(depth, most)) {
      store.select(null);
      this.press("c");
      await this.still();
      store.select({ stage: store.state.stage, nodes: [node] });
      await this.still();
      await hand();
      this.canvas.focus();
      const before = Number(this.graph.dataset.open);
      const start = performance.now();
      this.press("Enter");
      await this.still();
      const taken = performance.now() - start;
      // What is hidden as plumbing, or has but one thing in it, does not open.
      if (Number(this.graph.dataset.open) > before)
        times.push({ taken, key: this.program.nodeKey(node) });
    }
    return times;
  },

  /** Types a query key by key: from the key to the hits, in the bar and on the canvas. */
  async search(query) {
    const { store } = this.panel;
    this.press("/");
    await hand();
    const input = this.root.querySelector("input[role=combobox]");
    const times = [];
    for (let end = 1; end <= query.length; end++) {
      const start = performance.now();
      input.value = query.slice(0, end);
      input.dispatchEvent(new Event("input", { bubbles: true }));
      while (store.state.search.query !== input.value) await idle();
      await this.still();
      times.push(performance.now() - start);
    }
    input.value = "";
    input.dispatchEvent(new Event("input", { bubbles: true }));
    while (store.state.search.query !== "") await idle();
    this.canvas.focus();
    return times;
  },

  /** Moves the pointer over one of two stages side by side: what our code takes to light what is
   * under it, its lines and its counterparts, and to paint both stages. */
  async hover(split) {
    const { store } = this.panel;
    store.select(null);
    this.press("c");
    store.set({ split });
    await frame();
    await this.still();
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const times = [];
    for (let y = 4; y < height; y += 12)
      for (let x = 4; x < width; x += 24) {
        const before = store.state.hover;
        const start = performance.now();
        const move = { clientX: left + x, clientY: top + y, bubbles: true, pointerId: 1 };
        let painting = 0;
        requestAnimationFrame(() => {
          painting = performance.now();
        });
        this.canvas.dispatchEvent(new PointerEvent("pointermove", move));
        const handled = performance.now() - start;
        if (store.state.hover === before || store.state.hover === null) continue;
        await frame();
        times.push(handled + performance.now() - painting);
      }
    store.set({ split: null, hover: null });
    await frame();
    await this.still();
    return times;
  },
};
