declare module "*.html" {
  const text: string;
  export default text;
}

/** A script of a page as pages hold it; see `build.mjs`. */
declare module "packed:*" {
  const text: string;
  export default text;
}
