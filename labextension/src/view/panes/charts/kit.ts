/** What charts take from the rest of the viewer. In a page they are a script of their own, which is
 * stored only where a report has charts, and finds these where the viewer's script puts them. */

export { quantity, share } from "../../../model/quantity";
export { visible } from "../../../model/visible";
export { h } from "../../dom";
export { canvasMeasure, cutMiddle } from "../../graph/measure";
export { canvasPen } from "../../graph/painter_canvas";
export { svgPen } from "../../graph/painter_svg";
export { listenToPointer } from "../../graph/pointer";
export { makeTooltip } from "../../graph/tooltip";
export { stepOf } from "../../heat";
export { paletteFor, palettes, readFonts } from "../../palette";
export { titleOf } from "../describe";
export { selectedIn } from "../lit";
export { isPlain } from "../page";
export { makeReportTable } from "../report_table";
export { choose, point, showInGraph, targetOf } from "../target";
