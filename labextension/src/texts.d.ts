declare module "*.html" {
  const text: string;
  export default text;
}

/** The built viewer for pages, as text; see `build.mjs`. */
declare module "viewer-script" {
  const text: string;
  export default text;
}
