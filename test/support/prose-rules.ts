/**
 * The shape that prose must have, in comments and in Markdown. Each rule holds in the folders of `HELD`; a folder joins
 * the list once somebody has read all of it.
 */
import type { Rule } from './tidy-rules.js'

/** Folders, and single files. */
const HELD = [
  'src/base/',
  'src/record/',
  'src/log/',
  'src/protocol/',
  'src/actor/',
  'src/controller/',
  'src/coordinator/',
  'src/broker/',
  'src/client/',
  'src/cluster/',
  'src/storage/',
  'src/lab/',
  'src/cli/',
  'src/README.md',
  'README.md',
  'docs/',
  'test/README.md',
  'workers/',
  'bench/',
  'compat/oracle/',
]
const COLUMNS_MAX = 120

/** A line of prose, and how many columns of markers and indentation stand before its text. */
interface ProseLine {
  readonly number: number
  readonly text: string
  readonly indent: number
}

/** A comment, or a paragraph's worth of Markdown, from its first line on. */
type Block = readonly ProseLine[]

const WITHOUT_SUBJECT = /^(Of|Those|Whose|Who)\b/

/** "Of all partitions." leaves open what the field holds: a field's comment begins with its noun. */
export const commentsBeginWithNoun: Rule = (tree) =>
  [...tree].flatMap(([path, text]) => {
    if (!isHeld(path) || !path.endsWith('.ts')) return []
    const first = commentsIn(text).flatMap(([begin]) => (begin === undefined ? [] : [begin]))
    return first
      .filter((line) => WITHOUT_SUBJECT.test(line.text))
      .map((line) => `${path}:${line.number} begins without a noun or a subject: ${line.text}`)
  })

/** Drawings and tables are as wide as they are, and a link that is too long cannot be broken. */
export const proseBreaks: Rule = (tree) =>
  [...tree].flatMap(([path, text]) => {
    if (!isHeld(path)) return []
    const blocks = path.endsWith('.ts') ? commentsIn(text) : path.endsWith('.md') ? markdownIn(text) : []
    return blocks
      .flat()
      .filter(isTooLong)
      .map(({ number }) => `${path}:${number} has prose beyond column ${COLUMNS_MAX}`)
  })

const NAMED_FILE = /`([\w./-]+\.ts)`/g

/** A file that was moved leaves its name behind in prose. The end of its path is enough to name it. */
export const namedFilesExist: Rule = (tree) => {
  const isThere = (name: string): boolean => [...tree.keys()].some((path) => `/${path}`.endsWith(`/${name}`))
  return [...tree].flatMap(([path, text]) => {
    if (!isHeld(path)) return []
    const names = [...text.matchAll(NAMED_FILE)].flatMap(([, name]) => (name === undefined ? [] : [name]))
    return names.filter((name) => !isThere(name)).map((name) => `${path} names ${name}, which does not exist`)
  })
}

const PROOF = /`([\w-]+\/[\w./-]+)`|"([^"]+)"/g

/**
 * The tables of `test/README.md` name what proves a promise: a test file, and behind it titles of its tests, of which a
 * title may end in "…".
 */
export const proofsExist: Rule = (tree) => {
  const tests = [...tree.keys()].filter((path) => path.startsWith('test/'))
  const rows = (tree.get('test/README.md') ?? '').split('\n').filter((line) => line.startsWith('|'))
  return rows.flatMap((row) => {
    let file: string | null = null
    return [...row.matchAll(PROOF)].flatMap(([, name, title]) => {
      if (name !== undefined) {
        const path = `test/${name.replace(/\.test\.ts$/, '')}`
        const isTest = tests.some((test) => test.startsWith(`test/${name.split('/')[0]}/`))
        file = isTest ? `${path}.test.ts` : null
        const isThere = tests.some((test) => test === file || test.startsWith(`${path}/`))
        return isTest && !isThere ? [`test/README.md names ${file}, which does not exist`] : []
      }
      const says = title?.replace(/…$/, '') ?? ''
      const isSaid = file === null || tree.get(file)?.includes(says) === true
      return isSaid ? [] : [`test/README.md names a test "${title}", which ${file} does not have`]
    })
  })
}

function isHeld(path: string): boolean {
  return HELD.some((held) => (held.endsWith('/') ? path.startsWith(held) : path === held))
}

function isTooLong({ text, indent }: ProseLine): boolean {
  const isDrawing = /^ | {2}/.test(text)
  return !isDrawing && indent + text.length > COLUMNS_MAX && text.slice(0, COLUMNS_MAX - indent + 1).includes(' ')
}

const ALONE = /^(\s*\/\*\*? )(.*?)( \*\/)?$/
const BEGIN = /^\s*\/\*\*?$/
const WITHIN = /^(\s*\* )(.*)$/
const END = /\*\/\s*$/
const SLASHES = /^(\s*\/\/ )(.*)$/

/** The comments that have lines of their own. Lines with `//` that follow one another are one comment. */
function commentsIn(text: string): readonly Block[] {
  const blocks: ProseLine[][] = []
  let inside: 'stars' | 'slashes' | null = null
  text.split('\n').forEach((line, index) => {
    const add = ([, before = '', rest = '', close = '']: RegExpExecArray): void => {
      blocks.at(-1)?.push({ number: index + 1, text: rest + close, indent: before.length })
    }
    const found = (inside === 'stars' ? WITHIN : SLASHES).exec(line)
    if (inside === 'stars') {
      if (END.test(line)) inside = null
      else if (found !== null) add(found)
    } else if (found !== null) {
      if (inside === null) blocks.push([])
      inside = 'slashes'
      add(found)
    } else {
      const alone = ALONE.exec(line)
      inside = null
      if (alone !== null || BEGIN.test(line)) blocks.push([])
      if (alone !== null) add(alone)
      if ((alone !== null || BEGIN.test(line)) && !END.test(line)) inside = 'stars'
    }
  })
  return blocks
}

const NOT_PROSE = /^\s*(\||#|<)/

function markdownIn(text: string): readonly Block[] {
  let isCode = false
  const prose = text.split('\n').flatMap((line, index): ProseLine[] => {
    const isFence = line.trimStart().startsWith('```')
    if (isFence) isCode = !isCode
    if (isFence || isCode || NOT_PROSE.test(line)) return []
    const [before = ''] = /^\s*((>|[-*]|\d+\.) )?/.exec(line) ?? []
    return [{ number: index + 1, text: line.slice(before.length), indent: before.length }]
  })
  return [prose]
}
