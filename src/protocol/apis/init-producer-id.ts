import type { ErrorCode } from '../../base/error-code.js'
import { wire } from '../codec.js'
import { api } from '../definition.js'
import { bool, errorCode, int16, int32, int64, nearestInt64, string } from '../schema.js'

/**
 * An id for an idempotent producer, which counts its batches with it (KIP-98). Brokers pass it on to the controller.
 */
export interface InitProducerIdRequest {
  readonly api: 'InitProducerId'
}
export interface InitProducerIdResponse {
  readonly api: 'InitProducerId'
  readonly error: ErrorCode
  /** -1 with an error. */
  readonly producerId: number
  readonly producerEpoch: number
}

/** Version 3 asks for the next epoch (KIP-360). Version 6 is not advertised by Kafka yet (KIP-939). */
export const initProducerIdWire = wire({ oldest: 0, newest: 6, flexibleFrom: 2 }, () => ({
  request: {
    transactionalId: string({ nullableSince: 0 }),
    transactionTimeoutMs: int32(),
    producerId: nearestInt64({ since: 3, default: -1 }),
    producerEpoch: int16({ since: 3, default: -1 }),
    enable2Pc: bool({ since: 6 }),
    keepPreparedTxn: bool({ since: 6 }),
  },
  response: {
    throttleTimeMs: int32({ ignorable: true }),
    errorCode: errorCode(),
    producerId: int64({ default: -1 }),
    producerEpoch: int16(),
    ongoingTxnProducerId: int64({ since: 6, default: -1 }),
    ongoingTxnProducerEpoch: int16({ since: 6, default: -1 }),
  },
}))

export const initProducerId = api<InitProducerIdRequest, InitProducerIdResponse>({
  name: 'InitProducerId',
  key: 22,
  servedBy: 'controller',
  isForwarded: true,
  shape: {},
  refusal: (_, error) => ({ api: 'InitProducerId', error, producerId: -1, producerEpoch: -1 }),
  wire: initProducerIdWire,
})
