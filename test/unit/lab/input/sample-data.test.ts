import { expect, test } from 'vitest'
import { sampleData } from '../../../../src/lab/input/sample-data.js'

test('the sample is twenty thousand flights, each keyed by its airport of origin', async () => {
  let flights = 0
  const airports = new Set<string | null>()
  for await (const { key, value } of sampleData()) {
    flights++
    airports.add(key)
    if (flights === 1) expect(JSON.parse(value.toString())).toMatchObject({ origin: key })
  }
  expect(flights).toBe(20_000)
  expect(airports.size).toBeGreaterThan(100)
})
