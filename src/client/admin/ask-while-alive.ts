import type { KafkaApiName, RequestOf, ResponseOf } from '../../protocol/api.js'
import { type AdminFront, patient } from './admin-front.js'

/**
 * Asks this broker and no other, again and again as long as the cluster has it: its connection may be lost because it
 * has restarted. Resolves with null when it is gone.
 */
export async function askWhileAlive<Request extends RequestOf<KafkaApiName>>(
  front: AdminFront,
  request: Request,
  brokerId: number,
): Promise<ResponseOf<Request['api']> | null> {
  const patience = patient()
  for (;;) {
    const answer = await front.askBroker(request, brokerId, patience)
    if (answer !== null) return answer
    const { brokers } = await front.ask({ api: 'DescribeCluster', includeFenced: false }, patience)
    if (!brokers.some((alive) => alive.brokerId === brokerId)) return null
  }
}
