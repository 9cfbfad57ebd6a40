import { PASSAGES } from '../../src/gateway/passages.js'
import { Codec } from '../../src/protocol/codec.js'
import { OracleConnection } from './connection.js'
import { ChosenValues, type Normal, normalForm } from './normal-form.js'
import type { Area, Binds, Message, Request, Script, Step } from './script.js'
import { SentRecords } from './sent-records.js'
import { withUsualValues } from './usual-values.js'

/** What a broker said to one step. */
export interface Heard {
  /** Such as `a: JoinGroup v4`. */
  readonly step: string
  readonly answer: Normal
}

/** The answers to the scripts of an area, by their titles. */
export type Transcript = { readonly [title: string]: readonly Heard[] }

const CLIENT_ID = 'oracle'
const CLOSED = 'the connection is closed'
/** How often a request is repeated at most; each of them takes a round trip and a pause. */
const REPETITIONS_MAX = 1_000
const REPETITION_PAUSE_MS = 10

/** Plays all scripts of an area to the broker at `server`, one after the other. */
export async function play(area: Area, server: string): Promise<Transcript> {
  const transcript: { [title: string]: readonly Heard[] } = {}
  for (const script of area.scripts) transcript[script.title] = await new Player(server).play(script)
  return transcript
}

class Player {
  readonly #server: string
  readonly #connections = new Map<string, OracleConnection>()
  readonly #begun = new Map<string, Request[]>()
  readonly #values = new Map<string, unknown>()
  readonly #chosen = new ChosenValues()
  #correlationId = 0

  constructor(server: string) {
    this.#server = server
  }

  async play({ title, steps }: Script): Promise<readonly Heard[]> {
    const heard: Heard[] = []
    for (const [index, step] of steps.entries()) {
      try {
        const answer = await this.#take(step)
        if (answer !== null) heard.push(answer)
      } catch (error) {
        const { message } = error as Error
        heard.push({ step: nameOf(step), answer: `step ${index + 1} of '${title}' failed: ${message}` })
        break
      }
    }
    for (const connection of this.#connections.values()) connection.close()
    return heard
  }

  async #take(step: Step): Promise<Heard | null> {
    switch (step.kind) {
      case 'ask':
        await this.#send(step)
        return this.#hear(step, step.binds)
      case 'given':
        await this.#send(step)
        await this.#hear(step, step.binds)
        return null
      case 'begin':
        await this.#send(step)
        this.#begun.set(step.by, [...(this.#begun.get(step.by) ?? []), step])
        return null
      case 'hear': {
        const request = this.#begun.get(step.by)?.shift()
        if (request === undefined) throw new Error('Nothing was begun')
        return this.#hear(request, step.binds)
      }
      case 'until':
        return this.#repeat(step)
      case 'tell':
        await this.#send(step)
        return null
      case 'closed': {
        const frame = await (await this.#connection(step.by)).next()
        this.#connections.delete(step.by)
        return { step: nameOf(step), answer: frame === null ? CLOSED : `${frame.length} bytes` }
      }
      case 'leave':
        this.#connections.get(step.by)?.close()
        this.#connections.delete(step.by)
        this.#begun.delete(step.by)
        return null
    }
  }

  async #repeat(step: Extract<Step, { readonly kind: 'until' }>): Promise<null> {
    for (let times = 0; times < REPETITIONS_MAX; times++) {
      await this.#send(step)
      const told = await this.#answer(step)
      if (told !== CLOSED && valueAt(told, step.path) === step.value) return null
      await new Promise((resolve) => setTimeout(resolve, REPETITION_PAUSE_MS))
    }
    throw new Error(`${step.path} never became ${step.value}`)
  }

  async #hear(request: Request, binds: Binds): Promise<Heard> {
    return this.#told(request, await this.#answer(request), binds)
  }

  #told(request: Request, told: object | typeof CLOSED, binds: Binds): Heard {
    if (told !== CLOSED) for (const [name, path] of Object.entries(binds)) this.#values.set(name, valueAt(told, path))
    return { step: nameOf(request), answer: normalForm(told, this.#chosen) }
  }

  async #send(request: Request): Promise<void> {
    const message = this.#filledIn(withUsualValues(request.api, request.message)) as Message
    const codec = codecFor(request)
    const bytes = codec.encodeRequest({ correlationId: ++this.#correlationId, clientId: CLIENT_ID, message })
    refuseUnknownFields(message, codec.decodeRequest(bytes).message, request.api)
    ;(await this.#connection(request.by)).send(bytes)
  }

  async #answer(request: Request): Promise<object | typeof CLOSED> {
    const frame = await (await this.#connection(request.by)).next()
    if (frame === null) {
      this.#connections.delete(request.by)
      return CLOSED
    }
    const codec = codecFor(request)
    const response = codec.decodeResponse(frame)
    // Whatever the schema does not know would be lost here.
    const again = Buffer.from(codec.encodeResponse(response))
    if (!again.equals(frame))
      throw new Error(`The schema does not give back the answer: ${frame.toString('hex')} as ${again.toString('hex')}`)
    return response.message
  }

  async #connection(name: string): Promise<OracleConnection> {
    const known = this.#connections.get(name)
    if (known !== undefined) return known
    const made = await OracleConnection.to(this.#server)
    this.#connections.set(name, made)
    return made
  }

  #filledIn(value: unknown): unknown {
    if (typeof value === 'string' && value.startsWith('$')) {
      const name = value.slice(1)
      if (!this.#values.has(name)) throw new Error(`Nothing is called ${value}`)
      return this.#values.get(name)
    }
    if (value instanceof SentRecords) return value.bytes((name) => this.#filledIn(name))
    if (Array.isArray(value)) return value.map((item) => this.#filledIn(item))
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
    return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, this.#filledIn(inner)]))
  }
}

const codecs = new Map<string, Codec<object, object>>()

function codecFor({ api, version }: Request): Codec<object, object> {
  const known = codecs.get(`${api} ${version}`)
  if (known !== undefined) return known
  const passage = PASSAGES.find(({ name }) => name === api)
  const plans = passage?.wire.plansOf(version)
  if (passage === undefined || plans === undefined) throw new Error(`There is no version ${version} of ${api}`)
  const made = new Codec(passage, version, plans)
  codecs.set(`${api} ${version}`, made)
  return made
}

/** A field that the version does not know would be left out silently. */
function refuseUnknownFields(said: unknown, read: unknown, at: string): void {
  if (Array.isArray(said) && Array.isArray(read)) {
    for (const [index, item] of said.entries()) refuseUnknownFields(item, read[index], `${at}.${index}`)
    return
  }
  if (typeof said !== 'object' || said === null || said instanceof Uint8Array || read === null) return
  for (const [field, inner] of Object.entries(said)) {
    const known = read as Message
    if (!(field in known)) throw new Error(`${at}.${field} is not a field of this version`)
    refuseUnknownFields(inner, known[field], `${at}.${field}`)
  }
}

function valueAt(message: unknown, path: string): unknown {
  let value = message
  for (const part of path.split('.')) value = (value as Message | undefined)?.[part]
  return value
}

export function nameOf(step: Step | Request): string {
  return 'api' in step ? `${step.by}: ${step.api} v${step.version}` : `${step.by}: ${step.kind}`
}
