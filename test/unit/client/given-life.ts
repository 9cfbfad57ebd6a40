import type { Address } from '../../../src/actor/address.js'
import { type ClientActor, Lifetime } from '../../../src/client/lifetime.js'
import { systemTimers } from '../../../src/cluster/system-timers.js'
import type { Stage } from '../../support/stage.js'

/** The life of a client's actor, seated on a stage. */
export function givenLife(actor: ClientActor, stage: Stage, address: Address = 'client-0'): Lifetime {
  return new Lifetime({
    actor,
    name: 'The client',
    clock: { now: () => stage.now },
    after: systemTimers.after,
    wake: () => {},
    start(life) {
      stage.seat(address, life)
      return async () => {}
    },
  })
}
