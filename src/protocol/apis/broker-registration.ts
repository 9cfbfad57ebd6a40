import type { ErrorCode } from '../../base/error-code.js'
import { api } from '../definition.js'

/** Broker to controller, first thing after connecting (KIP-631). */
export interface BrokerRegistrationRequest {
  readonly api: 'BrokerRegistration'
  readonly brokerId: number
  /** The epoch that the broker's memory carries; -1: it holds nothing, so what it held is lost (KIP-966). */
  readonly previousBrokerEpoch: number
}
export interface BrokerRegistrationResponse {
  readonly api: 'BrokerRegistration'
  readonly error: ErrorCode
  readonly brokerEpoch: number
}

export const brokerRegistration = api<BrokerRegistrationRequest, BrokerRegistrationResponse>({
  name: 'BrokerRegistration',
  key: 62,
  servedBy: 'controller',
  shape: 'internal',
  refusal: (_, error) => ({ api: 'BrokerRegistration', error, brokerEpoch: -1 }),
  endures: { loss: false },
})
