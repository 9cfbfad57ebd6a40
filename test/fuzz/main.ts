/**
 * `npm run fuzz -- --frames N --seed S`: exits with 1 when anything was wrong. One frame of a hundred goes over a socket
 * to a cluster on threads, the others to a gateway on this thread (`--sockets 0.01` says how many).
 */
import { Command } from '@commander-js/extra-typings'
import { counted, grouped } from '../../src/base/words.js'
import { count, positive, share } from '../support/tool-options.js'
import { FRAMES_PER_BATCH, InMemoryFuzz } from './in-memory.js'
import { bytesInUse } from './memory.js'
import { SocketFuzz } from './over-sockets.js'

const options = new Command('fuzz')
  .description('Sends changed, torn and made-up frames to a gateway')
  .option('--frames <n>', 'how many frames', positive, 100_000)
  .option('--seed <text>', 'what chance begins with', '1')
  .option('--from <batch>', 'the batch to begin with', count, 0)
  .option('--sockets <share>', 'the share that goes over a socket to a cluster on threads', share, 0.01)
  .parse()
  .opts()
const { frames, seed, from: first } = options
const overSockets = Math.ceil(frames * options.sockets)
const batches = Math.ceil((frames * (1 - options.sockets)) / FRAMES_PER_BATCH)
/** How much more may be in use at the end than after the warm-up. */
const GROWTH_BYTES_MAX = 64 * 2 ** 20
const PROGRESS_MS = 10_000
const WARM_ROUNDS = 40

// A refusal is an error, and nobody reads where it was made.
Error.stackTraceLimit = 0
process.on('warning', () => {})
process.removeAllListeners('warning')

const began = performance.now()
const problems: string[] = []
const say = (text: string): void => void process.stderr.write(`${text}\n`)

function inMemory(): void {
  const fuzz = new InMemoryFuzz(seed)
  let closed = 0
  let answered = 0
  let warm = 0
  let told = began
  for (let batch = first; batch < first + batches; batch++) {
    const from = performance.now()
    const result = fuzz.batch(batch)
    closed += result.closed
    answered += result.answered
    if (batch === first + Math.min(50, batches >> 1)) warm = bytesInUse()
    const now = performance.now()
    if (now - from > 30_000) problems.push(`batch ${batch} took ${Math.round(now - from)} ms`)
    if (now - told < PROGRESS_MS) continue
    told = now
    const done = (batch + 1 - first) * FRAMES_PER_BATCH
    const rate = Math.round(done / ((now - began) / 1_000))
    say(`${grouped(done)} frames, ${grouped(rate)} a second; --seed ${seed} --from ${batch} goes on here`)
  }
  fuzz.end()
  const grown = bytesInUse() - warm
  if (grown > GROWTH_BYTES_MAX) problems.push(`${counted(grown, 'byte')} more are in use than after the warm-up`)
  const done = batches * FRAMES_PER_BATCH
  const rate = Math.round(done / ((performance.now() - began) / 1_000))
  say(`in memory: ${counted(done, 'frame')}, ${grouped(rate)} a second; ${grouped(answered)} were answered, `)
  say(`  ${grouped(closed)} ended their connection; ${grouped(Math.max(0, grown))} bytes more in use than at first`)
}

async function throughSockets(): Promise<void> {
  const fuzz = await SocketFuzz.start(seed)
  const from = performance.now()
  let warm = 0
  let done = 0
  for (let round = 0; done < overSockets; round++) {
    done += await fuzz.round()
    if (round === WARM_ROUNDS) warm = process.memoryUsage().rss
  }
  const grown = warm === 0 ? 0 : process.memoryUsage().rss - warm
  const { exits, threads } = await fuzz.end()
  if (exits > 0) problems.push(`${counted(exits, 'thread')} of the cluster ended`)
  if (threads !== 6) problems.push(`the cluster has ${counted(threads, 'thread')} instead of 6`)
  if (grown > 8 * GROWTH_BYTES_MAX) problems.push(`the process has grown by ${counted(grown, 'byte')}`)
  const rate = Math.round(done / ((performance.now() - from) / 1_000))
  say(`over sockets: ${counted(done, 'frame')}, ${grouped(rate)} a second; the process grew by ${grouped(grown)} bytes`)
}

try {
  if (batches > 0) inMemory()
  if (overSockets > 0) await throughSockets()
} catch (error) {
  problems.push(`${error instanceof Error ? `${error.message}\n${error.cause ?? ''}` : error}`)
}
for (const problem of problems) console.log(problem)
const seconds = Math.round((performance.now() - began) / 1_000)
console.log(`${counted(frames, 'frame')} with seed ${seed} in ${seconds} s: ${counted(problems.length, 'problem')}`)
process.exitCode = problems.length === 0 ? 0 : 1
