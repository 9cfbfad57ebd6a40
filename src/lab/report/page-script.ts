/**
 * The page's behaviour: the cell under the pointer or the focus is explained, a click keeps it. The page reads without
 * it.
 */
export const PAGE_SCRIPT = `
for (const plane of document.querySelectorAll('.plane')) {
  const cells = [...plane.querySelectorAll('.cell')]
  const panels = [...plane.querySelectorAll('.why')]
  let kept = plane.dataset.shown
  const show = run => {
    for (const panel of panels) panel.classList.toggle('shown', panel.dataset.run === run)
    for (const cell of cells) cell.classList.toggle('shown', cell.dataset.run === run)
  }
  const keep = run => {
    kept = run
    for (const cell of cells) {
      const isKept = cell.dataset.run === run
      cell.setAttribute('aria-pressed', isKept)
      cell.setAttribute('tabindex', isKept ? 0 : -1)
    }
    show(run)
  }
  const neighbour = (cell, rows, columns) => [...cell.closest('svg').querySelectorAll('.cell')].find(other =>
    +other.dataset.row === +cell.dataset.row + rows && +other.dataset.column === +cell.dataset.column + columns)
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }
  for (const cell of cells) {
    cell.addEventListener('pointerenter', () => show(cell.dataset.run))
    cell.addEventListener('pointerleave', () => show(kept))
    cell.addEventListener('click', () => keep(cell.dataset.run))
    cell.addEventListener('focus', () => keep(cell.dataset.run))
    cell.addEventListener('keydown', event => {
      if (event.key === 'Enter' || event.key === ' ') keep(cell.dataset.run)
      else if (moves[event.key]) neighbour(cell, ...moves[event.key])?.focus()
      else return
      event.preventDefault()
    })
  }
  keep(kept)
}
const mode = document.getElementById('mode')
const root = document.documentElement
const prefersDark = matchMedia('(prefers-color-scheme: dark)')
const isDark = () => root.dataset.mode ? root.dataset.mode === 'dark' : prefersDark.matches
const label = () => { mode.textContent = isDark() ? 'Light' : 'Dark' }
mode.hidden = false
mode.addEventListener('click', () => { root.dataset.mode = isDark() ? 'light' : 'dark'; label() })
prefersDark.addEventListener('change', label)
label()
document.body.classList.add('scripted')
`
