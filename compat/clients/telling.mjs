// How a story in JavaScript tells what works, and asks; see story.mjs.
import assert from 'node:assert'
import { createInterface } from 'node:readline'
import { inspect } from 'node:util'

export const SERVERS = process.env.BOOTSTRAP_SERVERS.split(',')
/** The cluster that speaks TLS and wants a password; `ca` is a file. */
export const SECURE = {
  servers: (process.env.SECURE_SERVERS ?? '').split(','),
  ca: process.env.SECURE_CA,
  username: process.env.SECURE_USER,
  password: process.env.SECURE_PASSWORD,
}
const PATIENCE_MS = 60_000
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const wanted = process.argv.slice(2)

/** Asks the cluster's side, and throws what it says is wrong. */
export async function ask(words) {
  process.stdout.write(`ask ${words}\n`)
  const { value } = await answers.next()
  assert.equal(value, 'ok', `${words}: ${value}`)
}

class Skipped extends Error {}

/** Ends a step that the client, or this Node, has nothing for. */
export function skip(because) {
  throw new Skipped(because)
}

/** Runs a step in which a broker is killed, and has it started again however the step ends. */
export async function withKills(step) {
  try {
    await step()
  } finally {
    await ask('restart')
  }
}

/** Runs the steps that are wanted, by the word of each feature, and ends the process. */
export async function tell(version, steps) {
  process.stdout.write(`version ${version}\n`)
  for (const [name, step] of Object.entries(steps)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    process.stderr.write(`==== ${name}\n`)
    try {
      await within(step(), `${name} did not end`)
      process.stdout.write(`ok ${name}\n`)
    } catch (error) {
      if (error instanceof Skipped) {
        process.stdout.write(`skipped ${name} ${error.message}\n`)
        continue
      }
      process.stderr.write(`${inspect(error, { depth: 5 })}\n`)
      process.stdout.write(`failed ${name} ${wordsOf(error).replaceAll('\n', ' ')}\n`)
    }
  }
  // What a step has left open must not keep the process alive; what is written must get out.
  process.stdout.write('', () => process.exit(0))
}

/** What an error says, and what those say that it stands for. */
function wordsOf({ message, errors = [] }) {
  return [message, ...errors.map(wordsOf)].join(': ')
}

function within(promise, otherwise) {
  const { promise: late, reject } = deferred()
  const timer = setTimeout(() => reject(new Error(otherwise)), 2 * PATIENCE_MS)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

export function deferred() {
  const made = {}
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }))
  return made
}

export async function until(what, isSo) {
  const giveUpAt = Date.now() + PATIENCE_MS
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error(`waited in vain for ${what()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Each value came, and exactly once. */
export function complete(values, count) {
  const found = new Set(values)
  const lost = numbered(count).filter((value) => !found.has(value))
  assert.deepEqual(lost.slice(0, 3), [], `${lost.length} are missing`)
  assert.equal(values.length, count)
}

/**
 * The steps that are the same for every client: `create(topic, partitions)`, `write(topic, count, options)` and
 * `readsAll(topic, count)` are the client's own.
 */
export function plainSteps({ create, write, readsAll }) {
  /** Writes with a codec, and reads that. `compression` is the codec as the client has it. */
  async function writesCodec(name, compression = name) {
    await create(`codec-${name}`, 2)
    await write(`codec-${name}`, 2000, { compression })
    await readsAll(`codec-${name}`, 2000)
    await ask(`check codec-${name} 2000`)
  }
  /** Reads what Odradek has written with a codec. */
  async function readsCodec(name) {
    await create(`from-odradek-${name}`, 2)
    await ask(`write from-odradek-${name} 2000 ${name}`)
    await readsAll(`from-odradek-${name}`, 2000)
  }
  return {
    writesCodec,
    readsCodec,
    async acks() {
      for (const [name, acks] of [
        ['0', 0],
        ['1', 1],
        ['all', -1],
      ]) {
        await create(`acks-${name}`, 2)
        await write(`acks-${name}`, 100, { acks })
        await readsAll(`acks-${name}`, 100)
        await ask(`check acks-${name} 100`)
      }
    },
    async codec(name, compression) {
      await writesCodec(name, compression)
      await readsCodec(name)
    },
  }
}

export const numbered = (count, from = 0) => Array.from({ length: count - from }, (_, index) => `value ${from + index}`)

export const messages = (count, from = 0) =>
  numbered(count, from).map((value) => ({ key: value.replace('value', 'key'), value }))
