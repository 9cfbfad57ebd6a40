import type { ErrorCode } from '../../base/error-code.js'
import { word } from '../definition.js'
import { flag } from '../request-shape.js'
import type { CallEnd } from './consumer-words.js'

/**
 * The application asks its consumer's thread for what it has fetched, and for news; answered as soon as there is
 * either.
 */
export interface TakeRequest {
  readonly api: 'Take'
  /** Whether it wants slices; false: it has enough, and waits for news alone. */
  readonly slices: boolean
}

/** In place of a memory and of a lease: the slice has no bytes, and nobody waits for it to come back. */
export const NOT_LENT = -1

/** A slice passed on as it was lent by the broker; given back through the lease word of its partition's index. */
export interface TakenSlice {
  readonly index: number
  /** Grows with each seek of the partition. */
  readonly epoch: number
  /** Anything but `NONE`: the partition cannot be read on, and there are no bytes. */
  readonly error: ErrorCode
  readonly memoryId: number
  readonly position: number
  readonly bytes: number
  readonly lease: number
  /** Records before this offset were not asked for. */
  readonly fetchOffset: number
  readonly highWatermark: number
}

export interface TakeResponse {
  readonly api: 'Take'
  readonly slices: readonly TakenSlice[]
  /** Grows when calls have ended, or the consumer's thread has changed by itself what is assigned: `News` says how. */
  readonly news: number
  /** Calls that have ended and have changed nothing here, such as commits; absent: none has. */
  readonly ended?: readonly CallEnd[]
}

export const take = word<TakeRequest, TakeResponse>({
  name: 'Take',
  shape: { slices: flag },
  brief: {
    request: ({ slices }) => (slices ? 'slices' : 'news'),
    response: ({ slices }) => slices.map(taken).join(', '),
  },
})

function taken({ index, error, fetchOffset, bytes, lease }: TakenSlice): string {
  return `${index} ${error} @${fetchOffset} ${bytes} bytes, lease ${lease}`
}
