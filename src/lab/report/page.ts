import { type Content, html, type Markup, trusted } from './markup.js'
import { PAGE_SCRIPT } from './page-script.js'
import { PAGE_STYLE } from './page-style.js'
import { PRINT_STYLE } from './print-style.js'

export interface PageParts {
  readonly title: string
  /** The version that has made the page. */
  readonly odradek: string
  /** Style that is added to that of all pages. */
  readonly style?: string
  /** Script that is added to that of all pages. */
  readonly script?: string
  /** Definitions that are not seen themselves and that `main` uses. */
  readonly definitions?: Markup
  readonly main: Content
}

/** Writes one HTML page that needs nothing else: no request leaves it, and its content security policy forbids them. */
export function page({ title, odradek, style = '', script = '', definitions, main }: PageParts): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="odradek ${odradek}">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${trusted(PAGE_STYLE)}${trusted(style)}${trusted(PRINT_STYLE)}</style>
</head>
<body>
${definitions ?? null}
<main>
${main}
</main>
<script>${trusted(PAGE_SCRIPT)}${trusted(script)}</script>
</body>
</html>
`.text
}

/** Writes what stands above the title, with the switch between light and dark. */
export function eyebrow(command: string): Markup {
  return html`<div class="top"><p class="eyebrow">${command}</p><button type="button" id="mode" hidden>Dark</button></div>`
}
