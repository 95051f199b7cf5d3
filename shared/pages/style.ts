import { pictureStyle } from './picture-style.ts';

/**
 * The one style sheet of all pages, inlined and named by its hash in the content security policy. Colours are tokens, and
 * never the only sign of anything.
 */
export const style = `
:root {
  color-scheme: light dark;
  --page: light-dark(#fbfbfa, #16181b);
  --panel: light-dark(#ffffff, #1e2125);
  --line: light-dark(#d6d8dc, #3a3f46);
  --edge: light-dark(#777d86, #8b929c);
  --text: light-dark(#1b1f24, #e8eaed);
  --soft: light-dark(#555c66, #a9b0ba);
  --link: light-dark(#0b5cad, #8cc4ff);
  --press: light-dark(#0b5cad, #8cc4ff);
  --on-press: light-dark(#ffffff, #10253c);
  --good: light-dark(#1b6b3a, #7fd6a0);
  --busy: light-dark(#0b5cad, #8cc4ff);
  --bad: light-dark(#a4262c, #ff9c9c);
  --focus: light-dark(#1b1f24, #ffd75e);
}
*, ::before, ::after { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); }
main { max-width: 42rem; margin: 2.5rem auto; padding: 0 1.25rem; overflow-wrap: break-word; }
main.wide { max-width: 84rem; margin: 1.5rem auto 3rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; text-wrap: balance; }
h2 { font-size: 1.15rem; line-height: 1.3; margin: 2rem 0 0.6rem; }
p, ul, ol { max-width: 46rem; }
a { color: var(--link); }
code, pre { font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere; }
pre { padding: 0.7rem; border: 1px solid var(--line); border-radius: 0.4rem; background: var(--panel); white-space: pre-wrap; }
dt { font-weight: 600; margin-top: 0.8rem; }
dd { margin: 0; }
footer { margin-top: 2.5rem; font-size: 0.9rem; color: var(--soft); }
summary { cursor: pointer; }
.soft { color: var(--soft); }
.small { font-size: 0.875rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.panel { padding: 0.9rem 1.1rem; border: 1px solid var(--line); border-radius: 0.5rem; background: var(--panel); }
.panel > :first-child { margin-top: 0; }
.panel > :last-child { margin-bottom: 0; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 2px; }
main:focus { outline: none; }

button, .button {
  display: inline-block; font: inherit; font-weight: 600; line-height: 1.4; padding: 0.5rem 1rem; text-decoration: none;
  border: 1px solid var(--press); border-radius: 0.4rem; background: var(--press); color: var(--on-press); cursor: pointer;
}
button.quiet, .button.quiet { font-weight: 400; background: transparent; color: var(--link); border-color: var(--edge); }
button.danger { background: transparent; color: var(--bad); border-color: var(--bad); }
td button, header button { padding: 0.2rem 0.7rem; white-space: nowrap; }
.actions { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: center; margin: 1rem 0; }

.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 0.5rem 3rem; }
.columns h2:first-child { margin-top: 0; }
.field { margin: 0 0 1rem; max-width: 34rem; }
.field.broad { max-width: 46rem; }
label, legend { display: block; padding: 0; font-weight: 600; }
fieldset { border: 0; margin: 0 0 1rem; padding: 0; }
.choice { display: flex; gap: 0.6rem; align-items: baseline; margin: 0.35rem 0; }
.choice label { font-weight: 400; }
input:not([type=checkbox], [type=radio], [type=hidden]), select, textarea {
  width: 100%; min-height: 2.5rem; font: inherit; padding: 0.4rem 0.6rem; color: inherit; background: var(--panel);
  border: 1px solid var(--edge); border-radius: 0.4rem;
}
:is(input, select, textarea)[aria-invalid=true] { border: 2px solid var(--bad); }
.hint { margin: 0.2rem 0; font-size: 0.875rem; color: var(--soft); }
.wrong { margin: 0.3rem 0; color: var(--bad); font-weight: 600; }
.wrong::before { content: '\\26A0\\00A0'; }
.notice { max-width: none; margin: 0 0 1.2rem; padding: 0.6rem 1rem; background: var(--panel); border: 1px solid var(--good); border-left-width: 0.4rem; border-radius: 0.3rem; }
.notice.bad { border-color: var(--bad); }

.state { display: inline-block; padding: 0 0.5rem; border: 1px solid currentColor; border-radius: 1rem; font-size: 0.875rem; white-space: nowrap; }
.good { color: var(--good); }
.busy { color: var(--busy); }
.bad { color: var(--bad); font-weight: 600; }
.idle { color: var(--soft); }

.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 0.95rem; }
caption { text-align: left; color: var(--soft); font-size: 0.875rem; padding: 0.3rem 0; }
th, td { padding: 0.45rem 0.8rem 0.45rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
thead th { font-size: 0.875rem; color: var(--soft); white-space: nowrap; }
th .soft { font-weight: 400; }
th.number, td.number { text-align: right; }
.zero { color: var(--soft); }

.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 0.5rem; padding: 0.4rem 0.8rem; background: var(--panel); }
header.top { display: flex; flex-wrap: wrap; gap: 0.3rem 1.5rem; align-items: center; padding: 0.5rem 1.25rem; background: var(--panel); border-bottom: 1px solid var(--line); }
header.top p { margin: 0; font-weight: 700; }
header.top ul { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; margin: 0; padding: 0; list-style: none; }
header.top nav a { display: inline-block; padding: 0.25rem 0; text-decoration: none; border-bottom: 3px solid transparent; }
header.top nav a[aria-current] { color: var(--text); font-weight: 600; border-color: var(--link); }
.who { margin-left: auto; display: flex; flex-wrap: wrap; gap: 0.7rem; align-items: center; font-size: 0.9rem; }

.heading { display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; align-items: center; justify-content: space-between; }
.heading h1 { margin: 0; }
.filter { display: flex; flex-wrap: wrap; gap: 0.8rem; align-items: end; margin: 1rem 0; }
.filter .field { margin: 0; flex: 1 1 9rem; }
.filter .field.broad { flex: 3 1 16rem; }
.totals { display: flex; flex-wrap: wrap; gap: 0.4rem 1.2rem; max-width: none; margin: 0.8rem 0; padding: 0; list-style: none; }
.facts { display: flex; flex-wrap: wrap; gap: 0 2.5rem; margin: 0.5rem 0; }
.customers { min-width: 18.5rem; }
.customers code { font-size: 0.78rem; white-space: nowrap; }
.verdict { margin: 0.6rem 0; font-size: 1.15rem; font-weight: 600; }
.verdict a { color: inherit; }
.verdict.bad::before { content: '\\26A0\\00A0'; }
.brief { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.totals a[aria-current] { font-weight: 700; color: var(--text); }

${pictureStyle}
@media (max-width: 45rem) {
  .who { margin-left: 0; width: 100%; justify-content: space-between; }
  .stack, .stack caption, .stack tbody, .stack tr, .stack td, .stack th { display: block; }
  .stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stack tr { padding: 0.7rem 0; border-bottom: 1px solid var(--line); }
  .stack td, .stack tbody th { padding: 0.1rem 0; border: 0; text-align: left; }
  .brief { display: inline; }
  .customers { min-width: 0; }
  .stack .spare, .stack .zero { display: none; }
  .totals { font-size: 0.9rem; }
  .stack [data-name]::before { content: attr(data-name) ': '; color: var(--soft); }
}
@media print {
  header.top, .filter, .actions, .skip, button { display: none; }
  .brief { display: block; }
  main.wide { max-width: none; margin: 0; }
}
`;
