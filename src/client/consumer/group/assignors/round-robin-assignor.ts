import { type Assignor, staticFirst } from './assignor.js'
import { GroupTable } from './group-table.js'

/**
 * Deals the partitions out in a circle over the members; who does not want a topic is passed over. (Kafka:
 * `RoundRobinAssignor`.)
 */
export const roundRobinAssignor: Assignor = {
  name: 'roundrobin',
  supportedProtocols: ['EAGER'],
  userData: () => null,

  assign(group) {
    const table = new GroupTable(group, staticFirst)
    const shares = table.members.map((): number[] => [])
    let next = 0
    for (const { first, partitionCount, subscribers } of table.topics) {
      const wants = new Set(subscribers)
      for (let partition = first; partition < first + partitionCount; partition++) {
        while (!wants.has(next)) next = (next + 1) % shares.length
        shares[next]!.push(partition)
        next = (next + 1) % shares.length
      }
    }
    return table.assignmentOf(shares)
  },
}
