/** The panes' part of the panel's style. */

import cards from "./style/cards.css";
import charts from "./style/charts.css";
import details from "./style/details.css";
import outline from "./style/outline.css";
import rows from "./style/rows.css";
import search from "./style/search.css";
import shared from "./style/shared.css";
import table from "./style/table.css";
import text from "./style/text.css";

// Rows last: that one is selected outdoes what its pane says of it.
export const panesCss = [shared, text, table, outline, details, search, charts, cards, rows].join(
  "\n",
);
