import { type ApiName, type Request, wordNamed } from './api.js'
import { named, shapeFault } from './request-shape.js'

/** Whether only brokers and the controller ask it, of one another. */
export function isInternal(api: ApiName): boolean {
  return wordNamed(api)?.shape === 'internal'
}

/** What is wrong with a request, and what would be right; null: nothing. */
export function requestFault(request: unknown): string | null {
  if (typeof request !== 'object' || request === null) return `A request must be an object, not ${named(request)}`
  const { api } = request as Request
  const shape = wordNamed(api)?.shape
  if (typeof shape === 'string') return null
  if (shape === undefined) return `There is no API ${named(api)}`
  const fault = shapeFault(shape, request)
  return fault === null ? null : `Cannot serve ${api}: ${fault}`
}
