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
