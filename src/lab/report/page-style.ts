/** The page's looks. Colours come in pairs for light and dark; without the script every panel is shown. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfaf7, #15161a);
  --card: light-dark(#ffffff, #1c1e23);
  --ink: light-dark(#1d1c19, #e9e7e1);
  --soft: light-dark(#5f5c55, #a3a199);
  --line: light-dark(#e4e1d9, #30333a);
  --track: light-dark(#eeebe4, #2a2d34);
  --accent: light-dark(#24507f, #8db9e8);
  --good: light-dark(#1c6b4a, #6fcfa0);
  --good-ground: light-dark(#eaf4ee, #16271f);
  --bad: light-dark(#a3261c, #ff9c8f);
  --bad-ground: light-dark(#fbecea, #331a18);
  --full: light-dark(#2b6ca3, #6fb1e8);
  --linger: light-dark(#d99a1c, #e9b949);
  --flush: light-dark(#4b9c7b, #68c7a0);
  --memory: light-dark(#b4462f, #f0836a);
  --close: light-dark(#8a8780, #8f8d86);
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", P052, "Source Serif 4", Georgia, serif;
  --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Inter, Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
:root[data-mode=light] { color-scheme: light }
:root[data-mode=dark] { color-scheme: dark }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 var(--sans); font-variant-numeric: tabular-nums lining-nums; -webkit-text-size-adjust: 100% }
main { max-width: 1120px; margin: 0 auto; padding: 40px 32px 96px }
.definitions { position: absolute }
h1, h2, h3, h4, p, dl, dd, figure, ul { margin: 0; padding: 0 }
h1 { font: 500 38px/1.15 var(--serif); letter-spacing: -.012em; max-width: 22em; text-wrap: balance }
h2 { font: 500 24px/1.25 var(--serif); margin: 0 0 20px }
main > section { margin-top: 64px; padding-top: 28px; border-top: 1px solid var(--line) }
.top { display: flex; justify-content: space-between; align-items: center; margin-bottom: 12px }
.eyebrow { font: 13px var(--mono); color: var(--soft); letter-spacing: .02em }
button { font: 13px var(--sans); color: var(--soft); background: none; border: 1px solid var(--line); border-radius: 99px; padding: 4px 14px; cursor: pointer }
button:hover { color: var(--ink); border-color: var(--soft) }
button:focus-visible, .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.lead { font: 20px/1.5 var(--serif); margin-top: 18px; max-width: 46em; text-wrap: pretty }
.lead b { font-weight: 600; white-space: nowrap }
.verdict { display: flex; gap: 16px; align-items: flex-start; margin-top: 28px; padding: 16px 20px; border-radius: 8px; background: var(--track) }
.verdict > span { flex: none; width: 28px; height: 28px; margin-top: 8px; border-radius: 50%; display: grid; place-items: center; font: 700 15px var(--sans); color: var(--paper) }
.verdict b { font-size: 17px }
.verdict p { color: var(--soft) }
.verdict p b { color: var(--ink) }
.verdict ul { margin: 10px 0 0 1.2em }
.clean { background: var(--good-ground) }
.clean > span { background: var(--good) }
.clean p b { color: var(--good) }
.broken { background: var(--bad-ground) }
.broken > span { background: var(--bad) }
.broken p b { color: var(--bad) }
.about { margin-top: 28px; display: grid; gap: 8px }
.about > div { display: grid; grid-template-columns: 120px 1fr; gap: 16px }
.about dt { color: var(--soft) }
code { font: 13px/1.6 var(--mono); overflow-wrap: anywhere }
.setting { display: inline-block; color: var(--soft); margin-right: 1.1em; font-weight: 400 }
.setting b { color: var(--ink); font-weight: 600 }
.pair { display: flex; flex-wrap: wrap; gap: 36px 48px }
.heatmap { min-width: 0; max-width: 100% }
.heatmap figcaption { display: flex; align-items: baseline; gap: 10px; margin-bottom: 14px }
.heatmap h3 { font: 600 16px var(--sans) }
.unit { color: var(--soft); font-size: 14px }
.scroll { overflow-x: auto; padding: 4px; margin: -4px }
svg { display: block }
svg text { font: 14px var(--sans); font-variant-numeric: tabular-nums lining-nums; fill: var(--ink) }
svg .axis { fill: var(--soft); font-size: 13px }
svg .tick { font-size: 13px }
svg .value { font-size: 15px; font-weight: 500; pointer-events: none }
.cell { cursor: pointer; outline: none }
.cell rect { stroke: transparent; stroke-width: 2.5 }
.cell.shown rect { stroke: var(--ink) }
.cell:focus-visible rect { stroke: var(--accent); stroke-width: 4 }
.refused .value { fill: var(--soft); font-size: 13px; font-weight: 400 }
.hatch-ground { fill: var(--paper) }
.hatch-line { stroke: var(--line); stroke-width: 4 }
.legend { margin: 12px 6px 0 92px; color: var(--soft); font-size: 13px }
.ramp { display: flex; height: 8px; border-radius: 4px; overflow: hidden }
.ramp i { flex: 1 }
.ends { display: flex; justify-content: space-between; margin-top: 5px }
.note { margin-top: 24px; color: var(--soft); font-size: 14px }
.panels { display: grid; margin-top: 16px; gap: 16px }
.why { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 26px 30px 30px }
.scripted .why { grid-area: 1 / 1; visibility: hidden }
.scripted .why.shown { visibility: visible }
.why h3 { font: 14px var(--sans) }
.sentence { font: 23px/1.4 var(--serif); margin: 8px 0 26px; max-width: 40em; text-wrap: pretty }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(270px, 1fr)); gap: 30px 40px }
.facts h4 { display: flex; justify-content: space-between; font: 600 14px var(--sans); margin-bottom: 8px }
.facts dl { margin-top: 10px; font-size: 14px }
.facts dl div { display: flex; justify-content: space-between; gap: 12px; padding: 2px 0 }
.facts dt { color: var(--soft) }
.facts dd { white-space: nowrap }
small { color: var(--soft); font-size: 13px; margin-left: .4em }
.bar { display: flex; height: 12px; border-radius: 3px; overflow: hidden; background: var(--track) }
.bar i { flex: none }
.bar i + i { border-left: 1.5px solid var(--card) }
.fill, .busy, .queue { background: var(--accent) }
.request { background: var(--linger) }
.full { background: var(--full) }
.linger { background: var(--linger) }
.flush { background: var(--flush) }
.memory { background: var(--memory) }
.close { background: var(--close) }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 8px }
.range { position: relative; overflow: visible }
.range i { position: absolute; top: 0; bottom: 0; background: color-mix(in oklab, var(--accent) 45%, transparent); border-radius: 0 3px 3px 0 }
.range b { position: absolute; top: -3px; bottom: -3px; width: 2.5px; margin-left: -1px; background: var(--ink); border-radius: 1px }
.threads { display: grid; gap: 7px; font-size: 14px }
.threads > div { display: grid; grid-template-columns: 92px 1fr 46px; align-items: center; gap: 10px }
.threads span { color: var(--soft) }
.threads b { font-weight: 400; text-align: right }
table { border-collapse: collapse; font-size: 14px; width: 100% }
caption { text-align: left; color: var(--soft); padding-bottom: 12px }
th, td { text-align: right; padding: 6px 12px; white-space: nowrap; font-weight: 400 }
th:first-child, td:first-child { padding-left: 0 }
thead th { color: var(--soft); font-size: 13px; vertical-align: bottom; border-bottom: 1px solid var(--ink) }
thead th[colspan] { text-align: center; border-bottom: 1px solid var(--line) }
tbody tr { border-bottom: 1px solid var(--line) }
tbody tr:hover { background: var(--track) }
tbody th { font-weight: 600 }
colgroup + colgroup { border-left: 1px solid var(--line) }
.words { text-align: left; color: var(--soft) }
td strong { color: var(--bad) }
table.small th, table.small td { padding: 3px 0 3px 12px }
table.small thead th, table.small tbody tr { border: 0 }
table.small tbody tr:hover { background: none }
table.small tbody th { text-align: left; padding-left: 0; color: var(--soft); font-weight: 400 }
@media (max-width: 700px) {
  main { padding: 24px 18px 64px }
  h1 { font-size: 29px }
  .lead, .sentence { font-size: 18px }
  .about > div { grid-template-columns: 1fr; gap: 0 }
  .why { padding: 20px }
}
`
