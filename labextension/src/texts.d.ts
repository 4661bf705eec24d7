declare module "*.html" {
  const text: string;
  export default text;
}

/** The built viewer as pages hold it; see `build.mjs`. */
declare module "packed-viewer" {
  const text: string;
  export default text;
}
