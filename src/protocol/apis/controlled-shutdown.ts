import type { ErrorCode } from '../../base/error-code.js'
import { api } from '../definition.js'
import { number } from '../request-shape.js'

/** Broker to controller, before it ends: move the leaders away. Asked again until nothing remains. */
export interface ControlledShutdownRequest {
  readonly api: 'ControlledShutdown'
  readonly brokerId: number
  readonly brokerEpoch: number
}
export interface ControlledShutdownResponse {
  readonly api: 'ControlledShutdown'
  readonly error: ErrorCode
  /** Partitions that it still leads, because no other replica may. */
  readonly remaining: number
}

export const controlledShutdown = api<ControlledShutdownRequest, ControlledShutdownResponse>({
  name: 'ControlledShutdown',
  key: 7,
  servedBy: 'controller',
  shape: { brokerId: number, brokerEpoch: number },
  refusal: (_, error) => ({ api: 'ControlledShutdown', error, remaining: -1 }),
  endures: { loss: false },
})
