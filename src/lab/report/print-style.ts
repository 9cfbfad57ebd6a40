/**
 * The page on paper, where nothing can be scrolled: whatever is wider than the sheet is made as narrow, and whatever is
 * cut short is whole. It comes behind all other style.
 */
export const PRINT_STYLE = `
@media print {
  @page { size: landscape; margin: 12mm }
  :root, :root[data-mode] { color-scheme: light }
  /* Symbols of legends, bars and verdicts are grounds, which browsers leave out to save ink. */
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact }
  body { background: none }
  main { max-width: none; padding: 0 }
  main > section { margin-top: 32px; padding-top: 20px }
  button, .note, .slider { display: none }
  .scroll { overflow: visible; max-height: none }
  .scroll svg { max-width: 100%; height: auto }
  /* What stands side by side shrinks by the same factor, so that rows stay rows. */
  .lanes-of-group { align-items: flex-start }
  .lanes-of-group svg { flex: 0 1 auto; min-width: 0 }
  .lanes-of-group .names { position: static }
  th, td { white-space: normal; padding-left: 6px; padding-right: 6px }
  /* Between the items of a grid, browsers break as they like. */
  .story { display: block }
  .story > * + * { margin-top: 14px }
  .why, figure:not(.story), tr, .lanes-of-group, .scroll:has(> svg), .legend-line, .anomalies > li, .sentence, figcaption { break-inside: avoid }
  h1, h2, h3, h4, caption, thead, figcaption, .sentence { break-after: avoid }
}
`
