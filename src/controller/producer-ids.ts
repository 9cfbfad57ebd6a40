import type { ClusterImage } from './cluster-image.js'
import type { MetadataDecision } from './metadata-records.js'

/** Ids that one record sets aside. (`ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE`) */
const BLOCK_SIZE = 1000

/**
 * Gives each idempotent producer an id that no other one has, or had. A record sets a block of ids aside before the
 * first is given; the rest of a dead controller's block is never given. (`ProducerIdControlManager`, KIP-730. In Kafka
 * each broker has a block.)
 */
export class ProducerIdControl {
  readonly #image: ClusterImage
  #next = 0
  #end = 0

  constructor(image: ClusterImage) {
    this.#image = image
  }

  initProducerId(): MetadataDecision<number> {
    const records = []
    if (this.#next === this.#end) {
      this.#next = this.#image.nextProducerId
      this.#end = this.#next + BLOCK_SIZE
      records.push({ type: 'producerIds' as const, nextProducerId: this.#end })
    }
    const reply = this.#next
    this.#next += 1
    return { records, reply }
  }
}
