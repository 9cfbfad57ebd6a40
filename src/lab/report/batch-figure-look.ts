/**
 * The style that pages with batches add: batches along time, records in their order, the slider, and anomalies beside
 * their drawing.
 */
export const STORY_STYLE = `
h1, .setting { overflow-wrap: anywhere; max-width: 100% }
.story { display: grid; gap: 14px; min-width: 0 }
.story > * { min-width: 0 }
.story svg text { font-size: 12px }
.story svg .axis { font-size: 12px }
.closed rect, i.closed { fill: var(--track); background: var(--track); stroke: var(--soft); outline: 1px solid var(--soft) }
.flight rect, i.flight { fill: color-mix(in oklab, var(--full) 40%, var(--paper)); background: color-mix(in oklab, var(--full) 40%, var(--paper)); stroke: var(--full) }
.flight.erred rect, i.flight.erred { fill: var(--bad-ground); background: var(--bad-ground); stroke: var(--bad); outline: 1px solid var(--bad) }
svg .flight.erred text { fill: var(--bad) }
.flight.open rect { stroke-dasharray: 4 3 }
.written rect, i.written { fill: var(--good-ground); background: var(--good-ground); stroke: var(--good); outline: 1px solid var(--good) }
i.moved { background: var(--bad) }
i.again { border: 2px dashed var(--linger) }
.story g rect { outline: 0 }
.after { pointer-events: none }
.after rect { fill: var(--paper); fill-opacity: .8; stroke: none }
.after line { stroke: var(--ink); stroke-width: 1.5 }
.way { stroke: var(--soft); stroke-opacity: .45; stroke-width: 1.2 }
.way.moved { stroke: var(--bad); stroke-opacity: 1; stroke-width: 2.2 }
.way.again { stroke: var(--linger); stroke-opacity: 1; stroke-width: 2.2; stroke-dasharray: 5 4 }
.sent rect, .logged rect { fill: var(--card); stroke: var(--line) }
.sent.missing rect { stroke: var(--bad); stroke-dasharray: 3 3 }
.logged.moved rect { stroke: var(--bad); stroke-width: 2 }
.logged.again rect { stroke: var(--linger); stroke-width: 2; stroke-dasharray: 4 3 }
svg [data-at].later { opacity: .1 }
.slider { display: grid; grid-template-columns: minmax(0, 1fr); gap: 4px }
.slider[hidden] { display: none }
.slider label { display: flex; align-items: center; gap: 12px; color: var(--soft); font-size: 14px }
.slider input { flex: 1; min-width: 0; height: 28px; accent-color: var(--accent) }
.slider input:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px }
.slider output { font-size: 14px; min-height: 3em; overflow-wrap: anywhere }
.story figcaption { font-size: 14px; color: var(--soft) }
.steps { max-height: 320px; overflow: auto }
.steps tbody th, .steps td { vertical-align: top; padding-top: 3px; padding-bottom: 3px }
.steps .says { white-space: normal; min-width: 18em; overflow-wrap: anywhere; color: var(--ink) }
.steps tr.later { opacity: .45 }
.steps tr.now { background: var(--track) }
.anomalies { list-style: none }
.anomalies > li { display: grid; grid-template-columns: minmax(0, 1fr) 300px; gap: 12px 28px; padding: 18px 0; border-top: 1px solid var(--line) }
.anomalies > li > .about { margin: 0; grid-column: 2; grid-row: 1; display: block; align-self: start }
.anomalies > li > .about p { margin-bottom: 8px; overflow-wrap: anywhere }
.anomalies > li.told > .about { grid-column: 1 / -1 }
.anomalies code { display: block; background: var(--track); border-radius: 6px; padding: 8px 10px }
@media (max-width: 900px) {
  .anomalies > li { grid-template-columns: minmax(0, 1fr) }
  .anomalies > li > .about { grid-column: 1; grid-row: auto }
}
`

/** The slider: covers what comes after its moment, and tells the moment in words. Without it all is shown. */
export const STORY_SCRIPT = `
for (const story of document.querySelectorAll('.story:has(.slider)')) {
  const slider = story.querySelector('.slider input')
  const told = story.querySelector('.slider output')
  const time = story.querySelector('svg.time')
  const places = time.dataset.places.split(' ').map(Number)
  const width = time.viewBox.baseVal.width
  const cover = time.querySelector('.after rect')
  const cursor = time.querySelector('.after line')
  const timed = [...story.querySelectorAll('[data-at]')]
  const rows = timed.filter(one => one.localName === 'tr')
  const steps = story.querySelector('.steps')
  const show = isMoved => {
    const moment = +slider.value
    const x = places[moment] + (moment === places.length - 1 ? 0 : 1)
    cover.setAttribute('x', x)
    cover.setAttribute('width', moment === places.length - 1 ? 0 : width - x)
    for (const line of ['x1', 'x2']) cursor.setAttribute(line, x)
    for (const one of timed) one.classList.toggle('later', +one.dataset.at > moment)
    const now = rows.filter(row => +row.dataset.at === moment)
    for (const row of rows) row.classList.toggle('now', now.includes(row))
    const words = now.map(row => row.children[1].textContent + ': ' + row.lastElementChild.textContent).join('; ')
    const text = (now[0] ? now[0].firstElementChild.textContent + ', ' : '') + words
    told.textContent = text
    slider.setAttribute('aria-valuetext', text)
    if (!isMoved) return
    const frame = time.parentElement
    frame.scrollLeft = x * time.clientWidth / width - frame.clientWidth * .6
    if (now[0]) steps.scrollTop = now[0].offsetTop - steps.clientHeight / 2
  }
  slider.value = slider.max
  slider.addEventListener('input', () => show(true))
  story.querySelector('.slider').hidden = false
  show(false)
}
`
