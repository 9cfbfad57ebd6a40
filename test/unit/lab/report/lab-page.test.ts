import { expect, test } from 'vitest'
import { failover } from '../../../../src/lab/experiments/failover.js'
import { inFlightReorders } from '../../../../src/lab/experiments/in-flight.js'
import { labPage } from '../../../../src/lab/report/lab-page.js'
import { labTable } from '../../../../src/lab/report/lab-table.js'
import { cellOf, orderCellOf, runOn } from '../experiments/given-experiment.js'

const report = await runOn('simulation', failover, [cellOf({ acks: -1, 'min.insync.replicas': 2 })])

test('the page needs nothing else, and has a lane for each actor', () => {
  const page = labPage(report, { command: 'odradek lab run failover <b>' })
  expect(page).not.toMatch(/(src|href)="(?!data:)/)
  expect(page).toContain('odradek lab run failover &lt;b&gt;')
  for (const lane of ['producer', 'broker-1', 'broker-2', 'broker-3', 'controller', 'consumer'])
    expect(page).toContain(`>${lane}</text>`)
})

test('the page shows the kill, both leaders and the high watermark, and tells the timeline in words', () => {
  const page = labPage(report, { command: '' })
  expect(page).toContain('class="number dies"')
  expect(page.match(/<rect class="leads"/g)?.length).toBeGreaterThanOrEqual(2)
  expect(page).toContain('<line class="watermark"')
  expect(page).toContain('dies, and all that it had with it')
})

test('a broker has one band for as long as nothing changes for it', () => {
  const page = labPage(report, { command: '' })
  expect(page.match(/<rect class="follows"[^>]*>/g)).toHaveLength(2)
})

test('the table says the claim, the verdict and what happened', () => {
  const table = labTable(report, { hasColors: false })
  expect(table).toContain(`✓ The claim holds: ${failover.claim}`)
  expect(table).toContain('Nothing that was acknowledged is lost.')
})

test('an experiment on batches has its batches drawn, its anomalies listed, and nothing of it comes from elsewhere', async () => {
  const cell = orderCellOf({ 'enable.idempotence': false, 'max.in.flight.requests.per.connection': 5 })
  const page = labPage(await runOn('simulation', inFlightReorders, [cell]), { command: '' })
  expect(page).not.toMatch(/(src|href)="(?!data:)/)
  expect(page).toContain('<line class="way moved"')
  expect(page).toContain('<code>--seed 1</code>')
  expect(page).toContain('<th scope="col">records/s</th>')
  expect(page).toContain('<input type="range"')
})

test('the first of many seeds that break the claim are told, and how many more there are', async () => {
  const broken: typeof failover = {
    ...failover,
    run: async (host, config, seed) => ({ ...(await failover.run(host, config, seed)), broken: `made up ${seed}` }),
  }
  const cell = cellOf({ acks: -1, 'min.insync.replicas': 2 })
  const many = await runOn('simulation', broken, [cell], [1, 2, 3, 4, 5, 6, 7])
  for (const text of [labPage(many, { command: '' }).split('</ul>')[0], labTable(many, { hasColors: false })]) {
    expect(text).toContain('seed 5: made up 5')
    expect(text).not.toContain('seed 6: made up 6')
    expect(text).toContain('and 2 more seeds')
  }
})

test('with several seeds the heads say which figures are of the first one, and which of all', async () => {
  const cell = orderCellOf({ 'enable.idempotence': false, 'max.in.flight.requests.per.connection': 5 })
  const [one, two] = [
    await runOn('simulation', inFlightReorders, [cell]),
    await runOn('simulation', inFlightReorders, [cell], [1, 2]),
  ]
  expect(labTable(one, { hasColors: false })).toMatch(/│ +requests hit │ .* │ lost │/)
  expect(labTable(two, { hasColors: false })).toMatch(
    /requests hit │ .* │ +lost │.*\n.*\(first seed\) │ .* │ \(all seeds\) │/,
  )
  expect(labPage(two, { command: '' })).toContain('<th scope="col">requests hit (first seed)</th>')
  expect(labPage(two, { command: '' })).toContain('<th scope="col">records/s (all seeds)</th>')
})
