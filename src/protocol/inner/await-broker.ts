import { word } from '../definition.js'
import { number } from '../request-shape.js'

/** Tell me when the broker is there. It is answered then, and not before. */
export interface AwaitBrokerRequest {
  readonly api: 'AwaitBroker'
  readonly brokerId: number
}
/**
 * From the broker itself: it has heard from its controller that this incarnation is a part of the cluster, and knows of
 * the others and of the topics. From its gateway: clients come in to it, or its port cannot be opened, which was said.
 */
export interface AwaitBrokerResponse {
  readonly api: 'AwaitBroker'
}

export const awaitBroker = word<AwaitBrokerRequest, AwaitBrokerResponse>({
  name: 'AwaitBroker',
  shape: { brokerId: number },
})
