import type { Address } from '../actor/address.js'
import { ControlBlock, type Doorbell } from '../actor/control-block.js'
import type { Actor } from '../actor/types.js'
import { THREAD_END_MS_MAX } from '../base/config/internal-limits.js'
import { seededRandom } from '../base/random.js'
import { PRODUCER_MEMORIES } from '../client/batches/producer-memory.js'
import { type ClientHost, Clients } from './clients.js'
import { AS_A_CRASH, FOR_GOOD } from './incarnations.js'
import type { LauncherLine, SeatedActor } from './launcher-line.js'
import type { PendingHold } from './pending-hold.js'
import type { SenderTapes } from './sender-tape.js'
import { inTime } from './system-timers.js'

export interface ThreadClientsParts extends Pick<ClientHost, 'brokers' | 'exitOf'> {
  readonly line: LauncherLine
  readonly hold: PendingHold
  readonly senderTapes?: SenderTapes | undefined
}

/** The clients of one thread: their halves in it, and the threads that the launcher starts for them. */
export function threadClients({ line, hold, brokers, senderTapes, exitOf }: ThreadClientsParts): Clients {
  // Whatever is asked of a client rings one of its two bells.
  const held = (bell: Doorbell): Doorbell => ({
    ring() {
      bell.ring()
      hold.noteBegun()
    },
  })
  return new Clients({
    clock: line.clock,
    random: seededRandom(line.seed),
    brokers,
    nextClient: () => line.board.nextClient(),
    seat(address) {
      const control = new ControlBlock()
      let seated: SeatedActor | null = null
      const run = (actor: Actor): (() => void) => {
        seated = line.seat(address, actor, control)
        return seated.leave
      }
      return { bell: held({ ring: () => seated?.wake() }), control, run }
    },
    startSender: (address, data) => held(line.spawnSender(address, data, senderTapes?.begin() ?? null)),
    startConsumer: (address, data) => void line.spawn('consumer', address, data),
    end: (address: Address, asCrash) =>
      inTime(line.terminate(address, asCrash ? AS_A_CRASH : FOR_GOOD), THREAD_END_MS_MAX),
    exitOf,
    letGo: (address) => line.letGo(address),
    memories: PRODUCER_MEMORIES,
  })
}
