import { counted } from '../../base/words.js'
import { Effects, GUARDS, type Guard } from './effects.js'
import type { Experiment, LabConfig, RunOutcome } from './experiment.js'
import { runGroups } from './group-run.js'
import type { LabHost } from './lab-host.js'
import { GROUP_SHAPE } from './rebalance-redelivers.js'
import { checkTakeOver, type Handles, takeOver } from './taken-over.js'

/** Shows what makes a record that is read twice harmless. */
export const idempotentHandler: Experiment = {
  name: 'idempotent-handler',
  claim:
    'When records are read twice, a naive handler has their effects twice. A handler that keeps the sequence number, or the timestamp, of ' +
    'the last record in the same transaction as the effect has each effect once. Kept in the memory of a member, the number helps nobody.',
  explanation: [
    'As in rebalance-redelivers, member a is cut off in the middle of its records, and member b is handed them again. Four handlers see the ' +
      'same records in the same order, and each adds them up in a database of its own, with an account for each partition.',
    'The naive one adds whatever it is handed. The second one remembers the number of the last record of each account and passes over what ' +
      'is not above it; but it remembers it in its own memory, and b knows nothing of what a remembers. The third one keeps that number in the ' +
      'database, and changes number and account in one transaction: either both are there or none is. So b passes over what a has ' +
      'added. And a, which goes on late with records that b has added meanwhile, passes over them too. The fourth one does the same with the ' +
      'time that each record carries.',
    'A timestamp does it only where the times of an account never go back and no two of its records share one; two records of one ' +
      'millisecond would count as one. A sequence number that the producer gives has neither weakness, and the offset of a partition is one ' +
      'that Kafka gives. Both rely on the order of records: the same key, and a producer that keeps it (see key-keeps-order-per-key).',
    'Nothing of this makes Kafka hand a record out once. It makes the second time harmless: exactly once in effect.',
  ].join('\n\n'),
  records: 20,
  shrinks: ['records'],
  cells: [{ ...GROUP_SHAPE }],
  run,
}

function run(host: LabHost, config: LabConfig, seed: number): Promise<RunOutcome> {
  checkTakeOver(config)
  return runGroups(host, config, seed, async (trial) => {
    const effects = new Effects()
    const handles: Handles = (member, records) => {
      for (const record of records)
        if (effects.apply(member, record)) member.handle(record)
        else member.skip(record)
    }
    const { group, records: cut } = await takeOver(trial, config, seed, handles)
    const redelivered = group.redelivered.length
    const facts = Object.fromEntries(GUARDS.map((guard) => [`effects, ${guard}`, effects.total(guard)]))
    return {
      groups: [group],
      broken: brokenBy(effects, { records: config.records, redelivered, cut: cut.length }),
      says:
        `${counted(config.records, 'record')} were sent, and ${redelivered} of them were read twice. The naive handler has ` +
        `${effects.total('naive')} effects, ${counted(effects.repeated('naive'), 'record')} twice; with a sequence number in the memory of ` +
        `each member there are ${effects.total('in memory')}. With a sequence number beside the effect there are ` +
        `${effects.total('sequence')}, with a timestamp there ${effects.total('timestamp')}: each once.`,
      facts: { records: config.records, 'read twice': redelivered, ...facts },
    }
  })
}

interface Expected {
  readonly records: number
  readonly redelivered: number
  /** Records that two members were handed: the memory of neither helps there. */
  readonly cut: number
}

function brokenBy(effects: Effects, { records, redelivered, cut }: Expected): string | null {
  if (redelivered === 0) return 'no record was read twice, so that nothing is shown'
  for (const guard of GUARDS) {
    const missing = records - effects.once(guard)
    if (missing > 0) return `${named(guard)} has no effect of ${counted(missing, 'record')}`
  }
  const twice = (guard: Guard): string => `${named(guard)} has ${counted(effects.repeated(guard), 'effect')} twice`
  for (const guard of ['sequence', 'timestamp'] as const) if (effects.repeated(guard) > 0) return twice(guard)
  if (effects.repeated('naive') < redelivered) return twice('naive')
  return effects.repeated('in memory') < cut ? twice('in memory') : null
}

const named = (guard: Guard): string => (guard === 'naive' ? 'the naive handler' : `the handler with its ${guard}`)
