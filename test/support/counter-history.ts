import { type CounterRequest, PUT_OFF } from './counters.js'
import type { AskedCounter } from './hosted-counters.js'

/** One question: when it was asked, and when it was seen answered, counted in steps. */
interface Entry {
  readonly asked: AskedCounter
  readonly askedAt: number
  answeredAt: number | null
}

/** All that was asked of counters, and their answers. */
export class CounterHistory {
  readonly #entries: Entry[] = []

  /** A question that somebody puts at this step. */
  ask(request: CounterRequest, step: number): AskedCounter {
    const asked: AskedCounter = { request, from: null, answer: undefined }
    this.#entries.push({ asked, askedAt: step, answeredAt: null })
    return asked
  }

  /** Sees which questions are answered by this step. */
  note(step: number): void {
    for (const entry of this.#entries) if (entry.asked.answer !== undefined) entry.answeredAt ??= step
  }

  get answered(): number {
    return this.#entries.filter(({ asked }) => typeof asked.answer === 'number').length
  }

  get failed(): number {
    return this.#entries.filter(({ asked }) => typeof asked.answer === 'string').length
  }

  /** The largest value that a counter was said to have. */
  largest(name: string): number {
    return Math.max(0, ...this.#told(name).map(({ value }) => value))
  }

  /**
   * Returns what contradicts that a counter is one, and that each question is answered at one moment between its call
   * and its answer.
   */
  contradictions(name: string): string[] {
    const told = this.#told(name)
    const found: string[] = []
    for (const one of told) {
      for (const other of told) {
        if (one === other) continue
        if (one.type === 'count' && other.type === 'count' && one.value === other.value)
          found.push(`${one.value} twice`)
        const isStale = one.type === 'read' ? one.value < other.value : one.value <= other.value
        if (other.answeredAt < one.askedAt && isStale) found.push(`${one.type} ${one.value} after ${other.value}`)
      }
    }
    return found
  }

  #told(name: string): { type: CounterRequest['type']; value: number; askedAt: number; answeredAt: number }[] {
    return this.#entries.flatMap(({ asked: { request, answer }, askedAt, answeredAt }) => {
      if (request.name !== name || typeof answer !== 'number' || answer === PUT_OFF || answeredAt === null) return []
      return [{ type: request.type, value: answer, askedAt, answeredAt }]
    })
  }
}
