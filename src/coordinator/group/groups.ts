import { Alarm } from './alarm.js'
import { ClassicGroup } from './classic-group.js'

/** The groups of one partition of `__consumer_offsets`, by their ids. */
export class Groups {
  /** Rings when a timer of a group may be due. */
  readonly alarm = new Alarm(null)
  readonly #groups = new Map<string, ClassicGroup>()
  /** The group that the step at hand creates: there is none of that name until the log says so. */
  #draft: ClassicGroup | null = null

  get(groupId: string): ClassicGroup | undefined {
    return this.#groups.get(groupId)
  }

  all(): IterableIterator<ClassicGroup> {
    return this.#groups.values()
  }

  draft(groupId: string, nowMs: number): ClassicGroup {
    this.#draft = new ClassicGroup(groupId, this.alarm, nowMs)
    return this.#draft
  }

  dropDraft(): void {
    this.#draft = null
  }

  /** The log speaks of this group. One that it has only seen commits of is a simple group. */
  open(groupId: string): ClassicGroup {
    const group = this.#groups.get(groupId) ?? this.#drafted(groupId) ?? new ClassicGroup(groupId, this.alarm, -1)
    this.#groups.set(groupId, group)
    return group
  }

  delete(groupId: string): void {
    this.#groups.delete(groupId)
  }

  #drafted(groupId: string): ClassicGroup | null {
    return this.#draft?.groupId === groupId ? this.#draft : null
  }
}
