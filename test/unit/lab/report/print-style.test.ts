import { expect, test } from 'vitest'
import { html } from '../../../../src/lab/report/markup.js'
import { page } from '../../../../src/lab/report/page.js'

const OWN_STYLE = '.steps { max-height: 320px; overflow: auto } @media print { .own { color: red } }'
const { 1: style = '' } = /<style>([\s\S]*)<\/style>/.exec(
  page({ title: 'A page', odradek: '1', style: OWN_STYLE, main: html`<p></p>` }),
) as RegExpExecArray
/** What paper has of its own, behind all that a page adds. */
const onPaper = style.slice(style.lastIndexOf('@media print'))

test('on paper nothing is cut off: what would be scrolled is whole, and drawings are as narrow as the sheet', () => {
  expect(style.indexOf('.steps {')).toBeLessThan(style.lastIndexOf('@media print'))
  expect(onPaper).toContain('.scroll { overflow: visible; max-height: none }')
  expect(onPaper).toContain('.scroll svg { max-width: 100%; height: auto }')
  expect(onPaper).toContain('th, td { white-space: normal;')
})

test('on paper a page is light, though its reader has chosen the dark one, and symbols of legends are printed', () => {
  expect(style).toContain(':root[data-mode=dark] { color-scheme: dark }')
  expect(onPaper).toContain(':root, :root[data-mode] { color-scheme: light }')
  expect(onPaper).toContain('print-color-adjust: exact')
})
