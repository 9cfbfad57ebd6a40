import type { ErrorCode } from '../../base/error-code.js'
import { api } from '../definition.js'

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

export const initProducerId = api<InitProducerIdRequest, InitProducerIdResponse>({
  name: 'InitProducerId',
  key: 22,
  servedBy: 'controller',
  isForwarded: true,
  shape: {},
  refusal: (_, error) => ({ api: 'InitProducerId', error, producerId: -1, producerEpoch: -1 }),
})
