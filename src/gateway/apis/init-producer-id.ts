import { initProducerId, initProducerIdWire } from '../../protocol/apis/init-producer-id.js'
import { translated } from '../passage.js'

/**
 * InitProducerId: an id for an idempotent producer. There are no transactions, so whoever asks for them is told what
 * ends its attempts. Kafka does not advertise version 6 either.
 */
const NO_ID = { throttleTimeMs: 0, producerId: -1, producerEpoch: -1 }
const NO_TRANSACTION = { ongoingTxnProducerId: -1, ongoingTxnProducerEpoch: -1 }

export const initProducerIdPassage = translated({
  name: initProducerId.name,
  key: initProducerId.key,
  wire: initProducerIdWire,
  advertised: { newest: 5 },
  serve({ transactionalId }, exchange) {
    if (transactionalId !== null)
      return exchange.answer({ ...NO_ID, ...NO_TRANSACTION, errorCode: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED' })
    exchange.ask({ api: 'InitProducerId' }, ({ error, producerId, producerEpoch }) =>
      exchange.answer({ throttleTimeMs: 0, errorCode: error, producerId, producerEpoch, ...NO_TRANSACTION }),
    )
  },
})
