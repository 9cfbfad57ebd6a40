import { FaultDesk, type FaultHost } from './faults.js'
import type { PendingHold } from './pending-hold.js'
import type { Threads } from './threads.js'

export interface ThreadDeskParts
  extends Pick<FaultHost, 'brokers' | 'supervisor' | 'clientLinks' | 'gatewayOf' | 'seat'> {
  readonly threads: Threads
  readonly hold: PendingHold
}

/** What goes wrong in a cluster of threads. */
export function threadDesk({ threads, hold, ...host }: ThreadDeskParts): FaultDesk {
  return new FaultDesk({
    ...host,
    controlOf: (address) => threads.controls.get(address),
    terminate: (address, ending) => threads.terminate(address, ending),
    kill: (address, ending) => threads.kill(address, ending),
    respawn: (address) => threads.respawn(address),
    pause: async (address) => {
      const control = threads.controls.get(address)
      control?.pause()
      await hold.during(Promise.resolve(control?.standingStill()))
    },
    resume: (address) => threads.controls.get(address)?.resume(),
    cut: (from, to) => threads.cut(from, to),
    heal: (from, to) => threads.heal(from, to),
  })
}
