import type { Memory } from '../base/memory.js'
import type { Connection } from './types.js'

/** A connection as the first copy of a duplicated request sees it: what is said on it is lost. */
export class Echo implements Connection {
  readonly #heard: Connection
  #isOver = false

  constructor(heard: Connection) {
    this.#heard = heard
  }

  /** What the request was lent may be used again from now on. */
  end(): void {
    this.#isOver = true
  }

  get id(): number {
    return this.#heard.id
  }

  get peer(): Connection['peer'] {
    return this.#heard.peer
  }

  get isInitiator(): boolean {
    return this.#heard.isInitiator
  }

  get isClosed(): boolean {
    return this.#isOver || this.#heard.isClosed
  }

  get label(): number {
    return this.#heard.label
  }

  get leaseSlots(): number {
    return this.#heard.leaseSlots
  }

  get hasNext(): boolean {
    return this.#heard.hasNext
  }

  get cursor(): number {
    return this.#heard.cursor
  }

  isRead(cursor: number): boolean {
    return this.#heard.isRead(cursor)
  }

  memory(memoryId: number): Memory {
    return this.#heard.memory(memoryId)
  }

  memoryIfLent(memoryId: number): Memory | null {
    return this.#heard.memoryIfLent(memoryId)
  }

  attachment(id: number): unknown {
    return this.#heard.attachment(id)
  }

  givenBack(slot: number): number {
    return this.#heard.givenBack(slot)
  }

  send(): 'closed' {
    return 'closed'
  }

  reply(): void {}
  finish(): void {}
  lend(): void {}
  recall(): void {}
  attach(): void {}
  giveBack(): void {}
  close(): void {}
}
