let lastChain = 0

/**
 * Waits for code of the user's, and tells a call that comes out of that code from one that comes from elsewhere: who is
 * called from inside must not wait for the code that waits for it.
 *
 * V8 links each async function to the one that awaits it, for its stack traces; `isInside` reads one, and looks for a
 * name that only this object's function has. So nothing is paid before somebody asks: a storage for async contexts
 * costs every promise of the process 0.1 us. What is handed on by a timer or an event is not linked, and not waited
 * for either, as far as V8 can tell: it counts as elsewhere. So does what a compiler has made of an async function for
 * JavaScript that had none (ES2016). Node 20, 22 and 24 link the same.
 */
export class CallChain {
  readonly #name = `waits in chain ${++lastChain}`
  readonly #wait: (outcome: unknown) => Promise<void>
  #calls = 0

  constructor() {
    const name = this.#name
    const named = {
      async [name](outcome: unknown): Promise<void> {
        await outcome
      },
    }
    this.#wait = named[name] as (outcome: unknown) => Promise<void>
  }

  /** Makes a call, which is inside until it returns. */
  call<Result>(make: () => Result): Result {
    this.#calls += 1
    try {
      return make()
    } finally {
      this.#calls -= 1
    }
  }

  /**
   * Settles like what a call has returned, whatever that does when it is asked for its `then` or its constructor. What
   * runs meanwhile on its behalf is inside.
   */
  wait(outcome: unknown): Promise<void> {
    return this.#wait(outcome)
  }

  /** Whether the code that runs now was called from here, or is waited for here. */
  get isInside(): boolean {
    return this.#calls > 0 || functionsOnStack().includes(this.#name)
  }
}

/** The names of all functions that the code that runs now returns to, the awaiting ones included. */
function functionsOnStack(): readonly (string | null)[] {
  // Somebody has hardened this realm: nobody is found inside.
  if (Object.isFrozen(Error)) return []
  const { stackTraceLimit, prepareStackTrace } = Error
  try {
    Error.stackTraceLimit = Number.POSITIVE_INFINITY
    Error.prepareStackTrace = (_, sites) => sites.map((site) => site.getFunctionName())
    return (new Error().stack ?? []) as unknown as (string | null)[]
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    if (prepareStackTrace === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace')
    else Error.prepareStackTrace = prepareStackTrace
  }
}
