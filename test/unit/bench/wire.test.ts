import { expect, test } from 'vitest'
import { afresh, inTurns } from '../../../bench/wire/in-turns.js'
import { ReadingWatch } from '../../../bench/wire/reading-watch.js'
import { wireTable } from '../../../bench/wire/run-wire.js'
import type { Server } from '../../../bench/wire/servers.js'
import type { Contest, WireOptions } from '../../../bench/wire/wire-bench.js'

/** Two servers that are none, and what happens to them in order. */
function given(repeats: number): { readonly options: WireOptions; readonly happened: string[] } {
  const happened: string[] = []
  const starter = (name: Server['name'], pid: number) => async (): Promise<Server> => {
    happened.push(`${name} starts`)
    return { name, address: '', pid, stop: async () => void happened.push(`${name} stops`) }
  }
  const servers = { odradek: starter('Odradek', 1), kafka: starter('Kafka', 2) }
  return { options: { servers, repeats, scale: 1, onProgress: () => {} }, happened }
}

const noting =
  (happened: string[]): Contest =>
  async ({ name, pid }, turn) => {
    happened.push(`${name} ${turn}`)
    return [{ what: 'rate', unit: 'records/s', value: pid * 100 + turn }]
  }

test('servers are measured in turns, and what the turn measured that warms up does not count', async () => {
  const { options, happened } = given(2)
  const figures = await inTurns(options, [noting(happened)])
  expect(happened).toEqual([
    ...['Odradek starts', 'Kafka starts'],
    ...['Odradek 0', 'Kafka 0', 'Odradek 1', 'Kafka 1', 'Odradek 2', 'Kafka 2'],
    ...['Odradek stops', 'Kafka stops'],
  ])
  expect(figures).toEqual([{ what: 'rate', unit: 'records/s', odradek: [101, 102], kafka: [201, 202] }])
})

test('each measurement has a server of its own, alone, where nothing may have used it', async () => {
  const { options, happened } = given(1)
  await afresh(options, noting(happened))
  expect(happened).toEqual(['Odradek starts', 'Odradek 1', 'Odradek stops', 'Kafka starts', 'Kafka 1', 'Kafka stops'])
})

test('servers stop when a measurement fails', async () => {
  const { options, happened } = given(1)
  const failing: Contest = async () => {
    throw new Error('The client has ended')
  }
  await expect(inTurns(options, [failing])).rejects.toThrow('The client has ended')
  expect(happened.slice(-2)).toEqual(['Odradek stops', 'Kafka stops'])
})

test('the table has the median of the ratios, and sentences about what was left out', () => {
  const figures = [
    { what: 'rate', unit: 'records/s', odradek: [1_000, 3_000, 2_000], kafka: [500, 1_000, 1_000] },
    { what: 'size', unit: 'bytes', odradek: [43] },
  ] as const
  const skipped = ['kcat is left out: it takes kcat']
  const table = wireTable({ kafka: '4.2.0', figures, skipped })
  expect(table).toMatch(/rate .*2\.00 k .*1\.00 k – 3\.00 k .*1\.00 k .*500 – 1\.00 k .*2\.00/)
  expect(table).toMatch(/size .*43\.0/)
  expect(table.split('\n').at(-1)).toBe(skipped[0])
})

test('records that end the warm-up in one batch with others are not timed', async () => {
  const clocks = { ms: 0, cpuMs: 0 }
  const watch = new ReadingWatch(() => ({ ...clocks }), { warmUp: 10, records: 20 })
  Object.assign(clocks, { ms: 100, cpuMs: 40 })
  // 15 records have come before the time begins, and 15 of the 20 that count are left.
  watch.note(15)
  watch.note(5)
  Object.assign(clocks, { ms: 106, cpuMs: 43 })
  watch.note(10)
  expect(await watch.times).toEqual({ ms: 8, cpuMs: 4 })
})
