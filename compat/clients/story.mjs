// Runs the program of one client against a cluster of three brokers, and hears what it says.
//
// A program prints lines to its output, and its client's own log to its error output:
//
//     version VERSION           of its client
//     ok FEATURE                what features.mjs names works
//     failed FEATURE SENTENCE   it does not
//     skipped FEATURE SENTENCE  the client does not have it
//     ask WORDS                 a line of asks.mjs; the answer is a line of its input
//
// It is given BOOTSTRAP_SERVERS, and the features that it is to try as its arguments, or none for all of them. For the
// feature `secure` there is a cluster that speaks TLS and wants a password: SECURE_SERVERS, SECURE_CA (a file),
// SECURE_USER and SECURE_PASSWORD.
import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Cluster } from 'odradek'
import { asksOf } from './asks.mjs'

const LIMIT_MS = 600_000
/** Enough for any sentence that matters. */
const LOG_LENGTH_MAX = 4_000_000
const USER = { SECURE_USER: 'alice', SECURE_PASSWORD: 'open sesame' }
/** What a cluster warns of because the story wants it to. */
const ASKED_FOR = 'its user or its password is wrong'

/** `{ version, results: Map of feature to { result, says }, log, ended }`. */
export async function runStory({ program, args = [], cwd, env = {}, features = [], limitMs = LIMIT_MS }) {
  const warnings = []
  const hear = ({ message }) => {
    if (!message.includes(ASKED_FOR)) warnings.push(message)
  }
  process.on('warning', hear)
  const cluster = await Cluster.start({
    brokers: 3,
    listen: { port: 0 },
    'default.replication.factor': 3,
    'min.insync.replicas': 2,
  })
  const asks = asksOf(cluster)
  const secured = features.length === 0 || features.includes('secure') ? await secureCluster() : null
  const story = { version: '', results: new Map(), log: '', ended: '', warnings }
  try {
    const child = spawn(program, [...args, ...features], {
      cwd,
      env: { ...process.env, ...env, ...secured?.env, BOOTSTRAP_SERVERS: cluster.bootstrapServers },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    })
    child.stdin.on('error', () => {})
    child.stderr.setEncoding('utf8').on('data', (said) => {
      if (story.log.length < LOG_LENGTH_MAX) story.log += said
    })
    const lines = createInterface({ input: child.stdout })
    lines.on('line', async (line) => {
      const [word, feature, ...rest] = line.split(' ')
      if (word === 'version') story.version = line.slice('version '.length)
      else if (word === 'ask') child.stdin.write(`${await asks.answer(line.slice('ask '.length))}\n`)
      else if (['ok', 'failed', 'skipped'].includes(word))
        story.results.set(feature, { result: word, says: rest.join(' ') })
      else story.log += `${line}\n`
    })
    story.ended = await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => resolve(code === 0 ? '' : `ended with ${signal ?? `exit code ${code}`}`))
    })
    const died = cluster.unexpectedExits.map(({ address }) => address)
    if (died.length > 0) story.ended += `, and ${died.join(', ')} of the cluster crashed`
  } finally {
    await asks.close()
    await cluster.close()
    await secured?.close()
    process.off('warning', hear)
  }
  return story
}

/** A cluster that speaks TLS and wants a password, with what a program must know of it. */
async function secureCluster() {
  const { SECURE_USER, SECURE_PASSWORD } = USER
  const sasl = { users: { [SECURE_USER]: SECURE_PASSWORD } }
  const cluster = await Cluster.start({ listen: { tls: true, sasl } })
  const file = join(tmpdir(), `odradek-authority-${process.pid}.pem`)
  writeFileSync(file, cluster.certificate)
  return {
    env: { ...USER, SECURE_SERVERS: cluster.bootstrapServers, SECURE_CA: file },
    async close() {
      await cluster.close()
      rmSync(file)
    },
  }
}
