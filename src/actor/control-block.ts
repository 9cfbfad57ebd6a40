import { Memory } from '../base/memory.js'

/**
 * What other threads may know of a thread, one word a cache line.
 *
 *     word 0    bell        grows by one with each ring; the owner sleeps on it
 *     word 16   parked      1 while the owner sleeps or is about to; whoever sets it to 0 rings the bell
 *     word 32   mail        messages ever posted on the thread's wire
 *     float 24  heartbeat   grows with each turn, over all incarnations
 *     word 56   nap         always 0: what a nap waits on
 *     float 32  busy        milliseconds spent in receive and tick, without spinning and parking
 *     word 96   pause       1: the thread is asked to stand still, 2: it does, 0: it runs
 *     word 112  ended       1 from the thread's exit until its next incarnation is started
 *     word 128  ready       512 bits: a connection whose number has these last 9 bits was written to
 *
 * Going to sleep: 1. read the bell, 2. set parked, 3. look once more for work, 4. sleep unless the bell has moved.
 * Waking: 1. publish the work, 2. if parked, ring. Either the sleeper sees the work in step 3 or the waker sees parked.
 *
 * Telling of a frame: 1. publish it, 2. set the connection's bit, 3. ring. The owner clears the bit before it looks at
 * the ring, so that a frame behind which it has not looked sets it again.
 *
 * Written by: the owner's thread (parked, heartbeat, busy, ready, pause 1 to 2), its peers (bell, parked, ready), the
 * launcher (mail, ended), the application (pause). Read by anybody.
 */
const BELL = 0
const PARKED = 16
const MAIL = 32
const HEARTBEAT = 24
const NAP = 56
const BUSY = 32
const PAUSE = 96
const ENDED = 112
const READY = 128
/** One cache line: a turn looks at all of them. */
export const READY_WORDS = 16
const BYTES = (READY + READY_WORDS) * 4

const PAUSE_ASKED = 1
const PAUSED = 2

/** Wakes the actor that reads what was just published. */
export interface Doorbell {
  ring(): void
}

/** The doorbell of a peer to which one has a connection. */
export interface PeerBell extends Doorbell {
  /** A frame was published on this connection: the peer's next turn looks at it. Wakes nobody. */
  noteFrame(connection: number): void
}

/** The bit of a connection, and in which of the words it lies. */
export const readyWordOf = (connection: number): number => (connection >> 5) & (READY_WORDS - 1)
export const readyBitOf = (connection: number): number => 1 << (connection & 31)

export class ControlBlock implements PeerBell {
  readonly memory: Memory
  readonly words: Int32Array
  readonly #times: Float64Array

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(BYTES)) {
    this.memory = new Memory(shared)
    this.words = this.memory.words
    this.#times = new Float64Array(shared)
  }

  ring(): void {
    if (Atomics.load(this.words, PARKED) === 0) return
    if (Atomics.exchange(this.words, PARKED, 0) === 0) return
    Atomics.add(this.words, BELL, 1)
    Atomics.notify(this.words, BELL)
  }

  noteFrame(connection: number): void {
    const word = READY + readyWordOf(connection)
    const bit = readyBitOf(connection)
    if ((Atomics.load(this.words, word) & bit) === 0) Atomics.or(this.words, word, bit)
  }

  /** The bits of one of the words that were set since it was taken last. */
  takeReady(word: number): number {
    return Atomics.load(this.words, READY + word) === 0 ? 0 : Atomics.exchange(this.words, READY + word, 0)
  }

  /** Counts a message that was posted on the wire, and rings. */
  announceMail(): void {
    Atomics.add(this.words, MAIL, 1)
    this.ring()
  }

  get mail(): number {
    return Atomics.load(this.words, MAIL)
  }

  get heartbeat(): number {
    return this.#times[HEARTBEAT] as number
  }

  /** A plain write: with each turn, an atomic one would cost more than the turn's look at a ring. */
  beat(): void {
    this.#times[HEARTBEAT] = (this.#times[HEARTBEAT] as number) + 1
  }

  get bell(): number {
    return Atomics.load(this.words, BELL)
  }

  /** Whether the owner sleeps, or is about to. */
  get isParked(): boolean {
    return Atomics.load(this.words, PARKED) === 1
  }

  /** Step 1 and 2 of going to sleep. Returns the bell to sleep on. */
  prepareToPark(): number {
    const bell = Atomics.load(this.words, BELL)
    Atomics.store(this.words, PARKED, 1)
    return bell
  }

  unpark(): void {
    Atomics.store(this.words, PARKED, 0)
  }

  /** Blocks the thread until somebody rings or the time has passed. */
  park(bell: number, timeoutMs: number): void {
    Atomics.wait(this.words, BELL, bell, timeoutMs)
  }

  /** Blocks the thread for that long; nobody can wake it, and nobody tries. */
  nap(milliseconds: number): void {
    if (milliseconds > 0) Atomics.wait(this.words, NAP, 0, milliseconds)
  }

  /** Like `park`, without blocking: calls back, later, when somebody rings. False: the bell has rung already. */
  parkAsync(bell: number, wake: () => void): boolean {
    const waiting = Atomics.waitAsync(this.words, BELL, bell)
    if (waiting.async) waiting.value.then(wake)
    return waiting.async
  }

  addBusy(milliseconds: number): void {
    this.#times[BUSY] = (this.#times[BUSY] as number) + milliseconds
  }

  get busyMs(): number {
    return this.#times[BUSY] as number
  }

  /** Asks the owner to stand still at its next look. */
  pause(): void {
    Atomics.compareExchange(this.words, PAUSE, 0, PAUSE_ASKED)
    this.ring()
  }

  resume(): void {
    Atomics.store(this.words, PAUSE, 0)
    Atomics.notify(this.words, PAUSE)
  }

  /** Whether the owner stands still, or was asked to. */
  get isPaused(): boolean {
    return Atomics.load(this.words, PAUSE) !== 0
  }

  /** The owner's look: blocks its thread for as long as it is to stand still. */
  waitWhilePaused(): void {
    while (this.isPaused) {
      if (Atomics.compareExchange(this.words, PAUSE, PAUSE_ASKED, PAUSED) === PAUSE_ASKED) {
        Atomics.notify(this.words, PAUSE)
      }
      Atomics.wait(this.words, PAUSE, PAUSED)
    }
  }

  /** Resolves when the owner stands still, or was told to go on; `null` when that is so already. */
  standingStill(): Promise<unknown> | null {
    const waiting = Atomics.waitAsync(this.words, PAUSE, PAUSE_ASKED)
    return waiting.async ? waiting.value : null
  }

  /** The owner's thread has exited. */
  end(): void {
    Atomics.store(this.words, ENDED, 1)
    // Whoever waits for it to stand still waits no longer.
    this.resume()
  }

  get hasEnded(): boolean {
    return Atomics.load(this.words, ENDED) === 1
  }

  /** Makes it ready for the next incarnation of the owner. What is counted goes on growing. */
  renew(): void {
    this.unpark()
    Atomics.store(this.words, PAUSE, 0)
    Atomics.store(this.words, ENDED, 0)
  }
}
