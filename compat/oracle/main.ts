/** Exits with 1 at a difference that is not listed, or is listed in vain. */
import { Command } from '@commander-js/extra-typings'
import { KAFKA_VERSION, missingForKafka, SMALL_JAVA, startKafka } from '../../test/support/kafka-broker.js'
import { matching, positive } from '../../test/support/tool-options.js'
import { AREAS } from './areas.js'
import { type OracleBroker, SETTINGS } from './brokers.js'
import { chanceArea } from './chance/chance-area.js'
import { unlike } from './chance/unlike.js'
import { differencesOf } from './compare.js'
import { judge, unlisted } from './differences.js'
import { readGolden, writeGolden } from './golden.js'
import { startOdradek } from './odradek-broker.js'
import { play, type Transcript } from './player.js'
import { OPENING } from './scripts/opening.js'

const values = new Command('oracle')
  .description(
    'Sends the same scripted requests, as raw frames, to Odradek and to a real broker of Kafka, and compares their answers field by field',
  )
  .option(
    '--only <words>',
    'the areas whose names have one of these words, a comma list',
    matching(AREAS, ({ name }) => name),
  )
  .option('--record', 'keeps what Kafka has answered, for `npm test`')
  .option('--kept', 'compares with what was kept: no Kafka is started')
  .option('--chance <n>', 'so many requests that chance has made, whose errors are compared', positive)
  .option('--seed <text>', 'what chance begins with', '1')
  .parse()
  .opts()
const say = (sentence: string): void => void process.stderr.write(`oracle: ${sentence}\n`)
const chance = values.chance === undefined ? null : chanceArea(values.seed, values.chance)
const areas = chance === null ? (values.only ?? AREAS) : [chance]

async function answersOf(name: string, start: () => Promise<OracleBroker>): Promise<readonly Transcript[]> {
  say(`${name} is started`)
  const broker = await start()
  try {
    await play(OPENING, broker.server)
    const transcripts: Transcript[] = []
    for (const area of areas) {
      say(`${name}: ${area.name}`)
      transcripts.push(await play(area, broker.server))
    }
    return transcripts
  } finally {
    await broker.stop()
  }
}

async function answersOfKafka(): Promise<readonly Transcript[] | null> {
  if (values.kept) return areas.map(({ name }) => readGolden(name)?.answers ?? {})
  const missing = await missingForKafka()
  if (missing === null) {
    return answersOf(`Kafka ${KAFKA_VERSION}`, () => startKafka({ java: SMALL_JAVA, settings: SETTINGS }))
  }
  process.stdout.write(`skipped: Kafka cannot be started without ${missing}\n`)
  return null
}

const kafka = await answersOfKafka()
if (kafka !== null) {
  if (values.record && chance === null)
    for (const [index, { name }] of areas.entries()) writeGolden(name, KAFKA_VERSION, kafka[index]!)
  const odradek = await answersOf('Odradek', startOdradek)
  const wrong = chance === null ? judged(kafka, odradek) : unlike(chance, kafka[0] ?? {}, odradek[0] ?? {})
  for (const sentence of wrong) process.stdout.write(`${sentence}\n`)
  process.exitCode = wrong.length > 0 ? 1 : 0
}

function judged(kafka: readonly Transcript[], odradek: readonly Transcript[]): readonly string[] {
  const found = kafka.flatMap((transcript, index) => differencesOf(transcript, odradek[index] ?? {}))
  const names = areas.map(({ name }) => name)
  const wrong = judge(found, names)
  const answers = kafka.flatMap((transcript) => Object.values(transcript).flat()).length
  process.stdout.write(
    `${answers} answers to ${names.length} APIs, ${found.length - unlisted(found).length} differences that are listed, ${wrong.length} faults\n`,
  )
  return wrong
}
