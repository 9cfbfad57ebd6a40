import type { ErrorCode } from '../../base/error-code.js'
import { initProducerId, initProducerIdWire } from '../../protocol/apis/init-producer-id.js'
import type { RequestOnWire } from '../../protocol/codec.js'
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
  serve(message, exchange) {
    const refusal = refusalOf(message)
    if (refusal !== null) return exchange.answer({ ...NO_ID, ...NO_TRANSACTION, errorCode: refusal })
    exchange.ask({ api: 'InitProducerId' }, ({ error, producerId, producerEpoch }) =>
      exchange.answer({ throttleTimeMs: 0, errorCode: error, producerId, producerEpoch, ...NO_TRANSACTION }),
    )
  },
})

/** (`KafkaApis.handleInitProducerIdRequest`) */
function refusalOf({ transactionalId, producerId, producerEpoch }: RequestOnWire<typeof initProducerIdWire>) {
  // Whoever has an id has an epoch as well.
  const isHalf = (producerId === -1) !== (producerEpoch === -1)
  if (isHalf || transactionalId === '') return 'INVALID_REQUEST' satisfies ErrorCode
  return transactionalId === null ? null : ('TRANSACTIONAL_ID_AUTHORIZATION_FAILED' satisfies ErrorCode)
}
