import type { GroupStep, OffsetRange } from './group-step.js'

/** Says a step in words; whoever does it is told beside them. */
export function wordsOfStep(step: GroupStep): string {
  switch (step.step) {
    case 'starts':
      return `begins, and is about to join group ${step.group}`
    case 'generation':
      return `is the first to hear of generation ${step.generation}`
    case 'assigned':
      return `gets ${partitionsInWords(step.partitions)} in generation ${step.generation}`
    case 'revoked':
      return `gives up ${partitionsInWords(step.partitions)}`
    case 'lost':
      return `hears that it has lost ${partitionsInWords(step.partitions)}: the group has gone on without it`
    case 'handed-out':
      return `is handed ${rangeInWords(step)} in generation ${step.generation}${step.isAgain ? ', which a member was handed before' : ''}`
    case 'handled':
      return `has handled ${rangeInWords(step)}${step.isAgain ? ' once more' : ''}`
    case 'skipped':
      return `passes over ${rangeInWords(step)}: the effect is there`
    case 'committed':
      return step.error === 'NONE'
        ? `commits offset ${step.offset} of partition ${step.partition}`
        : `is refused to commit offset ${step.offset} of partition ${step.partition} in generation ${step.generation}: ${step.error}`
    case 'stalls':
      return 'is at work for long'
    case 'goes-on':
      return 'goes on'
    case 'expelled':
      return `is out of group ${step.group}, and does not know it`
    case 'leaves':
      return 'leaves the group'
    case 'dies':
      return 'dies'
  }
}

/** `partitions 0, 1`, or `no partition`. */
function partitionsInWords(partitions: readonly number[]): string {
  if (partitions.length === 0) return 'no partition'
  const sorted = [...partitions].sort((a, b) => a - b)
  return `${sorted.length === 1 ? 'partition' : 'partitions'} ${sorted.join(', ')}`
}

/** `offset 3 of partition 0`, or `offsets 3 to 7 of partition 0`. */
export function rangeInWords({ partition, from, to }: OffsetRange): string {
  const offsets = to - from === 1 ? `offset ${from}` : `offsets ${from} to ${to - 1}`
  return `${offsets} of partition ${partition}`
}
