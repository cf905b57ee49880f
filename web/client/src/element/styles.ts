/** The style sheet of the shadow root, adopted and not written into the page, so that a `style-src` cannot block it. */
export const STYLES = `
:host { display: block; font: var(--connect-upload-font, inherit); color: var(--connect-upload-text, CanvasText); }
:host([hidden]), [hidden] { display: none !important; }
[part=base] {
  --_accent: var(--connect-upload-accent, light-dark(#0b6e69, #4fc4bb));
  --_on-accent: var(--connect-upload-on-accent, light-dark(#fff, #06211f));
  --_surface: var(--connect-upload-surface, light-dark(#fff, #191f22));
  --_sunken: var(--connect-upload-sunken, light-dark(#eef2f3, #12171a));
  --_line: var(--connect-upload-line, light-dark(#d8dfe1, #2d363a));
  --_text: var(--connect-upload-text, light-dark(#16211f, #e8eeee));
  --_quiet: var(--connect-upload-quiet, light-dark(#55645f, #9fb0ae));
  --_good: var(--connect-upload-good, light-dark(#1c6b34, #7bd795));
  --_bad: var(--connect-upload-bad, light-dark(#a3271d, #ff9d92));
  --_radius: var(--connect-upload-radius, 14px);
  color: var(--_text); line-height: 1.5; text-align: start; container-type: inline-size;
}
* { box-sizing: border-box; }
p, ol { margin: 0; padding: 0; list-style: none; }
/* A text of the other direction, such as a size in a page without texts of its own, keeps its order. */
p, span, strong { unicode-bidi: plaintext; }
:focus-visible, [part~=choose]:focus-within { outline: 3px solid var(--_accent); outline-offset: 2px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
[part=drop] {
  display: grid; justify-items: center; gap: .5rem; padding: 1.75rem 1rem; text-align: center;
  border: 2px dashed var(--_line); border-radius: var(--_radius); background: var(--_sunken);
}
[part=drop][data-over] { border-color: var(--_accent); border-style: solid; }
[part=icon] { width: 2.25rem; fill: none; stroke: var(--_accent); stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
[part=limits], [part=facts], [part=steps], [part=total-text] { color: var(--_quiet); font-size: .875em; overflow-wrap: anywhere; }
[part=alert] { padding: .625rem .875rem; border-radius: 10px; background: light-dark(#fff4d6, #3a2f12); }
[part=base] > [part=alert] { margin-block-end: 1rem; }
[part~=button] {
  display: inline-flex; align-items: center; justify-content: center; min-height: 2.25rem; padding: .25rem .875rem; font: inherit; font-size: .875em;
  font-weight: 600; color: var(--_text); background: var(--_surface); border: 1px solid var(--_line); border-radius: 9px; cursor: pointer; overflow-wrap: anywhere;
}
[part~=button]:hover { border-color: var(--_accent); }
[part~=choose] { position: relative; color: var(--_on-accent); background: var(--_accent); border-color: transparent; }
[part~=choose]:has(:disabled) { opacity: .6; cursor: not-allowed; }
[part=total] { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .5rem; margin-block: 1rem .75rem; }
[part=total-text] { flex: 1 1 12rem; }
[part=list] { display: grid; gap: .75rem; }
[part~=item] {
  --_fill: var(--_accent);
  display: grid; grid-template-columns: 3.5rem minmax(0, 1fr) minmax(6.5rem, auto); gap: 0 1rem; align-items: start; padding: 1rem;
  border: 1px solid var(--_line); border-radius: var(--_radius); background: var(--_surface);
}
[part~=approved] { --_fill: var(--_good); }
[part~=failed] { --_fill: var(--_bad); }
[part~=cancelled], [part~=queued] { --_fill: var(--_quiet); }
[part=thumbnail] {
  display: grid; place-items: center; width: 100%; aspect-ratio: 1; overflow: hidden; border-radius: 10px; background: var(--_sunken); color: var(--_quiet);
  font-size: .8125em; font-weight: 700; text-transform: uppercase;
}
[part=thumbnail] img { width: 100%; height: 100%; object-fit: cover; }
[part=title] { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .625rem; }
[part=name] { min-width: 0; font-weight: 600; overflow-wrap: anywhere; }
[part=status] { color: var(--_fill); font-size: .8125em; font-weight: 600; border: 1px solid; padding: 0 .625em; border-radius: 99px; }
[part=facts], [part=status], [part=total-text] { font-variant-numeric: tabular-nums; }
[part=size] + :not(:empty)::before { content: " · "; }
progress { appearance: none; display: block; width: 100%; height: .375rem; margin-block: .5rem; overflow: hidden; border: 0; border-radius: 99px; background: var(--_sunken); }
progress::-webkit-progress-bar { background: var(--_sunken); }
progress::-webkit-progress-value { border-radius: 99px; background: var(--_fill, var(--_accent)); }
progress::-moz-progress-bar { background: var(--_fill, var(--_accent)); }
[part=steps] { display: flex; flex-wrap: wrap; gap: .125rem 1.125rem; }
[part=step]::before {
  content: ""; display: inline-block; width: .5rem; height: .5rem; margin-inline-end: .375rem; vertical-align: .0625rem; border: 2px solid var(--_line); border-radius: 50%;
}
[part=step]:not([data-reached=""])::before { border-color: var(--_fill); }
[part=step][data-reached=past]::before { background: var(--_fill); }
[part=step][data-reached=now] { color: var(--_text); font-weight: 600; }
[part=trouble] { margin-block-start: .75rem; padding: .625rem .875rem; border-radius: 10px; background: var(--_sunken); font-size: .9375em; }
[part~=failed] [part=what] { color: var(--_bad); }
[part=details] { margin-block-start: .375rem; font-size: .875em; overflow-wrap: anywhere; }
summary { width: fit-content; cursor: pointer; }
[part=actions] { display: flex; flex-direction: column; gap: .5rem; max-width: 10rem; }
@container (max-width: 32rem) {
  [part~=item] { grid-template-columns: 2.75rem minmax(0, 1fr); gap: 0 .75rem; }
  [part=actions] { grid-column: 2; flex-flow: row wrap; max-width: none; margin-block-start: .75rem; }
}
@media (forced-colors: active) {
  progress, [part=step]::before { border: 2px solid CanvasText; forced-color-adjust: none; }
  progress, progress::-webkit-progress-bar { background: Canvas; }
  progress::-webkit-progress-value, [part=step][data-reached=past]::before { background: CanvasText; }
  progress::-moz-progress-bar { background: CanvasText; }
  [part=step][data-reached=now] { text-decoration: underline; }
}
`;
