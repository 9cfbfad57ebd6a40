import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { LabResult } from '../../src/lab/experiments/lab-result.js'
import { givenFile, odradek } from '../support/command-line.js'

test('the experiments are listed, and each is explained', async () => {
  const { code, stdout } = await odradek(['lab', 'list'])
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^acks .*\nfailover .*\nin-flight-reorders .*\n/)])
  expect((await odradek(['lab', 'explain', 'acks'])).stdout).toContain('NOT_ENOUGH_REPLICAS')
})

test('an experiment is run with its own cells, as JSON alone on standard output and as a page', async () => {
  const page = givenFile('acks.html', '')
  const { code, stdout, stderr } = await odradek(['lab', 'run', 'acks', '--json', '-', '--report', page])
  const result = JSON.parse(stdout) as LabResult
  expect(code).toBe(0)
  expect(result).toMatchObject({ experiment: 'acks', host: 'simulation', verdict: 'holds', lost: 40 })
  expect(result.runs.map(({ config, lost }) => [config.acks, config['min.insync.replicas'], lost])).toEqual([
    ['0', 2, 20],
    ['1', 2, 20],
    ['all', 2, 0],
    ['all', 3, 0],
  ])
  expect(result.anomalies[0]?.replay).toBe('odradek lab run acks --acks 0 --min.insync.replicas 2 --seed 1')
  expect(stderr).toContain('✓ The claim holds')
  expect(readFileSync(page, 'utf8')).toMatch(/^<!doctype html>/)
})

test('an experiment with a group tells the steps of its members in JSON, and draws them on its page', async () => {
  const page = givenFile('group.html', '')
  const args = `lab run auto-commit-loses-or-repeats --enable.auto.commit true --json - --report ${page}`.split(' ')
  const { code, stdout } = await odradek(args)
  const { runs, anomalies, lost } = JSON.parse(stdout) as LabResult
  expect([code, lost > 0]).toEqual([0, true])
  const steps = runs[0]?.timeline?.flatMap(({ group }) => group ?? []) ?? []
  expect(steps).toContainEqual({ step: 'assigned', group: 'in-order', member: 'b', generation: 3, partitions: [0, 1] })
  expect(steps.filter(({ step }) => step === 'dies').map(({ group, member }) => [group, member])).toEqual([
    ['in-order', 'a'],
    ['passed-on', 'a'],
  ])
  expect(anomalies).toMatchObject([{ kind: 'lost', replay: expect.stringContaining('--enable.auto.commit true') }])
  expect(readFileSync(page, 'utf8')).toContain('Group passed-on')
})

test('an option that is given replaces the values of the cells; a broken claim gives 1, and JSON', async () => {
  const shape = '--brokers 2 --replication.factor 2 --seed 3'
  const { code, stdout } = await odradek(`lab run failover ${shape} --json -`.split(' '))
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({ verdict: 'broken', runs: [{ config: { brokers: 2 }, seeds: 1 }] })
  expect(JSON.parse(stdout).anomalies[0].replay).toBe(`odradek lab run failover ${shape}`)
})

test('an anomaly comes with the command that shows the same shrunk history again', async () => {
  const { stdout } = await odradek('lab run in-flight-reorders --seed 42 --json -'.split(' '))
  const [anomaly] = (JSON.parse(stdout) as LabResult).anomalies
  expect(anomaly).toMatchObject({ seed: 42, kind: 'outOfOrder', replay: expect.stringContaining('--records 2 ') })
  const [, ...command] = (anomaly?.replay ?? '').split(' ')
  const again = JSON.parse((await odradek([...command, '--json', '-'])).stdout) as LabResult
  expect(again).toMatchObject({ verdict: 'holds', outOfOrder: 1 })
  expect(again.anomalies).toEqual([anomaly])
})

test('a sweep over all cores tells inversions for each cell, and which cells are refused', async () => {
  const sweep = '--max.in.flight.requests.per.connection 1,20 --enable.idempotence true,false --seeds 21'
  const page = givenFile('order.html', '')
  const args = `lab run in-flight-reorders ${sweep} --records 6 --json - --report ${page}`.split(' ')
  const { code, stdout } = await odradek(args)
  expect(code).toBe(0)
  const { runs, anomalies } = JSON.parse(stdout) as LabResult
  const cells = runs.map(({ seeds, outOfOrder, refused }) => [seeds, outOfOrder > 0, refused !== undefined])
  expect(cells).toEqual([
    [21, false, false],
    [21, false, false],
    [0, false, true],
    [21, true, false],
  ])
  expect(runs.map(({ recordsPerSecond }) => recordsPerSecond !== null)).toEqual([true, true, false, true])
  expect(new Set(anomalies.map(({ seed }) => seed)).size).toBe(21)
  expect(readFileSync(page, 'utf8')).toMatch(/^<!doctype html>/)
})

test('on a terminal a sweep says on standard error how far it is; elsewhere nobody is told, and standard output is the same', async () => {
  const args = 'lab run acks --seeds 3'.split(' ')
  const terminal = ['--import', 'data:text/javascript,process.stderr.isTTY=true']
  const [seen, unseen] = [await odradek(args, { nodeOptions: terminal }), await odradek(args)]
  expect(seen.stderr).toMatch(/\d+\/12 runs .* acks 0, min\.insync\.replicas 2/)
  expect(unseen.stderr).toBe('')
  expect(seen.stdout).toBe(unseen.stdout)
})

test.each([
  ['run ackz', '; the nearest one is acks'],
  ['run', 'Cannot run without the name of an experiment: there are acks, failover, in-flight-reorders, '],
  ['fly acks', 'Cannot do fly: it is list, explain or run\n'],
  ['rnu acks', 'Cannot do rnu: it is list, explain or run; the nearest one is run'],
  ['list --threads', 'Cannot set threads together with list: it is an option of run'],
  ['explain acks --acks 1', 'Cannot set acks together with explain: it is an option of run'],
  ['run acks --seed 1 --seeds 2', 'Cannot set seed together with seeds: give one of the two'],
  ['run acks --threads --simulated', 'Cannot set threads together with simulated: give one of the two'],
  ['run acks --btach.size 1', 'There is no option btach.size: the nearest one is batch.size'],
  ['run acks --acks 3', 'Cannot set acks to "3": it must be 0, 1 or all'],
  ['run acks --seeds 0', 'Cannot set seeds to 0'],
  ['run acks --errors 2', 'Cannot set errors with acks: none of its requests is made to go wrong'],
  ['run acks --replication.factor 1', 'Cannot set replication.factor to 1: it must be at least 2'],
  ['run acks --json not/there.json', 'there is no folder not'],
])('a bad command line is one sentence on standard error, exit code 1 and no JSON: %s', async (args, sentence) => {
  const { code, stdout, stderr } = await odradek([
    'lab',
    ...args.split(' '),
    ...(args.includes('json') ? [] : ['--json', '-']),
  ])
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toContain(sentence)
  expect(stderr.trim().split('\n')).toHaveLength(1)
})
