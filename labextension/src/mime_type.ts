/** The form in which a notebook keeps a report. */
export const MIME_TYPE = "application/vnd.jaxlab.graph.v1+json";
