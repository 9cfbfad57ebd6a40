import type { Context } from '../../../actor/types.js'
import type { RequestOf } from '../../../protocol/api.js'
import type { Coordinator } from './coordinator.js'
import type { MemberOptions } from './group-options.js'
import type { MemberIdentity } from './member.js'

/**
 * A LeaveGroup on its way: sent as soon as the coordinator can be reached. Nobody looks for a coordinator to leave it:
 * the session ends by itself.
 */
export class LeaveGroup {
  readonly #options: MemberOptions
  readonly #coordinator: Coordinator
  #request: RequestOf<'LeaveGroup'> | null = null
  #answered: (context: Context) => void = () => {}

  constructor(options: MemberOptions, coordinator: Coordinator) {
    this.#options = options
    this.#coordinator = coordinator
  }

  /** Leaves, by the member's id. `answered` is called when the coordinator has heard of it, or will not. */
  begin({ memberId }: MemberIdentity, reason: string, answered: (context: Context) => void = () => {}): void {
    const member = { memberId, groupInstanceId: this.#options['group.instance.id'], reason }
    this.#request = { api: 'LeaveGroup', groupId: this.#options['group.id'], members: [member] }
    this.#answered = answered
  }

  tick(context: Context): void {
    const request = this.#request
    if (request === null) return
    const answered = this.#answered
    const isSent =
      this.#coordinator.isKnown &&
      this.#coordinator.send<'LeaveGroup'>(request, context, (_, later) => {
        answered(later)
        later.noteWork()
      })
    if (isSent) this.#request = null
    else if (!this.#coordinator.isKnown) {
      this.#request = null
      answered(context)
      context.noteWork()
    }
  }
}
