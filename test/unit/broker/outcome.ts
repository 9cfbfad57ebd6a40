import type { PartitionProduceResult } from '../../../src/protocol/apis/produce.js'
import type { Asked } from '../../support/scripted-actor.js'

export const ALL = { acks: -1 as const, timeoutMs: 10_000 }

/** Of the first batch of a Produce request; undefined: not answered yet. */
export function outcome(asked: Asked): PartitionProduceResult['error'] | undefined {
  return asked.answer?.api === 'Produce' ? asked.answer.partitions[0]?.error : undefined
}
