import type { HandlerModule, RecordHandler } from '../client/handler.js'

/** Imports a handler module and makes its handler. `ready` is called once. */
export function loadHandlerModule(attached: unknown, ready: (handler: RecordHandler | Error) => void): void {
  const { module, options } = attached as HandlerModule
  makeHandler(String(module), options).then(ready, (error) =>
    ready(error instanceof Error ? error : new Error(String(error))),
  )
}

async function makeHandler(url: string, options: unknown): Promise<RecordHandler> {
  const { default: make } = (await import(url)) as {
    default?: (options: unknown) => RecordHandler | Promise<RecordHandler>
  }
  if (typeof make !== 'function')
    throw new TypeError(`The default export of ${url} must be a function that returns a handler`)
  const handler = await make(options)
  const given = [handler?.eachMessage, handler?.eachBatch].filter((one) => typeof one === 'function').length
  if (given !== 1) throw new TypeError(`The handler that ${url} makes must have eachMessage or eachBatch, and not both`)
  return handler
}
