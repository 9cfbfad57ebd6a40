import { html } from './markup.js'

/** The colours of partitions in turn, each for light and for dark. */
export const BAND_COLOURS = [
  ['#2b6ca3', '#6fb1e8'],
  ['#c9870f', '#e9b949'],
  ['#2f8f5b', '#68c7a0'],
  ['#b4462f', '#f0836a'],
  ['#7a4fa3', '#b99be0'],
  ['#177f85', '#5cc6c9'],
  ['#b8437e', '#ef8fbd'],
  ['#7d7a1f', '#c3bf62'],
] as const

const bands = BAND_COLOURS.map(([light, dark], index) => `.of-${index} { --band: light-dark(${light}, ${dark}) }`).join(
  '\n',
)

/** Definitions that the figures of groups use. */
export const GROUP_DEFINITIONS = html`<svg width="0" height="0" aria-hidden="true" class="definitions"><defs>
<pattern id="stalled" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="stall-line" x1="0" y1="0" x2="0" y2="7"/></pattern>
<pattern id="unread" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><line class="unread-line" x1="0" y1="0" x2="0" y2="6"/></pattern>
</defs></svg>`

/** The style that pages with groups add. */
export const GROUP_STYLE = `
${bands}
.lanes-of-group { display: flex }
.lanes-of-group svg { flex: none }
.lanes-of-group .names { position: sticky; left: -4px; background: var(--paper); z-index: 1 }
.lanes-of-group .who { font-weight: 600 }
.group .life { fill: var(--track); fill-opacity: .55 }
.group .band rect, i.band { fill: color-mix(in oklab, var(--band) 38%, var(--paper)); background: color-mix(in oklab, var(--band) 38%, var(--paper)); stroke: var(--band) }
i.band { outline: 1px solid var(--band) }
.group .band .ghost { fill: none; stroke: var(--band); stroke-dasharray: 3 3 }
i.ghost { border: 1px dashed var(--full) }
.stall rect { fill: url(#stalled); stroke: none }
.stall-line { stroke: var(--bad); stroke-width: 2; stroke-opacity: .5 }
i.stall { background: repeating-linear-gradient(45deg, color-mix(in oklab, var(--bad) 55%, var(--paper)) 0 2px, transparent 2px 5px) }
.unread rect { fill: url(#unread); stroke: var(--soft); stroke-dasharray: 2 2 }
.unread-line { stroke: var(--soft); stroke-width: 1.5; stroke-opacity: .55 }
.group .unread text { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round }
i.unread { background: repeating-linear-gradient(-45deg, color-mix(in oklab, var(--soft) 60%, var(--paper)) 0 1.5px, transparent 1.5px 4px); outline: 1px dashed var(--soft) }
.idle line { stroke: var(--soft); stroke-dasharray: 1 4 }
.group .idle text { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round }
.happens line { stroke: var(--soft) }
.happens text { fill: var(--soft) }
svg .happens.bad text { fill: var(--bad); font-weight: 600 }
.happens.bad line { stroke: var(--bad); stroke-width: 2 }
.generation line { stroke: var(--ink); stroke-dasharray: 5 4; stroke-opacity: .55 }
.generation text { font-weight: 600; paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round }
i.generation { width: 0; border-left: 2px dashed var(--ink); border-radius: 0 }
.mark.handed line { stroke: var(--ink); stroke-opacity: .6 }
.mark.handed-again path { fill: var(--bad); stroke: var(--bad); stroke-width: 1.6 }
.mark.effect-again rect { fill: var(--bad); stroke: var(--paper) }
.mark.effect-skipped circle { fill: var(--paper); stroke: var(--good); stroke-width: 2 }
.mark.commit path { fill: var(--good); stroke: var(--paper); stroke-width: .8 }
.mark.commit-refused path { fill: none; stroke: var(--bad); stroke-width: 2.4 }
i.mark { border-radius: 0; background: none; vertical-align: middle }
i.mark.handed { width: 2px; height: 12px; background: var(--ink) }
i.mark.handed-again { width: 10px; height: 9px; background: var(--bad); clip-path: polygon(0 0, 100% 0, 50% 100%) }
i.mark.effect-again { width: 7px; height: 7px; background: var(--bad) }
i.mark.effect-skipped { width: 9px; height: 9px; border-radius: 50%; border: 2px solid var(--good) }
i.mark.commit { width: 9px; height: 9px; background: var(--good); clip-path: polygon(50% 0, 100% 50%, 50% 100%, 0 50%) }
i.mark.commit-refused { background: linear-gradient(45deg, transparent 42%, var(--bad) 42% 58%, transparent 58%), linear-gradient(-45deg, transparent 42%, var(--bad) 42% 58%, transparent 58%); clip-path: none }
`
