// Everything a page may need; each module looks for what it serves and does nothing where it is absent.
import "./theme.js";
import "./times.js";
import "./rows.js";
import "./copy.js";
import "./dialogs.js";
import "./trouble.js";
