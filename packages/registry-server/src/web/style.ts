/**
 * How pages look: light and dark as the reader has it, large enough to read, and with everything that the keyboard reaches
 * marked when it is reached.
 * @module
 */

/** The style sheet. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --soft: #57606a; --back: #ffffff; --box: #f6f8fa; --line: #d0d7de;
  --link: #0550ae; --bad: #b3261e; --good: #116329; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --soft: #9da7b3; --back: #0d1117; --box: #161b22;
  --line: #30363d; --link: #79c0ff; --bad: #ff9d94; --good: #7ee787; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); }
a { color: var(--link); text-underline-offset: 2px; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: var(--back); padding: 8px; z-index: 1; }
header { display: flex; flex-wrap: wrap; gap: 12px 24px; align-items: center; padding: 12px 24px;
  border-bottom: 1px solid var(--line); background: var(--box); }
header a.home { font-weight: 700; color: inherit; text-decoration: none; }
header form { display: flex; gap: 8px; flex: 1; max-width: 480px; }
header .who { color: var(--soft); margin-left: auto; }
input, button { font: inherit; color: inherit; padding: 6px 12px; border: 1px solid var(--line); border-radius: 6px;
  background: var(--back); min-height: 38px; }
input { flex: 1; min-width: 0; }
button { cursor: pointer; background: var(--box); }
button.bad { color: var(--bad); border-color: var(--bad); }
main { max-width: 1100px; margin: 0 auto; padding: 8px 24px 64px; }
h1 { font-size: 1.6rem; overflow-wrap: anywhere; margin: 16px 0 8px; }
h2 { font-size: 1.15rem; margin: 32px 0 8px; }
nav.path { margin-top: 16px; color: var(--soft); overflow-wrap: anywhere; }
nav.tabs { display: flex; gap: 16px; border-bottom: 1px solid var(--line); margin: 8px 0 16px; }
nav.tabs a { padding: 8px 4px; text-decoration: none; }
nav.tabs a[aria-current] { border-bottom: 3px solid var(--link); font-weight: 600; color: inherit; }
.table { overflow-x: auto; margin-top: 16px; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--soft); padding-bottom: 4px; }
th, td { text-align: left; padding: 8px 12px 8px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--soft); white-space: nowrap; }
th.number:first-child { width: 3rem; }
td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
code, pre { font: 0.875rem/1.5 ui-monospace, monospace; }
code { overflow-wrap: anywhere; }
pre { background: var(--box); border: 1px solid var(--line); border-radius: 6px; padding: 10px 12px; margin: 4px 0;
  overflow-x: auto; }
pre.line { user-select: all; white-space: pre-wrap; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 24px; margin: 8px 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.good { color: var(--good); }
.badge { border: 1px solid var(--line); border-radius: 12px; padding: 0 8px; font-size: 0.85rem; white-space: nowrap; }
ul.tree { list-style: none; padding-left: 20px; border-left: 1px solid var(--line); margin: 4px 0; }
ul.tree li { padding: 4px 0; overflow-wrap: anywhere; }
details summary { cursor: pointer; padding: 4px 0; }
details.delete form { padding: 8px 0; }
.pages { margin: 16px 0; }
@media (max-width: 640px) { main { padding: 8px 12px 48px; } header { padding: 12px; } dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 8px; } }
`;
